"""Drafts of rules, and the check before they are saved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.destinations.linking import NAME_MOST
from models.destinations.recipients import RECIPIENTS, field_of, recipient_named
from models.pipedrive import types
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.names import Json, Names
from models.rules.liquid.check import liquid_problems
from models.tables.accounts import User
from models.tables.destinations import Destination
from models.tables.rules import Mention, Template, Thread, UpdateMode

LOOKS: Final = ("compact", "detailed")
Problems = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as a person writes it.

    `on` are event types, `when` is the filter tree or None for always, `to` names destinations, spaces
    or people's e-mails. `template` is compact, detailed, a template's name or {"liquid": source}.
    `thread` is none, deal or day: which cards share a thread.
    `update` is reply or card: whether an event changes the last card of its object in a space.
    `mention` is whom its cards mention: none, owner, or a recipient that `mention_named` knows.
    `priority` orders the rules that want one event in one place, highest first, then oldest first.
    `show_restricted` lets spaces see what not everybody may see in Pipedrive.
    """

    name: str
    on: list[str]
    when: Json | None
    to: list[str]
    template: str | dict[str, Json]
    urgent: bool = False
    enabled: bool = True
    show_restricted: bool = False
    thread: str = Thread.NONE
    update: str = UpdateMode.REPLY
    mention: str = Mention.NONE
    priority: int = 0


@dataclass(slots=True)
class Surroundings:
    """What a tenant's rules may refer to: destinations and templates by id, people by e-mail."""

    destinations: dict[str, int] = field(default_factory=dict)
    templates: dict[str, int] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, session: Session, tenant_id: int) -> Surroundings:
        mine = select(Destination.name, Destination.id).where(Destination.tenant_id == tenant_id)
        named = select(Template.name, Template.id).where(Template.tenant_id == tenant_id)
        people = select(User.email).where(User.tenant_id == tenant_id)
        return cls(
            dict(session.execute(mine).all()),
            dict(session.execute(named).all()),
            set(session.scalars(people)),
        )

    def all_names(self) -> list[str]:
        """Return all names that a rule may send to."""
        return [*self.destinations, *self.people, *RECIPIENTS]

    def destination_named(self, name: str) -> str | None:
        """Return the destination of a name in a rule; e-mails are compared ignoring case."""
        if name in self.destinations:
            return name
        if name.lower() in self.people:
            return name.lower()
        return recipient_named(name) or None


def normalize_draft(draft: RuleDraft, around: Surroundings) -> RuleDraft:
    """Return a valid draft in its stored form: trimmed, each destination once and by its own name."""
    destinations = (around.destination_named(name) for name in draft.to)
    kept = list(dict.fromkeys(name for name in destinations if name is not None))
    return replace(draft, name=draft.name.strip(), on=list(dict.fromkeys(draft.on)), to=kept)


def check_draft(
    draft: RuleDraft, around: Surroundings, names: Names, kept: RuleDraft | None = None
) -> Problems:
    """Return everything that is wrong with a draft, as (path, message); empty if it may be saved.

    A source that the stored rule, `kept`, has already is not read again: a later release may refuse it.
    """
    if unstorable := _check_storable(draft):
        return unstorable
    found = _check_name(draft.name) + types.check(draft.on)
    found += _check_when(draft, names, is_typed=not found)
    found += _check_to(draft, around) + _check_fields(draft, names)
    found += check_template_name(draft.template, around)
    if not isinstance(draft.template, str) and (kept is None or kept.template != draft.template):
        found += _check_own_template(draft.template)
    return found


def _check_name(name: str) -> Problems:
    fits = 1 <= len(name.strip()) <= NAME_MOST
    return [] if fits else [("name", f"must have 1 to {NAME_MOST} characters")]


def _check_when(draft: RuleDraft, names: Names, *, is_typed: bool) -> Problems:
    """Check the filter against the entities of `on`; against all of them if `on` itself is wrong."""
    try:
        parse(draft.when, types.entities_of(draft.on if is_typed else "*"), names)
    except InvalidFilter as refused:
        return list(refused.problems)
    return []


def _check_to(draft: RuleDraft, around: Surroundings) -> Problems:
    if not draft.to and draft.enabled:
        return [("to", "must name at least one destination")]
    unknown = (
        (number, name) for number, name in enumerate(draft.to) if around.destination_named(name) is None
    )
    return [
        (f"to[{number}]", f"unknown destination {_quote_with_nearest(name, around.all_names())}")
        for number, name in unknown
    ]


def _check_fields(draft: RuleDraft, names: Names) -> Problems:
    """Check the fields of recipients (`person in owner`) and mentions against the entities of `on`."""
    found: Problems = []
    places = [(f"to[{number}]", name) for number, name in enumerate(draft.to)]
    for place, name in (*places, ("mention", draft.mention)):
        field = field_of(recipient_named(name))
        try:
            parse(
                {"field": field, "op": "is_not_empty"} if field else None, types.entities_of(draft.on), names
            )
        except InvalidFilter as refused:
            found += [(place, message) for _, message in refused.problems]
    return found


def check_template_name(template: str | Mapping[str, Json], around: Surroundings) -> Problems:
    """Return what is wrong with a template that is a name: there must be one, even where a rule keeps it."""
    if not isinstance(template, str) or template in LOOKS or template in around.templates:
        return []
    return [("template", f"unknown template {_quote_with_nearest(template, [*LOOKS, *around.templates])}")]


def _check_own_template(template: Mapping[str, Json]) -> Problems:
    source = template.get("liquid")
    if list(template) != ["liquid"] or not isinstance(source, str):
        return [("template", "must be compact, detailed, a template's name or {liquid: source}")]
    return [("template.liquid", problem) for problem in liquid_problems(source)]


def _check_storable(draft: RuleDraft) -> Problems:
    """Refuse what a database cannot store: NUL, half surrogates, and NaN or infinite numbers."""
    parts = {"name": draft.name, "when": draft.when, "to": draft.to, "template": draft.template}
    return [
        (path, "holds characters or numbers that cannot be kept")
        for path, value in parts.items()
        if not _is_storable(value)
    ]


def _is_storable(value: Json) -> bool:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return "\\u0000" not in text


def _quote_with_nearest(name: str, known: Sequence[str]) -> str:
    """Quote a wrong name, with the most similar known one."""
    near = get_close_matches(name[:80], known, n=1, cutoff=0.6)
    return f"{name[:80]!r}, did you mean {near[0]!r}?" if near else repr(name[:80])
