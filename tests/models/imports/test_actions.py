"""Admins upload, look, start and undo; nothing is written before, and no other team sees any of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.imports.actions import (
    MOST_OPEN,
    discard_draft,
    set_columns,
    start_import,
    undo_import,
    upload_file,
)
from models.imports.csv_file import UnreadableFile
from models.imports.queries import failed_rows_csv, get_import, list_imports, preview, view_import
from models.imports.work import claim_row, due_imports, keep_row, put_off_import, settle_row
from models.tables.audit import AuditEntry
from models.tables.imports import LeadImport
from tests.conftest import TwoTenants
from tests.models.acting import add_person, later

FILE = b"Name,E-mail,Phone\nJana,jana@x.test,1\n=cmd,no mail,+49\nBo,bo@x.test,\n"


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    return add_person(database, tenants.ours, role="admin")


def upload(database: Database, actor: Actor, raw: bytes = FILE, name: str = "leads.csv") -> int:
    with database.writing(actor.tenant) as session:
        return upload_file(session, actor, name, raw).id


def do(database: Database, actor: Actor, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with database.writing(actor.tenant) as session:
        return act(session, actor, *args, **kwargs)


def test_a_draft_is_looked_at_and_started(database: Database, admin: Actor) -> None:
    number = upload(database, admin, name="a\x00b\n.csv")
    found = do(database, admin, get_import, number)
    assert (found.name, found.columns) == ("ab.csv", {"name": 0, "email": 1, "phone": 2})
    checked = preview(found)
    assert [len(checked.good), len(checked.bad)] == [2, 1]

    started = do(database, admin, start_import, number)
    assert (started.state, started.content) == ("running", "")
    view = do(database, admin, view_import, number)
    assert view.counts == {"pending": 2, "failed": 1}
    assert [each.line for each in view.reasons] == [3]
    with database.reading(admin.tenant) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "import.started")).one()
    assert entry.details == {"import": number, "rows": 2, "bad": 1}
    for again in (start_import, discard_draft):
        with pytest.raises(InvalidRequest):
            do(database, admin, again, number)


def test_columns_are_chosen_each_once_and_a_currency_is_three_letters(
    database: Database, admin: Actor
) -> None:
    number = upload(database, admin)
    chosen = {"title": 0, "email": 1, "source": 7, "unknown": 2}
    found = do(database, admin, set_columns, number, chosen, currency=" czk ", routes=True)
    assert (found.columns, found.currency, found.routes) == ({"title": 0, "email": 1}, "CZK", True)
    with pytest.raises(InvalidRequest, match="Name"):
        do(database, admin, set_columns, number, {"title": 0, "name": 0}, currency="EUR", routes=False)
    with pytest.raises(InvalidRequest):
        do(database, admin, set_columns, number, {}, currency="euro", routes=False)


def test_a_file_without_one_good_row_is_not_started(database: Database, admin: Actor) -> None:
    number = upload(database, admin, b"Colour\nred\n")
    with pytest.raises(InvalidRequest, match="No row"):
        do(database, admin, start_import, number)
    with pytest.raises(UnreadableFile):
        upload(database, admin, b"")


def test_a_new_file_takes_the_place_of_the_draft(database: Database, admin: Actor) -> None:
    first = upload(database, admin)
    other = add_person(database, admin.tenant, "Cy", role="admin")
    kept = upload(database, other)
    second = upload(database, admin)
    assert {each.row.id for each in do(database, admin, list_imports)} == {second, kept}
    with pytest.raises(NotFound):
        do(database, admin, get_import, first)
    do(database, admin, discard_draft, second)
    assert [each.row.id for each in do(database, admin, list_imports)] == [kept]


def test_only_some_are_under_way_at_once(database: Database, admin: Actor) -> None:
    for _ in range(MOST_OPEN):
        do(database, admin, start_import, upload(database, admin))
    with pytest.raises(InvalidRequest, match="under way"):
        do(database, admin, start_import, upload(database, admin))


def test_failed_rows_are_a_file_that_calculates_nothing(database: Database, admin: Actor) -> None:
    number = upload(database, admin)
    do(database, admin, start_import, number)
    text = do(database, admin, failed_rows_csv, number)
    header, row = text.splitlines()
    assert header == "Name,E-mail,Phone,Line,Reason"
    assert row.startswith("'=cmd,no mail,'+49,3,")


def test_undone_what_waits_is_not_written_and_it_is_in_the_trail(database: Database, admin: Actor) -> None:
    number = upload(database, admin)
    with pytest.raises(InvalidRequest):
        do(database, admin, undo_import, number)
    do(database, admin, start_import, number)
    assert do(database, admin, undo_import, number).state == "undoing"
    assert do(database, admin, view_import, number).counts == {"undone": 2, "failed": 1}
    with pytest.raises(InvalidRequest):
        do(database, admin, undo_import, number)
    with database.reading(admin.tenant) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "import.undone")).one()
    assert entry.object == "leads.csv"


def test_other_teams_and_roles_see_and_do_nothing(
    database: Database, admin: Actor, tenants: TwoTenants
) -> None:
    number = upload(database, admin)
    stranger = add_person(database, tenants.theirs, "Eve", role="admin")
    viewer = add_person(database, tenants.ours, "Vi", role="viewer")
    acts: tuple[Callable[..., Any], ...] = (
        get_import,
        view_import,
        failed_rows_csv,
        start_import,
        discard_draft,
        undo_import,
    )
    for act in acts:
        for actor, refusal in ((stranger, NotFound), (viewer, NotAllowed)):
            with pytest.raises(refusal):
                do(database, actor, act, number)
    assert do(database, stranger, list_imports) == []
    for act in (list_imports,):
        with pytest.raises(NotAllowed):
            do(database, viewer, act)
    with pytest.raises(NotAllowed):
        upload(database, viewer)


def test_one_worker_has_an_import_and_one_that_lost_it_stores_nothing(
    database: Database, admin: Actor
) -> None:
    tenant, number = admin.tenant, upload(database, admin)
    do(database, admin, start_import, number)
    with database.reading_all() as session:
        assert due_imports(session, later(1)) == [(tenant, number)]
    with database.writing(tenant) as session:
        lost = claim_row(session, tenant, number, "a", later(1), later(2))
        assert claim_row(session, tenant, number, "b", later(1), later(9)) is None
    with database.writing(tenant) as session:
        held = claim_row(session, tenant, number, "b", later(3), later(9))
    assert lost is not None
    assert held is not None
    assert (lost.was_tried, held.was_tried, held.row.id) == (False, True, lost.row.id)
    with database.writing(tenant) as session:
        assert not keep_row(session, lost, lead_id="x")
        assert not settle_row(session, lost, later(3), "done")
        assert not put_off_import(session, lost, later(3), "away", counts=True)
        assert keep_row(session, held, lead_id="y")
        assert settle_row(session, held, later(3), "done")


def test_the_teams_take_turns_each_with_its_oldest_import(
    database: Database, admin: Actor, tenants: TwoTenants
) -> None:
    stranger = add_person(database, tenants.theirs, "Eve", role="admin")
    numbers = [upload(database, admin)]
    do(database, admin, start_import, numbers[0])
    do(database, admin, start_import, upload(database, admin))
    theirs = upload(database, stranger)
    do(database, stranger, start_import, theirs)
    with database.writing(admin.tenant) as session:
        claimed = claim_row(session, admin.tenant, numbers[0], "a", later(1), later(2))
        assert claimed is not None
        settle_row(session, claimed, later(1), "done")
    with database.reading_all() as session:
        assert due_imports(session, later(2)) == [(stranger.tenant, theirs), (admin.tenant, numbers[0])]


def test_an_import_without_open_rows_ends(database: Database, admin: Actor) -> None:
    tenant, number = admin.tenant, upload(database, admin, b"Name\nJana\n")
    do(database, admin, start_import, number)
    with database.writing(tenant) as session:
        claimed = claim_row(session, tenant, number, "a", later(1), later(2))
        assert claimed is not None
        settle_row(session, claimed, later(1), "done")
    with database.writing(tenant) as session:
        assert claim_row(session, tenant, number, "b", later(3), later(4)) is None
    with database.reading(tenant) as session:
        found = session.scalars(select(LeadImport)).one()
    assert (found.state, found.lease_token) == ("done", None)
    assert found.finished_at is not None
