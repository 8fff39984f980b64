"""The audit trail on the admin page: read a part at a time or as CSV, and checked that nobody changed it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.accounts.permissions import require
from models.accounts.rights import Action
from models.accounts.trail import MOST_COUNTED, TrailSelection, every_entry, read_trail, verify_trail
from models.reports.figures import RANGES, days_ago
from models.security.audit import CheckedPart
from web.admin.deps import AdminDeps, id_in_query, number_in_form, streamed_file
from web.api.csv_table import CSV, csv_lines
from web.api.nouns.audit import AuditOut
from web.security.guards import allowed

SIZE: Final = 50  # entries of a page
MOST_CHECKED: Final = 10_000  # entries that are checked at once: half a second
PATH: Final = "/admin/audit"
RANGE_WORDS: Final = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "all": "All"}


def add_audit(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/audit, its check, and its entries as CSV."""

    @doors.get(PATH)
    @allowed(Action.AUDIT_READ)
    def audit() -> str:
        return _page(deps, None)

    @doors.get(f"{PATH}/entries.csv")
    @allowed(Action.AUDIT_READ)
    def entries() -> ResponseReturnValue:
        with deps.reading() as (session, actor):
            require(session, actor, Action.AUDIT_READ)  # before the file begins: the plan may lack the trail
        found = every_entry(deps.database, actor, _selection(_asked()))
        return streamed_file(csv_lines(AuditOut, found), "audit.csv", CSV)

    @doors.post(f"{PATH}/verify")
    @allowed(Action.AUDIT_READ)
    def verify() -> str:
        with deps.reading() as (session, actor):
            checked = verify_trail(session, actor, number_in_form("after"), MOST_CHECKED)
        return _page(deps, checked)


def _page(deps: AdminDeps, checked: CheckedPart | None) -> str:
    """Return the page; `checked` is what the check of a part of the trail found."""
    asked = _asked()
    with deps.reading() as (session, actor):
        before = id_in_query("before")
        found, total = read_trail(session, actor, _selection(asked), before=before, limit=SIZE + 1)
    older = urlencode({**asked, "before": found[SIZE - 1].id}) if len(found) > SIZE else ""
    return deps.page(
        "audit.html",
        entries=found[:SIZE],
        total=f"more than {MOST_COUNTED:,}" if total >= MOST_COUNTED else f"{total:,}",
        older=older,
        asked=asked,
        ranges=RANGE_WORDS,
        as_csv=urlencode(asked),
        checked=checked,
    )


def _asked() -> dict[str, str]:
    """Return what is asked for, as the address has it: an action or noun, a person, a range."""
    action, name = (request.args.get(key, "").strip()[:320] for key in ("action", "actor"))
    found = request.args.get("range", "all")
    return {"action": action, "actor": name, "range": found if found in RANGES else "all"}


def _selection(asked: dict[str, str]) -> TrailSelection:
    since = days_ago(RANGES[asked["range"]]) if asked["range"] in RANGES else None
    return TrailSelection(asked["action"] or None, asked["actor"].lower() or None, since)
