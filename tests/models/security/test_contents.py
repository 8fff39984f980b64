"""What is written for a team that wants that is encrypted, and read as if it were not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.clock import now
from models.database.engine import Database
from models.errors import SecretUnreadable
from models.events.store import LONGEST_IN_A_BATCH, Arrival, store
from models.maintenance.encryption import AGAIN_AFTER, due_encryptions
from models.maintenance.rekey import rekey_secrets
from models.security.contents import encrypt_values, has_lost, is_text, note_content_keys
from models.security.installed_keys import check_keys, install_newest_key
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import Event, IntakeForm, IntakeSubmission, SeenInteraction
from models.tables.types.encrypted import PREFIX, ContentKeys, is_lost
from tests.conftest import TwoTenants
from tests.models.maintenance.encrypting import NEW, OLD, encrypt, give_keys
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


def test_what_no_key_opens_is_known_as_lost_and_takes_nothing_with_it(
    half_encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(half_encrypted, tenants.ours)
    enter(half_encrypted, tenants.theirs)
    with half_encrypted.writing_all() as session:
        store(session, [Arrival(tenants.ours, "k", b"{}", "new", now())])
    before = dump(half_encrypted)
    with monkeypatch.context() as without:
        without.setattr("models.tables.types.encrypted._KEYS", {})
        with half_encrypted.writing_all() as session:
            ours, theirs = session.scalars(select(IntakeSubmission).order_by(IntakeSubmission.tenant_id))
            assert (ours.email, ours.phone, ours.state) == ("", "", "pending")
            assert [has_lost(ours), has_lost(theirs)] == [True, False]
            assert is_lost(session.scalars(select(Event.raw)).one())
            ours.lead_id = "7"  # beside what is lost, which stays
    with half_encrypted.reading(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        assert (row.email, row.phone, row.lead_id) == (MAIL, PHONE, "7")
    assert lines_with(dump(half_encrypted), "events:") == lines_with(before, "events:")


def test_what_no_key_opens_is_not_overwritten(
    half_encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(half_encrypted, tenants.ours)
    before = dump(half_encrypted)
    monkeypatch.setattr("models.tables.types.encrypted._KEYS", {})
    with pytest.raises(SecretUnreadable), half_encrypted.writing(tenants.ours) as session:
        session.scalars(select(IntakeSubmission)).one().phone = "new"
    assert dump(half_encrypted) == before


def test_a_text_that_no_database_stores_is_replaced_first(
    half_encrypted: Database, tenants: TwoTenants
) -> None:
    rows = [
        enter(half_encrypted, tenant_id, phone="1\0" + "\ud800", email="\ud800@x") for tenant_id in tenants
    ]
    assert rows[0].phone == rows[1].phone == "1" + "\N{REPLACEMENT CHARACTER}" * 2
    for tenant_id in tenants:
        with half_encrypted.reading(tenant_id) as session:
            same = is_text(IntakeSubmission, "email", tenant_id, "\ud800@x")
            assert len(session.scalars(select(IntakeSubmission).where(same)).all()) == 1


def test_an_e_mail_that_is_emptied_is_found_no_more(half_encrypted: Database, tenants: TwoTenants) -> None:
    enter(half_encrypted, tenants.ours)
    with half_encrypted.writing(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        assert row.email_key != ""
        row.email = ""
    with half_encrypted.reading(tenants.ours) as session:
        assert session.scalars(select(IntakeSubmission.email_key)).one() == ""


def test_a_row_that_could_not_be_flushed_can_be_added_again(
    half_encrypted: Database, tenants: TwoTenants
) -> None:
    add(half_encrypted, SeenInteraction(key="k", tenant_id=tenants.ours, reply={}))
    again = SeenInteraction(key="k", tenant_id=tenants.ours, reply={"to": MAIL})
    with half_encrypted.writing(tenants.ours) as session:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(again)  # flushed at the end
        again.key = "another"
        session.add(again)
    with half_encrypted.reading(tenants.ours) as session:
        assert session.get_one(SeenInteraction, "another").reply == {"to": MAIL}


@pytest.mark.parametrize("reply", [1, 1.5, True, {}, ["a"], None])
def test_a_document_of_any_kind_is_kept(half_encrypted: Database, tenants: TwoTenants, reply: Any) -> None:
    add(half_encrypted, SeenInteraction(key="k", tenant_id=tenants.ours, reply=reply))
    with half_encrypted.reading_all() as session:
        assert session.scalars(select(SeenInteraction.reply)).one() == reply


def test_the_installed_key_is_used_until_a_rotation_ends(database: Database, tenants: TwoTenants) -> None:
    """A process that was not yet started again with the new key reads what the others write."""
    ring = KeyRing({**NEW, **OLD})
    check_keys(database, KeyRing(OLD))
    note_content_keys(database, ring)
    encrypt(database, tenants.ours)
    enter(database, tenants.ours)
    old, new = ContentKeys(OLD).ids[0], ContentKeys(NEW).ids[0]
    (line,) = lines_with(dump(database), "intake_submissions:")
    assert (f"{PREFIX}{old}:" in line, f"{PREFIX}{new}:" in line) == (True, False)
    rekey_secrets(database, Vault(ring))
    with database.writing_all() as session:
        install_newest_key(session, ring)
    with database.writing(tenants.ours) as session:
        session.scalars(select(IntakeSubmission)).one().phone = "0160 999"
    (line,) = lines_with(dump(database), "intake_submissions:")
    assert (f"{PREFIX}{old}:" in line, f"{PREFIX}{new}:" in line) == (False, True)
    with database.reading_all() as session:
        assert due_encryptions(session, now() + AGAIN_AFTER) == [tenants.ours]


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
