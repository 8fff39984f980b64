"""imports: leads from a CSV file, looked at before they are written to Pipedrive, and undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from models.imports.actions import (
    NAME_LETTERS,
    discard_draft,
    set_columns,
    start_import,
    undo_import,
    upload_file,
)
from models.imports.csv_file import MOST_BYTES, MOST_COLUMNS
from models.imports.lead_rows import FIELDS
from models.imports.queries import ImportView, failed_rows_csv, list_imports, preview, view_import
from models.tables.imports import ImportState
from web.api.errors import InvalidFields
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

IMPORTS: Final = Routes("imports", "read:leads", "write:leads")
PATH: Final = "/admin/imports"
SHOWN: Final = 10  # good rows of a preview
MOST_BAD: Final = 50


class LeadFileBody(Body):
    """A file of leads: `content` is the text of a CSV file whose first line names the columns."""

    name: str = Field("leads.csv", max_length=NAME_LETTERS)
    content: str = Field(max_length=MOST_BYTES)


class LeadFilePatch(Body):
    """What a draft's columns hold, each by its number from 0, like `{"email": 2}`; what is left out stays.

    `currency` is that of values without one; `routes`: the leads are routed to people.
    """

    columns: dict[str, Annotated[int, Field(ge=0, lt=MOST_COLUMNS)]] | None = None
    currency: str | None = Field(None, max_length=3)
    routes: bool | None = None


class ImportedLeadOut(Out):
    """A lead as it will be made."""

    name: str
    email: str
    phone: str
    organization: str
    title: str
    value: float | None
    currency: str
    note: str


class GoodRowOut(Out):
    """A row of the file, by its line there, and the lead that it becomes."""

    line: int
    lead: ImportedLeadOut


class BadRowOut(Out):
    """A row of which no lead was made, or that was left in Pipedrive by an undo; `reason` says why."""

    line: int
    reason: str


class LeadFilePreviewOut(Out):
    """What becomes of a draft: how many rows are good and bad, and the first good ones.

    Of the good ones `shared` have the person of an earlier row.
    """

    good: int
    bad: int
    shared: int
    first: list[GoodRowOut]


class LeadImportOut(Out):
    """An import. `state` is draft, running, done, undoing or undone; `counts` are its rows by their state.

    Of a draft `counts` has nothing. `problem` says why it waits.
    """

    id: Id
    name: str
    state: str
    made_by: str
    header: list[str]
    columns: dict[str, int]
    currency: str
    routes: bool
    counts: dict[str, int]
    problem: str
    created_at: Moment
    finished_at: Moment | None


class WholeLeadImportOut(LeadImportOut):
    """An import with its first 50 bad rows; while it is a draft, with what becomes of it."""

    preview: LeadFilePreviewOut | None
    reasons: list[BadRowOut]


class FailedRowsOut(Out):
    """The rows that failed as a CSV file, each with its line and the reason, to be mended and sent again."""

    csv: str


@IMPORTS.get(PATH, summary="List imports", data=LeadImportOut, params=ListParams, is_list=True)
def list_all(call: ApiCall) -> Page:
    views = {view.row.id: view for view in list_imports(call.session, call.actor)}

    def draw(shown: Sequence[Any]) -> list[LeadImportOut]:
        return [LeadImportOut(**_fields(views[row.id])) for row in shown]

    return page_of_list(call.params, [view.row for view in views.values()], draw)


@IMPORTS.post(PATH, summary="Look at a file of leads", data=WholeLeadImportOut, body=LeadFileBody, status=201)
def upload(call: ApiCall) -> WholeLeadImportOut:
    """Keep the file as a draft; an earlier draft of the same person is dropped."""
    raw = call.body.content.encode("utf-8", "replace")
    return _show(call, upload_file(call.session, call.actor, call.body.name, raw).id)


@IMPORTS.get(f"{PATH}/<id>", summary="How far an import is", data=WholeLeadImportOut)
def show_one(call: ApiCall) -> WholeLeadImportOut:
    return _show(call, call.id)


@IMPORTS.patch(
    f"{PATH}/<id>", summary="Say what the columns hold", data=WholeLeadImportOut, body=LeadFilePatch
)
def choose(call: ApiCall) -> WholeLeadImportOut:
    body, found = call.body, view_import(call.session, call.actor, call.id).row
    columns = dict(found.columns) if body.columns is None else body.columns
    if unknown := [name for name in columns if name not in FIELDS]:
        raise InvalidFields([("columns", f"there is no field {name[:60]!r}") for name in unknown])
    if beyond := [name for name, index in columns.items() if index >= len(found.header)]:
        raise InvalidFields([(f"columns.{name}", "the file has no such column") for name in beyond])
    currency = found.currency if body.currency is None else body.currency
    routes = found.routes if body.routes is None else body.routes
    set_columns(call.session, call.actor, call.id, columns, currency=currency, routes=routes)
    return _show(call, call.id)


@IMPORTS.delete(f"{PATH}/<id>", summary="Discard a draft", data=WholeLeadImportOut)
def discard(call: ApiCall) -> WholeLeadImportOut:
    answer = _show(call, call.id)
    discard_draft(call.session, call.actor, call.id)
    return answer


@IMPORTS.post(f"{PATH}/<id>/start", summary="Write a draft to Pipedrive", data=WholeLeadImportOut)
def start(call: ApiCall) -> WholeLeadImportOut:
    start_import(call.session, call.actor, call.id)
    return _show(call, call.id)


@IMPORTS.post(f"{PATH}/<id>/undo", summary="Delete again what an import made", data=WholeLeadImportOut)
def undo(call: ApiCall) -> WholeLeadImportOut:
    undo_import(call.session, call.actor, call.id)
    return _show(call, call.id)


@IMPORTS.get(f"{PATH}/<id>/failed", summary="The rows that failed, as a file", data=FailedRowsOut)
def failed_rows(call: ApiCall) -> FailedRowsOut:
    return FailedRowsOut(csv=failed_rows_csv(call.session, call.actor, call.id))


def _show(call: ApiCall, number: int) -> WholeLeadImportOut:
    call.session.flush()
    view = view_import(call.session, call.actor, number)
    if view.row.state != ImportState.DRAFT:
        reasons = [BadRowOut(line=row.line, reason=row.reason) for row in view.reasons]
        return WholeLeadImportOut(**_fields(view), preview=None, reasons=reasons)
    checked = preview(view.row)
    first = [
        GoodRowOut(line=row.line, lead=ImportedLeadOut.model_validate(lead))
        for row, lead in checked.good[:SHOWN]
    ]
    seen = LeadFilePreviewOut(
        good=len(checked.good), bad=len(checked.bad), shared=checked.shared, first=first
    )
    reasons = [BadRowOut(line=row.line, reason=reason) for row, reason in checked.bad[:MOST_BAD]]
    return WholeLeadImportOut(**_fields(view), preview=seen, reasons=reasons)


def _fields(view: ImportView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "name": row.name,
        "state": row.state,
        "made_by": row.made_by,
        "header": row.header,
        "columns": row.columns,
        "currency": row.currency,
        "routes": row.routes,
        "counts": view.counts,
        "problem": row.problem,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }
