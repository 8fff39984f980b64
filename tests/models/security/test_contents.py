"""What is written for a team that wants that is encrypted, and read as if it were not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.events.store import LONGEST_IN_A_BATCH, Arrival, store
from models.security.contents import encrypt_values, is_text
from models.tables import Event, IntakeForm, IntakeSubmission, SeenInteraction
from models.tables.types.encrypted import PREFIX, ContentKeys
from tests.conftest import TwoTenants
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import dump, lines_with
from tests.models.rows import add

MAIL, PHONE = "jana@initech.test", "0151 234"


@pytest.fixture
def half_encrypted(database: Database, tenants: TwoTenants) -> Database:
    """Ours wants it, theirs does not."""
    give_keys(database)
    encrypt(database, tenants.ours)
    return database


def entered(tenant_id: int, form: IntakeForm, **more: Any) -> IntakeSubmission:
    texts = {"name": "Jana", "email": MAIL, "phone": PHONE, "title": "Call", "message": PHONE}
    return IntakeSubmission(tenant_id=tenant_id, form_id=form.id, key="k", **texts | more)


def enter(database: Database, tenant_id: int, **more: Any) -> IntakeSubmission:
    form = IntakeForm(
        tenant_id=tenant_id, name="Site", token_hash=f"h{tenant_id}", last_four="abcd", origins=[]
    )
    add(database, form)
    add(database, entered(tenant_id, form, **more))
    with database.reading(tenant_id) as session:
        return session.scalars(select(IntakeSubmission)).one()


def test_rows_of_the_orm_are_encrypted_for_those_who_want_it_alone(
    half_encrypted: Database, tenants: TwoTenants
) -> None:
    found = [enter(half_encrypted, tenant_id) for tenant_id in tenants]
    assert [(each.email, each.phone, each.message) for each in found] == [(MAIL, PHONE, PHONE)] * 2
    for secret in (MAIL, PHONE):
        (line,) = lines_with(dump(half_encrypted), secret)
        assert f"({tenants.theirs}, " in line or f", {tenants.theirs}," in line


def test_a_row_shows_plain_values_in_the_transaction_that_wrote_it(
    half_encrypted: Database, tenants: TwoTenants
) -> None:
    enter(half_encrypted, tenants.ours)
    with half_encrypted.writing(tenants.ours) as session:
        body = Event(tenant_id=tenants.ours, source_key="k", raw=b"{}", state="done")
        session.add(body)
        seen = SeenInteraction(key="k", tenant_id=tenants.ours, reply={"to": MAIL})
        session.add(seen)
        row = session.scalars(select(IntakeSubmission)).one()
        row.phone = "0160 999"
        session.flush()
        assert [type(each) for each in (body.raw, seen.reply, row.phone)] == [bytes, dict, str]
        assert not session.dirty
    assert lines_with(dump(half_encrypted), "0160") == []


def test_a_change_of_one_is_encrypted_too(half_encrypted: Database, tenants: TwoTenants) -> None:
    enter(half_encrypted, tenants.ours)
    with half_encrypted.writing(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        row.phone, row.email = "0160 999", "bo@initech.test"
    assert lines_with(dump(half_encrypted), "0160") + lines_with(dump(half_encrypted), "initech") == []
    with half_encrypted.reading(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        same = select(IntakeSubmission.id).where(
            is_text(IntakeSubmission, "email", tenants.ours, "bo@initech.test")
        )
        assert (row.phone, session.scalar(same)) == ("0160 999", row.id)


def test_what_stays_as_it_is_is_not_written_again(half_encrypted: Database, tenants: TwoTenants) -> None:
    enter(half_encrypted, tenants.ours)
    before = dump(half_encrypted)
    with half_encrypted.writing(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        row.attempts = 1
    (old,), (new,) = (lines_with(each, "intake_submissions:") for each in (before, dump(half_encrypted)))
    assert old != new
    assert [each for each in old.split(", ") if PREFIX in each] == [
        each for each in new.split(", ") if PREFIX in each
    ]


def test_values_of_an_update_are_encrypted_by_their_columns(
    half_encrypted: Database, tenants: TwoTenants
) -> None:
    with half_encrypted.writing_all() as session:
        ours, theirs = (
            encrypt_values(session, IntakeSubmission, tenant_id, {"problem": MAIL, "state": "dead"})
            for tenant_id in tenants
        )
    assert (theirs, ours["state"]) == ({"problem": MAIL, "state": "dead"}, "dead")
    assert ours["problem"].stored.startswith(PREFIX)


@pytest.mark.parametrize("size", [10, LONGEST_IN_A_BATCH + 1])
def test_bodies_are_encrypted_however_long_they_are(
    half_encrypted: Database, tenants: TwoTenants, size: int
) -> None:
    raw = orjson.dumps({"email": MAIL, "more": "x" * size})
    arrivals = [Arrival(tenant_id, "k", raw, "new", now()) for tenant_id in tenants]
    with half_encrypted.writing_all() as session:
        assert store(session, arrivals) == 2
    with half_encrypted.reading_all() as session:
        assert set(session.scalars(select(Event.raw))) == {raw}
    assert len(lines_with(dump(half_encrypted), MAIL)) == 1


def test_what_only_looks_encrypted_is_read_as_it_came(half_encrypted: Database, tenants: TwoTenants) -> None:
    hostile = f"{PREFIX}{'0' * 16}:1:AAAA"
    with half_encrypted.writing_all() as session:
        store(session, [Arrival(tenants.theirs, "k", hostile.encode(), "new", now())])
    row = enter(half_encrypted, tenants.theirs, phone=hostile)
    with half_encrypted.reading_all() as session:
        assert session.scalars(select(Event.raw)).one() == hostile.encode()
    assert row.phone == hostile


def test_documents_are_encrypted_whole(half_encrypted: Database, tenants: TwoTenants) -> None:
    for tenant_id in tenants:
        add(half_encrypted, SeenInteraction(key=f"k{tenant_id}", tenant_id=tenant_id, reply={"to": [MAIL]}))
    with half_encrypted.reading_all() as session:
        assert session.scalars(select(SeenInteraction.reply)).all() == [{"to": [MAIL]}] * 2
    assert len(lines_with(dump(half_encrypted), MAIL)) == 1


def test_what_no_key_opens_is_empty_and_takes_nothing_with_it(
    half_encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(half_encrypted, tenants.ours)
    with half_encrypted.writing_all() as session:
        store(session, [Arrival(tenants.ours, "k", b"{}", "new", now())])
    monkeypatch.setattr("models.tables.types.encrypted._KEYS", {})
    with half_encrypted.reading_all() as session:
        row = session.scalars(select(IntakeSubmission)).one()
        assert (row.email, row.phone, row.state) == ("", "", "pending")
        assert session.scalars(select(Event.raw)).one() == b""


def test_keys_are_of_the_database_that_they_were_given_to(
    database: Database, bare_database: Database, tenants: TwoTenants
) -> None:
    give_keys(database)
    give_keys(bare_database, {"other": bytes([9]) * 32})
    encrypt(database, tenants.ours)
    enter(database, tenants.ours)
    (line,) = lines_with(dump(database), "intake_submissions:")
    newest = ContentKeys({"old": bytes(32)}).encrypt(1, b"").split(":")[2]
    assert f"{PREFIX}{newest}:" in line
