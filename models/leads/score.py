"""The score of a lead, with its reasons: the same facts, weights and moment always give the same score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from models.leads.weights import MOST_POINTS, Weights

DAY: Final = timedelta(days=1)
LIMIT: Final = "limit"  # the part that brings a sum above 100 down to it


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What a score is made of."""

    added_at: datetime
    has_email: bool = False
    has_phone: bool = False
    has_organization: bool = False
    value: float = 0.0
    source: str = ""
    contacted_at: datetime | None = None
    active_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Points of one part; `about` is what they are given for, as it stands in Pipedrive or as a number."""

    part: str
    points: int
    about: str = ""

    def stored(self) -> dict[str, Any]:
        return {"part": self.part, "points": self.points, "about": self.about}


@dataclass(frozen=True, slots=True)
class Scored:
    """A score and why. At `changes_at` it is another one by time alone, None where it stays."""

    score: int
    band: str
    reasons: Sequence[Reason]
    changes_at: datetime | None = None


def score_of(facts: LeadFacts, weights: Weights, at: datetime) -> Scored:
    """Return the score of a lead at a moment; its reasons add up to it."""
    reasons = [
        Reason("email", weights.email * facts.has_email),
        Reason("phone", weights.phone * facts.has_phone),
        Reason("organization", weights.organization * facts.has_organization),
        Reason("value", _of_value(facts.value, weights), f"{facts.value:.15g}"),
        Reason("source", weights.of_source(facts.source), facts.source),
        Reason("contacted", weights.contacted * (facts.contacted_at is not None)),
    ]
    active, active_until = _decayed(facts.active_at, at, _halved(weights))
    new, new_until = _decayed(facts.added_at, at, _worn(weights))
    reasons += [
        Reason("activity", active, _days(facts.active_at, at)),
        Reason("age", new, _days(facts.added_at, at)),
    ]
    kept = [each for each in reasons if each.points]
    total = sum(each.points for each in kept)
    if total > MOST_POINTS:
        kept.append(Reason(LIMIT, MOST_POINTS - total))
    score = min(total, MOST_POINTS)
    later = [each for each in (active_until, new_until) if each is not None]
    return Scored(score, weights.band(score), kept, min(later, default=None))


def reasons_of(stored: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Return reasons as they were stored."""
    return [Reason(str(each["part"]), int(each["points"]), str(each.get("about") or "")) for each in stored]


def _of_value(value: float, weights: Weights) -> int:
    return int(weights.value * min(max(value, 0.0) / weights.value_from, 1.0))


def _halved(weights: Weights) -> Callable[[int], int]:
    """Return the points of an activity so many days ago: half of them after each `activity_days`."""
    return lambda days: int(weights.activity / 2 ** (days // weights.activity_days))


def _worn(weights: Weights) -> Callable[[int], int]:
    """Return the points of a lead that came so many days ago: ever fewer, none after `age_days`."""
    return lambda days: int(weights.age * max(weights.age_days - days, 0) / weights.age_days)


def _decayed(
    since: datetime | None, at: datetime, points: Callable[[int], int]
) -> tuple[int, datetime | None]:
    """Return the points of a moment by now, and when they are fewer next, None for never."""
    if since is None:
        return 0, None
    days = max((at - since) // DAY, 0)
    now_points = points(days)
    if not now_points:
        return 0, None
    ahead = days + 1
    while points(ahead) == now_points:
        ahead += 1
    return now_points, since + ahead * DAY


def _days(since: datetime | None, at: datetime) -> str:
    return "" if since is None else str(max((at - since) // DAY, 0))
