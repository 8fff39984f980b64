"""What objects of Pipedrive are called inside sentences: `a deal`, `New deal`, `another deal`, `5 deals`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.languages.translate import marked, marked_plural, tr, tr_plural

# Whole phrases, because other languages decline them.
_A: Final[Mapping[str, str]] = {
    "deal": marked("a deal"),
    "lead": marked("a lead"),
    "person": marked("a person"),
    "organization": marked("an organization"),
    "activity": marked("an activity"),
    "note": marked("a note"),
    "product": marked("a product"),
    "project": marked("a project"),
    "pipeline": marked("a pipeline"),
    "stage": marked("a stage"),
    "user": marked("a user"),
}
_NEW: Final[Mapping[str, str]] = {
    "deal": marked("New deal"),
    "lead": marked("New lead"),
    "person": marked("New person"),
    "organization": marked("New organization"),
    "activity": marked("New activity"),
    "note": marked("New note"),
    "product": marked("New product"),
    "project": marked("New project"),
    "pipeline": marked("New pipeline"),
    "stage": marked("New stage"),
    "user": marked("New user"),
}
_ANOTHER: Final[Mapping[str, str]] = {
    "deal": marked("another deal"),
    "lead": marked("another lead"),
    "person": marked("another person"),
    "organization": marked("another organization"),
    "activity": marked("another activity"),
    "note": marked("another note"),
    "product": marked("another product"),
    "project": marked("another project"),
    "pipeline": marked("another pipeline"),
    "stage": marked("another stage"),
    "user": marked("another user"),
}
_NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "deal": marked_plural("deal", "deals"),
    "lead": marked_plural("lead", "leads"),
    "person": marked_plural("person", "people"),
    "organization": marked_plural("organization", "organizations"),
    "activity": marked_plural("activity", "activities"),
    "note": marked_plural("note", "notes"),
    "product": marked_plural("product", "products"),
    "project": marked_plural("project", "projects"),
    "pipeline": marked_plural("pipeline", "pipelines"),
    "stage": marked_plural("stage", "stages"),
    "user": marked_plural("user", "users"),
}


def with_article(entity: str) -> str:
    """Return `a deal`; for a key that is no entity `a <key>`."""
    return tr(_A.get(entity, f"a {entity}"))


def new_object(entity: str) -> str:
    """Return `New deal`."""
    return tr(_NEW[entity])


def another_object(entity: str) -> str:
    """Return `another deal`."""
    return tr(_ANOTHER[entity])


def noun_of(entity: str, count: int) -> str:
    """Return the noun that fits a number: `person`, `people`."""
    one, many = _NOUNS[entity]
    return tr_plural(one, many, count)
