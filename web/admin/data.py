"""The team's data on the admin page: for how long its history is kept."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.maintenance.retention import (
    LEAST_OF_AUDIT,
    MOST_COUNTED,
    Retention,
    check_retention,
    count_old_rows,
    get_retention,
    most_days,
    set_retention,
)
from web.admin.deps import AdminDeps
from web.security.guards import allowed

PATH: Final = "/admin/data"
KINDS: Final = {
    "events": ("Events of Pipedrive", "what it sent, and the last state of deals, leads and people"),
    "deliveries": ("Deliveries", "which rule sent what where, and why"),
    "attempts": ("Attempts", "each try of a delivery and its error"),
    "audit": ("Audit trail", "who changed what; empty keeps it forever"),
}


def add_data(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/data and its buttons."""

    @doors.get(PATH)
    @allowed(Action.RETENTION_CHANGE)
    def data() -> str:
        return _page(deps)

    @doors.post(f"{PATH}/retention")
    @allowed(Action.RETENTION_CHANGE)
    def change() -> ResponseReturnValue:
        wanted, keep_days = _wanted(), deps.settings.keep_days
        if "confirm" in request.form:
            with deps.writing() as (session, actor):
                set_retention(session, actor, wanted, keep_days)
            return deps.done(PATH, "retention")
        with deps.reading() as (session, actor):
            check_retention(session, actor, wanted, keep_days)
            goes = count_old_rows(session, actor, wanted, now())
        return _page(deps, wanted=wanted, goes=[each for each in goes if each.count])


def _page(deps: AdminDeps, **shown: Any) -> str:
    keep_days = deps.settings.keep_days
    with deps.reading() as (session, actor):
        kept = get_retention(session, actor.tenant, keep_days)
        most = most_days(session, actor.tenant, keep_days)
    bounds = {"least_of_audit": LEAST_OF_AUDIT, "most": most, "most_counted": MOST_COUNTED}
    return deps.page("data.html", kept=kept, kinds=KINDS, **bounds, **shown)


def _wanted() -> Retention:
    """Return the days that a form asks for. Raises InvalidRequest for what is no number."""
    given = {kind: request.form.get(kind, "").strip() for kind in KINDS}
    for kind, text in given.items():
        if (text or kind != "audit") and not (text.isdecimal() and len(text) <= 6):
            raise InvalidRequest(user_message=f"{KINDS[kind][0]}: give a number of days.")
    events, deliveries, attempts = (int(given[kind]) for kind in ("events", "deliveries", "attempts"))
    return Retention(events, deliveries, attempts, int(given["audit"]) if given["audit"] else None)
