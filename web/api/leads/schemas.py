"""What REST takes and answers about leads."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from models.pipedrive.contact_details import EMAIL_FORM, EMAIL_LETTERS, NAME_LETTERS, PHONE_LETTERS
from models.tables.leads import LeadStatus
from web.api.schemas import Body, Id, ListParams, Moment, Out, Params


class LeadParams(ListParams):
    """Which leads. `assignee`: a user of Pipedrive, `me`, or `nobody`; `q`: words of title, person, company.

    Without a `status` those that are open.
    """

    q: str = Field("", max_length=200)
    status: LeadStatus | None = None
    source: str = Field("", max_length=100)
    assignee: str = Field("", max_length=64, pattern=r"^(me|nobody|\d*)$")
    band: str = Field("", pattern=r"^(hot|warm|cold)?$")
    least_score: int | None = Field(None, ge=0, le=100)
    most_score: int | None = Field(None, ge=0, le=100)
    snoozed: bool | None = None


class LeadBody(Body):
    """A new lead. Its person and organization are found by e-mail and name, or made with it."""

    title: str = Field(min_length=1, max_length=255)
    person: str = Field("", max_length=NAME_LETTERS)
    email: str = Field("", max_length=EMAIL_LETTERS, pattern=f"^({EMAIL_FORM})?$")
    phone: str = Field("", max_length=PHONE_LETTERS)
    organization: str = Field("", max_length=NAME_LETTERS)
    value: float | None = Field(None, ge=0, lt=1e15)
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    owner_id: str = Field("", pattern=r"^\d{0,18}$")
    note: str = Field("", max_length=5000)


class LeadPatch(Body):
    """What shall change. `status` only goes forward; `note` is added to those that are there.

    The other keys of a lead may be sent as they were answered; they change nothing.
    """

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    title: str | None = Field(None, min_length=1, max_length=255)
    value: float | None = Field(None, ge=0, lt=1e15)
    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    expected_close_date: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    status: LeadStatus | None = Field(None, strict=False)
    note: str | None = Field(None, min_length=1, max_length=5000)


class AssignBody(Body):
    """To whom: a user of Pipedrive, or `me` for a claim, which only one of several can make."""

    owner_id: str = Field(pattern=r"^(me|\d{1,18})$")


class SnoozeBody(Body):
    """Until when nothing is said of the lead, and why."""

    until: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=300)


class LeadOut(Out):
    """A lead as the token's user may see it; `deal_id` is the deal that it is or became.

    `id` is Pipedrive's own for a lead of the inbox. A deal of a pipeline whose deals are leads has its number
    behind `deal-`, like `deal-123`, and tells its pipeline and stage.
    """

    id: str
    title: str
    status: str
    score: int | None
    band: str
    owner_id: str | None
    owner: str
    person: str
    organization: str
    source: str
    value: float | None
    currency: str
    added_at: Moment
    changed_at: Moment
    contacted_at: Moment | None
    snoozed_until: Moment | None
    snooze_reason: str
    deal_id: str | None
    pipeline: str
    stage: str
    open: bool


class WrittenOut(Out):
    """What was asked for: a worker writes it to Pipedrive. `outcome`: recorded, repeated, waits or beaten.

    `waits`: until the user has connected their own Pipedrive. `beaten`: somebody else was first.
    """

    action_id: Id
    outcome: str
    state: str
    lead_id: str


class ChangedLeadOut(LeadOut):
    """The lead as it is still, and what was asked for, one entry each for fields, note and status.

    `written` is empty where nothing differs.
    """

    written: list[WrittenOut]


class LineOut(Out):
    """What happened to a lead: `who` is empty where it was nobody of the team."""

    id: Id
    at: Moment
    what: str
    who: str
    details: dict[str, Any]


class LeadActivityOut(Out):
    """An activity of a lead in Pipedrive."""

    id: str
    subject: str
    done: bool
    changed_at: Moment


class AnalyticsParams(Params):
    """Leads that came in the last so many days."""

    days: int = Field(30, ge=1, le=366)


class LeadAnalyticsOut(Out):
    """How many leads came, by status, band and source, and how many of them became deals, in percent."""

    total: int
    by_status: dict[str, int]
    by_band: dict[str, int]
    by_source: dict[str, int]
    converted_percent: float
