"""The check of a Liquid source before it is saved: it is read, and tried out once on a small deal.

Whatever door it comes through, the check is the same, with the limits that hold when cards are drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from liquid import BoundTemplate

from models.languages.translate import current_locale, tr
from models.pipedrive.declaration import Entity, Kind
from models.pipedrive.entity import ENTITIES
from models.rules.liquid.environment import (
    BoundedEnvironment,
    Formats,
    TemplateFailed,
    at_line,
    template_failures,
)

ROOTS: Final = frozenset([*ENTITIES, "before", "change", "title", "what", "who", "link", "late"])
_KEPT: Final = 256  # results; a document with thousands of rules has a few texts, each in many rules
_MOST_PROBLEMS: Final = 20
_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.MONEY})


def _money(value: object, currency: object) -> str:
    return _clean(f"{currency or ''} {value}")


def _number(value: object, _places: int | None) -> str:
    return _clean(value)


def _clean(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


# Cards write money and days by the language of their readers; here any form of about that length does.
_ENVIRONMENT: Final = BoundedEnvironment(Formats(money=_money, number=_number, day=_clean, clean=_clean))


def liquid_problems(source: str) -> list[str]:
    """Return what is wrong with a source, in words with the line, at most 20; empty if it may be saved."""
    return list(_problems(source, current_locale()))


@lru_cache(maxsize=_KEPT)
def _problems(source: str, _locale: str) -> tuple[str, ...]:
    """Check a source once for each language that its problems are written in."""
    try:
        with template_failures():
            parsed = _ENVIRONMENT.parse_bounded(source)
            if unknown := _unknown(parsed, source):
                return tuple(unknown)
            parsed.render(SAMPLE)
    except TemplateFailed as failed:
        return (str(failed),)
    return ()


def _unknown(parsed: BoundTemplate, source: str) -> list[str]:
    """Return a complaint about each unknown filter and each unknown variable, with its line."""
    used = parsed.analyze()
    found = [
        (places[0], tr("unknown filter {name}", name=repr(name[:80])))
        for name, places in used.filters.items()
        if name not in _ENVIRONMENT.filters
    ]
    found += [
        (places[0].span, tr("unknown name {name}", name=repr(name[:80])))
        for name, places in used.globals.items()
        if name not in ROOTS
    ]
    return [at_line(words, span.line_col(source)[0]) for span, words in found[:_MOST_PROBLEMS]]


def _fields(*entities: Entity, **values: Any) -> dict[str, Any]:
    """Return all fields of an object as cards hand them in: numbers are 1, so that one can divide by them.

    There are two custom fields, so that loops over them are tried as well.
    """
    every = {key: field for entity in entities for key, field in entity.fields.items()}
    blank = {key: 1 if field.kind in _NUMBERS else "" for key, field in every.items()}
    return {**blank, **values, "custom": {"Sample": "1", "Example": "2"}}


# A card has one entity; here they all stand, so that each part of a template is tried.
SAMPLE: Final[dict[str, Any]] = {
    **{key: _fields(entity) for key, entity in ENTITIES.items()},
    "deal": _fields(
        ENTITIES["deal"],
        id=1,
        title="Sample",
        value=200,
        currency="EUR",
        stage="Negotiation",
        stage_id=2,
        status="open",
    ),
    "before": _fields(*ENTITIES.values(), value=100, stage="Qualified", stage_id=1),
    "change": {
        "type": "deal.value_changed",
        "types": ["deal.updated", "deal.stage_changed", "deal.value_changed"],
        "action": "updated",
        "when": "2026-11-20T09:00:00+00:00",
    },
    "title": "Sample",
    "what": "Deal moved: Qualified → Negotiation",
    "who": "Ada",
    "link": "https://example.pipedrive.com/deal/1",
    "late": False,
}
