"""The audit trail on the admin page: read a part at a time, and checked that nobody changed it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, request

from models.accounts.rights import Action
from models.accounts.trail import MOST_COUNTED, TrailSelection, read_trail, verify_trail
from models.security.audit import CheckedPart
from web.admin.deps import AdminDeps, id_in_query, number_in_form
from web.security.guards import allowed

SIZE: Final = 50  # entries of a page
MOST_CHECKED: Final = 10_000  # entries that are checked at once: half a second
PATH: Final = "/admin/audit"


def add_audit(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/audit and its check."""

    @doors.get(PATH)
    @allowed(Action.AUDIT_READ)
    def audit() -> str:
        return _page(deps, None)

    @doors.post(f"{PATH}/verify")
    @allowed(Action.AUDIT_READ)
    def verify() -> str:
        with deps.reading() as (session, actor):
            checked = verify_trail(session, actor, number_in_form("after"), MOST_CHECKED)
        return _page(deps, checked)


def _page(deps: AdminDeps, checked: CheckedPart | None) -> str:
    """Return the page; `checked` is what the check of a part of the trail found."""
    action, name = (request.args.get(key, "").strip()[:320] for key in ("action", "actor"))
    wanted = TrailSelection(action or None, name.lower() or None)
    with deps.reading() as (session, actor):
        before = id_in_query("before")
        found, total = read_trail(session, actor, wanted, before=before, limit=SIZE + 1)
    older = (
        urlencode({"action": action, "actor": name, "before": found[SIZE - 1].id})
        if len(found) > SIZE
        else ""
    )
    return deps.page(
        "audit.html",
        entries=found[:SIZE],
        total=f"more than {MOST_COUNTED:,}" if total >= MOST_COUNTED else f"{total:,}",
        older=older,
        action=action,
        name=name,
        checked=checked,
    )
