"""What figures count, and the row of the roll-up that holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from models.tables.deliveries import DeliveryState
from models.tables.reports import Figure

Key = TypeVar("Key")
# Counts by name, and histograms: a key that is a number is a bucket of milliseconds.
Measures = Counter[str | int]

WAS_HELD: Final = "was_held"
MUTED: Final = "muted"
COALESCED: Final = "coalesced"
REDACTED: Final = "redacted"
ANSWERS: Final = "answers"
ANSWER_MS: Final = "answer_ms"
PRESSES: Final = "presses"
CLAIMS: Final = "claims"
ENDED: Final = (
    DeliveryState.DELIVERED,
    DeliveryState.SKIPPED,
    DeliveryState.DIGESTED,
    DeliveryState.DEAD,
)
COLUMNS: Final = (*ENDED, WAS_HELD, MUTED, COALESCED, REDACTED, ANSWERS, ANSWER_MS, PRESSES, CLAIMS)
# What may be counted for who sees only what has arrived.
OF_ARRIVED: Final = frozenset((DeliveryState.DELIVERED, COALESCED, ANSWERS, ANSWER_MS))

# The kinds of a whole: all deliveries of a tenant, those of a destination, those of a rule to a destination,
# the presses of a person. What was deleted by its age is kept beside, as the rows of the hour were.
ALL: Final = "all"
DESTINATION: Final = "destination"
PAIR: Final = "pair"
PERSON: Final = "person"
PRUNED: Final = {PAIR: "pair gone", PERSON: "person gone"}
ROLLED_UP: Final = (ALL, DESTINATION, PAIR, PERSON)
RULE: Final = "rule"  # a kind of names


class FigureKey(NamedTuple):
    """Which whole is counted; ids that its kind does not need are 0, and so is the id of what had none."""

    kind: str
    rule_id: int = 0
    destination_id: int = 0
    user_id: int = 0


def whole_of(row: Any) -> FigureKey:
    return FigureKey(row.kind, row.rule_id, row.destination_id, row.user_id)


def measures_of(row: Any) -> Measures:
    """Return what a row of the roll-up counts."""
    found: Measures = Counter({name: count for name in COLUMNS if (count := getattr(row, name))})
    add_times(found, row.took)
    return found


def add_times(measures: Measures, took: Mapping[str, int]) -> None:
    """Add a histogram as a row holds it."""
    for bucket, count in took.items():
        measures[int(bucket)] += count


def counter_of(counts: Mapping[Key, int]) -> Counter[Key]:
    """Return a counter of some counts. `Counter` itself takes ten times as long: it looks at each key."""
    found = Counter[Key]()
    dict.update(found, counts)
    return found


def times_of(measures: Measures) -> Counter[int]:
    """Return the histogram among some measures."""
    return counter_of({key: count for key, count in measures.items() if isinstance(key, int)})


def row_of(tenant_id: int, period: str, whole: FigureKey, measures: Measures) -> dict[str, Any]:
    """Return the row of the roll-up that holds some measures."""
    took = {str(bucket): count for bucket, count in sorted(times_of(measures).items()) if count}
    counts = {str(name): measures[name] for name in COLUMNS}
    return {"tenant_id": tenant_id, "period": period, **whole._asdict(), **counts, "took": took}


def add_up(parts: Iterable[tuple[FigureKey, Measures]]) -> dict[FigureKey, Measures]:
    """Sum measures of pairs and persons, and of the wider wholes that pairs belong to."""
    found: dict[FigureKey, Measures] = {}
    for whole, measures in parts:
        wholes = [whole]
        if whole.kind == PAIR:
            wholes += [FigureKey(ALL), FigureKey(DESTINATION, destination_id=whole.destination_id)]
        for each in wholes:
            found.setdefault(each, Counter()).update(measures)
    return found


def table_columns() -> list[str]:
    """Return the names of all columns of the roll-up."""
    return [column.name for column in Figure.__table__.columns]
