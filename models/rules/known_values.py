"""The names that a condition may mean: stages, pipelines, users, labels and options that are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from models.pipedrive.entity import ENTITIES, Field
from models.pipedrive.names import Json, Names
from models.pipedrive.readable import fold_text

# Pipedrive's list of these is always fetched whole, so a name outside of it does not exist there.
WHOLE_LISTS: Final = (
    "stage",
    "pipeline",
    "user",
    "deal_label",
    "person_label",
    "organization_label",
    "lead_label",
)
COMPARES_NAMES: Final = (
    "is",
    "is_not",
    "in",
    "not_in",
    "has_any",
    "has_all",
    "has_none",
    "changed_from",
    "changed_to",
)
_STATUSES: Final = ("open", "won", "lost", "deleted")


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A name that the field cannot have; `nearest` are the most similar known names, else the first ones."""

    typed: str
    nearest: tuple[str, ...]


class KnownChoices:
    """The names of one tenant, with the choices of each field once they were asked for."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._found: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    def of(self, field: str, entities: Sequence[str]) -> list[str]:
        """Return every name that a field can have (see `choices_of`)."""
        key = (field, tuple(entities))
        if key not in self._found:
            self._found[key] = choices_of(field, entities, self.names)
        return self._found[key]


def find_unknown_values(
    condition: dict[str, Json], entities: Sequence[str], names: Names | KnownChoices
) -> list[UnknownValue]:
    """Return the names in a condition that its field cannot have; empty where the names are not known."""
    if condition.get("op") not in COMPARES_NAMES:
        return []
    choices = names if isinstance(names, KnownChoices) else KnownChoices(names)
    known = choices.of(str(condition.get("field")), entities)
    if not known:
        return []
    asked = condition.get("value")
    texts = asked if isinstance(asked, list) else [asked]
    folded = {fold_text(each) for each in known}
    return [
        UnknownValue(text, _nearest(text, known))
        for text in texts
        if isinstance(text, str) and text and not text.isdecimal() and fold_text(text) not in folded
    ]


def choices_of(field: str, entities: Sequence[str], names: Names) -> list[str]:
    """Return every name that a field can have, in alphabetical order; empty where they are not known."""
    found: set[str] = set()
    for entity in entities:
        declared = ENTITIES[entity].fields.get(field)
        found.update(_declared_choices(entity, declared, names) if declared else ())
        if field.startswith("custom."):
            found.update(_options_of(field.removeprefix("custom."), ENTITIES[entity].custom, names))
    return sorted(found)


def _declared_choices(entity: str, field: Field, names: Names) -> Iterable[str]:
    if (entity, field.key) == ("deal", "status"):
        return _STATUSES
    kind = "deal_label" if (entity, field.key) == ("deal", "label") else field.names
    return (name.text for name in names.of(kind).values()) if kind in WHOLE_LISTS else ()


def _options_of(key: str, kinds: Sequence[str], names: Names) -> Iterable[str]:
    for kind in kinds:
        for digest, name in names.of(kind).items():
            options = name.more.get("options")
            if isinstance(options, dict) and fold_text(key) in (digest, fold_text(name.text)):
                yield from (str(text) for text in options.values() if text)


def _nearest(typed: str, known: Sequence[str]) -> tuple[str, ...]:
    by_fold = {fold_text(each): each for each in known}
    wanted = fold_text(typed[:80])
    near = get_close_matches(wanted, by_fold, n=3, cutoff=0.6)
    near += [each for each in by_fold if wanted and wanted in each and each not in near]
    return tuple(by_fold[each] for each in near[:3]) or tuple(known[:5])
