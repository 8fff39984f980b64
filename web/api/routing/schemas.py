"""What is sent to and answered by the routes of routing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from models.routing.actions import FIELD_LETTERS, MOST_PARTS, MOST_PEOPLE
from models.routing.answers import REASON_LETTERS
from models.routing.report import MOST_DAYS
from web.api.schemas import Body, Id, Moment, Out, Params


class PartBody(Body):
    """Who gets leads of these values of the field, or for the method `value` leads worth at least so much."""

    values: list[str] = Field(default_factory=list, max_length=100)
    least: float | None = None
    people: list[str] = Field(min_length=1, max_length=MOST_PEOPLE)


class PolicyBody(Body):
    """A policy. `when` are conditions as rules have them; people are ids or e-mail addresses of users."""

    name: str = Field(max_length=100)
    method: Literal["round_robin", "load", "territory", "value", "source", "skill"] = "round_robin"
    when: dict[str, Any] | None = None
    members: list[str] = Field(max_length=MOST_PEOPLE)
    field: str = Field("", max_length=FIELD_LETTERS)
    parts: list[PartBody] = Field(default_factory=list, max_length=MOST_PARTS)
    writes_owner: bool = True
    claim_minutes: int = 0
    most_open: int = 0
    most_today: int = 0
    in_hours: bool = True
    manager_id: str | None = None
    enabled: bool = True


class PolicyPatch(Body):
    """Switch a policy on or off."""

    enabled: bool


class PartOut(Out):
    """A part of a policy, see `PartBody`."""

    values: list[str]
    least: float | None
    people: list[Id]


class PolicyOut(Out):
    """A routing policy, see `PolicyBody`."""

    id: Id
    name: str
    method: str
    when: dict[str, Any] | None
    members: list[Id]
    field: str
    parts: list[PartOut]
    writes_owner: bool
    claim_minutes: int
    most_open: int
    most_today: int
    in_hours: bool
    manager_id: Id | None
    enabled: bool
    created_at: Moment


class RoutedCountOut(Out):
    """How many leads somebody would have got; nobody for those that the limits left over."""

    user_id: Id | None
    leads: int


class TriedOut(Out):
    """Who would have got a lead."""

    lead_id: str
    user_id: Id | None


class RoutingPreviewOut(Out):
    """Last month's leads as a policy would have given them; `looked_at` are all that may be seen."""

    looked_at: int
    counts: list[RoutedCountOut]
    leads: list[TriedOut]


class DaysParams(Params):
    """How far back."""

    days: int = Field(30, ge=1, le=MOST_DAYS)


class AnswersOut(Out):
    """What was offered to a person, and how it ended; `typical_s`: the median until they accepted."""

    user_id: Id
    offered: int
    accepted: int
    declined: int
    expired: int
    typical_s: float | None


class RoutingReportOut(Out):
    """How leads were answered. `response_s`: the median from the first offer to the first contact."""

    leads: int
    contacted: int
    response_s: float | None
    waiting: int
    people: list[AnswersOut]


class AssignmentOut(Out):
    """A lead that was given to the caller."""

    id: Id
    entity: str
    object_id: str
    step: int
    state: str
    reason: str
    at: Moment
    answered_at: Moment | None


class DeclineBody(Body):
    """Why a lead is declined; the team sees it."""

    reason: str = Field(max_length=REASON_LETTERS)


class AvailabilityBody(Body):
    """Whether the caller gets new leads; without `until` they are away until they say that they are back."""

    available: bool
    until: str | None = Field(None, max_length=40)


class AvailabilityOut(Out):
    """Who is away; `until` is null until they say that they are back."""

    id: Id
    until: Moment | None
