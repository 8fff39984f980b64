"""audit: who did what and when, newest first."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field

from models.accounts.trail import TrailSelection, read_trail
from models.tables.audit import AuditEntry
from web.api.nouns.ranges import RangeName, since_range
from web.api.paging import Page, page_of, read_cursor
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, ListParams, Moment, Out

AUDIT: Final = Routes("audit", "read:audit", "write:audit")


class AuditOut(Out):
    """One act: `number` counts in the team's trail, `object` names what it was about.

    `details.request` has its id, as in the service's logs, and of a browser or program `address` and `agent`.
    """

    id: Id
    number: int
    actor: str
    action: str
    object: str
    details: dict[str, Any]
    created_at: Moment


class AuditParams(ListParams):
    """Filters of the trail; without `format`, the header Accept may ask for `text/csv`."""

    action: str | None = Field(None, max_length=60, description="a whole one, `rule.made`, or its noun")
    actor: str | None = Field(None, max_length=320)
    range: RangeName | None = None
    since: AwareDatetime | None = None
    format: Literal["json", "csv"] | None = None


@AUDIT.get(
    "/admin/audit",
    summary="Read the audit trail",
    data=AuditOut,
    params=AuditParams,
    is_list=True,
    as_csv=True,
)
def list_entries(call: ApiCall) -> Page:
    params: AuditParams = call.params
    wanted = TrailSelection(params.action, params.actor, since_range(params.range, params.since))
    rows, total = read_trail(
        call.session,
        call.actor,
        wanted,
        before=read_cursor(params),
        offset=params.offset,
        limit=params.size + 1,
    )
    return page_of(params, rows, total, lambda shown: map(_draw, shown))


def _draw(entry: AuditEntry) -> AuditOut:
    return AuditOut.model_validate(entry)
