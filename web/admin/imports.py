"""Leads from a CSV file: chosen, its columns named, looked at, started, watched, and undone."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from jobs.imports.write import PACED
from models.accounts.rights import Action
from models.imports.actions import discard_draft, set_columns, start_import, undo_import, upload_file
from models.imports.csv_file import MOST_BYTES, MOST_ROWS, UnreadableFile
from models.imports.lead_rows import FIELDS, CheckedRows
from models.imports.queries import failed_rows_csv, list_imports, preview, view_import
from models.tables.imports import ImportState
from web.admin.deps import AdminDeps, id_in_form
from web.security.guards import allowed

PATH: Final = "/admin/intake/imports"
SHOWN: Final = 10  # rows of a preview
MOST_BAD: Final = 50
WITHOUT_FILE: Final = "Choose a file first."
TOKENS: Final = 10  # of Pipedrive's daily budget, for a lead, and for a note
TOKENS_TO_FIND_AND_MAKE: Final = 25  # for a person, and for an organization


def add_imports(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/intake/imports and its buttons."""

    @doors.get(PATH)
    @allowed(Action.CONNECTION_CHANGE)
    def lead_imports() -> str:
        with deps.reading() as (session, actor):
            found = list_imports(session, actor)
        return deps.page("imports.html", imports=found, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)

    @doors.get(f"{PATH}/<int:number>")
    @allowed(Action.CONNECTION_CHANGE)
    def one_import(number: int) -> str:
        return _page(deps, number)

    @doors.get(f"{PATH}/<int:number>/failed.csv")
    @allowed(Action.CONNECTION_CHANGE)
    def failed_rows(number: int) -> Response:
        with deps.reading() as (session, actor):
            text = failed_rows_csv(session, actor, number)
        headers = {"Content-Disposition": f'attachment; filename="failed-{number}.csv"'}
        return Response(f"\ufeff{text}", mimetype="text/csv", headers=headers)

    @doors.post(f"{PATH}/new")
    @allowed(Action.CONNECTION_CHANGE)
    def upload_leads() -> ResponseReturnValue:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise UnreadableFile(user_message=WITHOUT_FILE)
        with file.stream as stream:  # a large one is a file on disk
            raw = stream.read(MOST_BYTES + 1)
        with deps.writing() as (session, actor):
            made = upload_file(session, actor, file.filename, raw).id
        return redirect(f"{PATH}/{made}", 303)

    _add_buttons(doors, deps)


def _add_buttons(doors: Blueprint, deps: AdminDeps) -> None:
    @doors.post(f"{PATH}/columns")
    @allowed(Action.CONNECTION_CHANGE)
    def choose_columns() -> ResponseReturnValue:
        number, given = id_in_form("import"), request.form
        with deps.writing() as (session, actor):
            routes = "routes" in given
            set_columns(session, actor, number, _columns(), currency=given.get("currency", ""), routes=routes)
        return deps.done(f"{PATH}/{number}", "chosen")

    @doors.post(f"{PATH}/start")
    @allowed(Action.CONNECTION_CHANGE)
    def start_leads() -> ResponseReturnValue:
        number = id_in_form("import")
        with deps.writing() as (session, actor):
            start_import(session, actor, number)
        return deps.done(f"{PATH}/{number}", "started")

    @doors.post(f"{PATH}/discard")
    @allowed(Action.CONNECTION_CHANGE)
    def discard_leads() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            discard_draft(session, actor, id_in_form("import"))
        return deps.done(PATH, "discarded")

    @doors.post(f"{PATH}/undo")
    @allowed(Action.CONNECTION_CHANGE)
    def undo_leads() -> ResponseReturnValue:
        number = id_in_form("import")
        if "confirm" not in request.form:
            return _page(deps, number, asks=True)
        with deps.writing() as (session, actor):
            undo_import(session, actor, number)
        return deps.done(f"{PATH}/{number}", "undoing")


def _page(deps: AdminDeps, number: int, *, asks: bool = False) -> str:
    with deps.reading() as (session, actor):
        view = view_import(session, actor, number)
    shown: dict[str, Any] = {"view": view, "found": view.row, "asks": asks, "fields": FIELDS}
    if view.row.state == ImportState.DRAFT:
        checked = preview(view.row)
        budget = int(deps.settings.pipedrive_daily_tokens * PACED.share)
        tokens = _tokens(checked)
        days = -(-tokens // budget)
        shown |= {"checked": checked, "tokens": tokens, "budget": budget, "days": days}
        shown |= {"shown": SHOWN, "most_bad": MOST_BAD}
    return deps.page("import.html", **shown)


def _tokens(checked: CheckedRows) -> int:
    """Return about how much of Pipedrive's daily budget an import needs; who is in two rows counts once."""
    leads = [lead for _, lead in checked.good]
    people = {lead.email or lead.name for lead in leads} - {""}
    organizations = {lead.organization.casefold() for lead in leads} - {""}
    notes = sum(bool(lead.note) for lead in leads)
    return TOKENS * (len(leads) + notes) + TOKENS_TO_FIND_AND_MAKE * (len(people) + len(organizations))


def _columns() -> dict[str, int]:
    """Return which column a form chose for what."""
    given = {name: request.form.get(f"column-{name}", "") for name in FIELDS}
    return {name: int(text) for name, text in given.items() if text.isdecimal() and len(text) < 4}
