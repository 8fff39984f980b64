"""The team's data on the admin page: how long it is kept, what is encrypted, a file of it, how all goes."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.maintenance.encryption import get_encryption, set_encryption
from models.maintenance.erase_tenant import count_team, request_erasure
from models.maintenance.export import begin_team_export, json_pieces, team_parts
from models.maintenance.person_data import BACKUPS, LOGS
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
from web.admin.deps import AdminDeps, streamed_file
from web.security.guards import allowed

PATH: Final = "/admin/data"
KINDS: Final = {
    "events": ("Events of Pipedrive", "what it sent, and the last state of deals, leads and people"),
    "deliveries": ("Deliveries", "which rule sent what where, and why"),
    "attempts": ("Attempts", "each try of a delivery and its error"),
    "audit": ("Audit trail", "who changed what; empty keeps it forever"),
}


# What is erased, in words; tables without one are counted as the rest.
WORDS: Final = {
    "users": "people",
    "rules": "rules",
    "templates": "templates",
    "spaces": "spaces",
    "destinations": "destinations",
    "events": "events of Pipedrive",
    "deliveries": "deliveries",
    "attempts": "attempts to send",
    "names": "names from Pipedrive",
    "tracked_objects": "deals, leads and people that are followed",
    "quiet_hours": "quiet hours",
    "mutes": "mutes",
    "digests": "digests",
    "sessions": "browsers that are signed in",
    "api_tokens": "tokens of programs",
    "connections": "connection to Pipedrive",
    "personal_connections": "own connections of people to Pipedrive",
    "audit_entries": "entries of the audit trail",
}
REST: Final = "further rows that belong to these"


def add_data(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/data and its buttons."""

    @doors.get(PATH)
    @allowed(Action.RETENTION_CHANGE)
    def data() -> str:
        return _page(deps)

    @doors.post(f"{PATH}/retention")
    @allowed(Action.RETENTION_CHANGE)
    def keep_for() -> ResponseReturnValue:
        wanted, keep_days = _wanted(), deps.settings.keep_days
        if "confirm" in request.form:
            with deps.writing() as (session, actor):
                set_retention(session, actor, wanted, keep_days)
            return deps.done(PATH, "retention")
        with deps.reading() as (session, actor):
            check_retention(session, actor, wanted, keep_days)
            goes = count_old_rows(session, actor, wanted, now())
        return _page(deps, wanted=wanted, goes=[each for each in goes if each.count])

    @doors.post(f"{PATH}/export")
    @allowed(Action.TENANT_ERASE)
    def export_team() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            head = begin_team_export(session, actor)
        parts = team_parts(actor.tenant, whole=False)
        return streamed_file(json_pieces(deps.database, actor.tenant, parts, head), "team.json")

    @doors.post(f"{PATH}/encryption")
    @allowed(Action.RETENTION_CHANGE)
    def encrypt() -> ResponseReturnValue:
        is_on = _is_on()
        with deps.writing() as (session, actor):
            set_encryption(session, actor, is_on=is_on)
        return deps.done(PATH, "encrypting" if is_on else "decrypting")

    @doors.get(f"{PATH}/erase")
    @allowed(Action.TENANT_ERASE)
    def what_goes() -> str:
        return _preview(deps)

    @doors.post(f"{PATH}/erase")
    @allowed(Action.TENANT_ERASE)
    def erase_team() -> ResponseReturnValue:
        actor = deps.person().actor
        with deps.database.writing_all() as session:
            is_begun = request_erasure(session, actor, request.form.get("team", ""))
        if not is_begun:
            return _preview(deps, is_mistyped=True), 400
        return redirect("/setup?said=erasing#said", 303)


def _page(deps: AdminDeps, **shown: Any) -> str:
    keep_days = deps.settings.keep_days
    with deps.reading() as (session, actor):
        kept = get_retention(session, actor.tenant, keep_days)
        most = most_days(session, actor.tenant, keep_days)
        encryption = get_encryption(session, actor.tenant)
    bounds = {"least_of_audit": LEAST_OF_AUDIT, "most": most, "most_counted": MOST_COUNTED}
    return deps.page("data.html", kept=kept, kinds=KINDS, encryption=encryption, **bounds, **shown)


def _preview(deps: AdminDeps, *, is_mistyped: bool = False) -> str:
    with deps.reading() as (session, actor):
        counts = dict(count_team(session, actor))
        team = get_tenant(session, actor.tenant).name
    goes = [(words, counts[table]) for table, words in WORDS.items() if table in counts]
    goes.append((REST, sum(count for table, count in counts.items() if table not in WORDS)))
    elsewhere = (LOGS, BACKUPS)
    return deps.page("erase.html", goes=goes, team=team, elsewhere=elsewhere, is_mistyped=is_mistyped)


def _is_on() -> bool:
    """Return what the button says. Raises InvalidRequest for anything else."""
    found = {"on": True, "off": False}.get(request.form.get("contact_details", ""))
    if found is None:
        raise InvalidRequest(user_message="Contact details: say on or off.")
    return found


def _wanted() -> Retention:
    """Return the days that a form asks for. Raises InvalidRequest for what is no number."""
    given = {kind: request.form.get(kind, "").strip() for kind in KINDS}
    for kind, text in given.items():
        if (text or kind != "audit") and not (text.isdecimal() and len(text) <= 6):
            raise InvalidRequest(user_message=f"{KINDS[kind][0]}: give a number of days.")
    events, deliveries, attempts = (int(given[kind]) for kind in ("events", "deliveries", "attempts"))
    return Retention(events, deliveries, attempts, int(given["audit"]) if given["audit"] else None)
