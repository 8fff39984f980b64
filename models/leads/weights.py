"""The weights of a team: how many points each part of a lead's score is worth, and from when on it is hot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.pipedrive.deal_leads import is_same_source

MOST_POINTS: Final = 100
MOST_SOURCES: Final = 20
SOURCE_LETTERS: Final = 60
MOST_DAYS: Final = 366
HOT: Final = "hot"
WARM: Final = "warm"
COLD: Final = "cold"
BAND_TEXTS: Final[Mapping[str, str]] = {
    HOT: marked("hot", "lead"),
    WARM: marked("warm", "lead"),
    COLD: marked("cold", "lead"),
}
PART_TEXTS: Final[Mapping[str, str]] = {
    "email": marked("An e-mail address"),
    "phone": marked("A telephone number"),
    "organization": marked("An organization"),
    "value": marked("The value"),
    "source": marked("The source"),
    "contacted": marked("Contacted by the team"),
    "activity": marked("A recent activity"),
    "age": marked("How new it is"),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Points of each part, at most 100 each. A score is their sum, at most 100.

    `value` is given in full from `value_from` on, in its currency, and below in proportion. `sources` are the
    points of single sources, by their names as in Pipedrive. `activity` halves with every `activity_days`
    since the last one, `age` goes down to nothing in `age_days`. A lead is hot from `hot_from` points on, and
    warm from `warm_from` on.
    """

    email: int = 10
    phone: int = 10
    organization: int = 10
    value: int = 20
    value_from: int = 10_000
    sources: Mapping[str, int] = field(default_factory=dict)
    contacted: int = 10
    activity: int = 20
    activity_days: int = 7
    age: int = 20
    age_days: int = 14
    hot_from: int = 70
    warm_from: int = 40

    def band(self, score: int) -> str:
        """Return the band of a score."""
        return HOT if score >= self.hot_from else WARM if score >= self.warm_from else COLD

    def of_source(self, source: str) -> int:
        """Return the points of a source; nothing for one that has none."""
        return next((points for name, points in self.sources.items() if is_same_source(name, source)), 0)

    def stored(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return {**asdict(self), "sources": dict(self.sources)}


USUAL: Final = Weights()
POINTS: Final = ("email", "phone", "organization", "value", "contacted", "activity", "age")
_DAYS: Final = ("activity_days", "age_days")
_NAMES: Final = frozenset(each.name for each in fields(Weights))


def weights_of(stored: Mapping[str, Any]) -> Weights:
    """Return stored weights; what is not stored is as usual."""
    return Weights(**{name: value for name, value in stored.items() if name in _NAMES})


def check_weights(wanted: Weights) -> None:
    """Raise InvalidRequest for weights that cannot be."""
    points = [(name, tr(PART_TEXTS[name]), getattr(wanted, name)) for name in POINTS]
    source = tr(PART_TEXTS["source"])
    points += [(f"sources.{name}", f"{source} {name}", count) for name, count in wanted.sources.items()]
    for name, part, count in points:
        if not 0 <= count <= MOST_POINTS:
            text = tr("{part}: points are a number from 0 to {most}.", part=part, most=MOST_POINTS)
            raise InvalidRequest.of_field(name, text)
    for name in _DAYS:
        if not 1 <= getattr(wanted, name) <= MOST_DAYS:
            text = tr("Days are numbers from 1 to {most}.", most=MOST_DAYS)
            raise InvalidRequest.of_field(name, text)
    if not 1 <= wanted.value_from < 10**12:
        raise InvalidRequest.of_field(
            "value_from", tr("The value that gives all points is a number above 0.")
        )
    if not 0 < wanted.warm_from < wanted.hot_from <= MOST_POINTS:
        raise InvalidRequest.of_field("warm_from", tr("Warm begins below hot, and hot at 100 at most."))
    names = list(wanted.sources)
    if len(names) > MOST_SOURCES or any(not 0 < len(name) <= SOURCE_LETTERS for name in names):
        text = tr("Name at most {most} sources, each with its points.", most=MOST_SOURCES)
        raise InvalidRequest.of_field("sources", text)
