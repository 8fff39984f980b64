"""A team chooses whether its contact details are encrypted; the rows that there are follow, twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from jobs.encryption.change_rows import change_rows
from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.errors import NotAllowed
from models.maintenance.encrypt_rows import tables_with_contents
from models.maintenance.encryption import (
    AGAIN_AFTER,
    due_encryptions,
    encrypt_some,
    get_encryption,
    pass_over,
    set_encryption,
)
from models.security.contents import encrypted_columns, is_text
from models.tables import AuditEntry, ContactEncryption, Event, IntakeSubmission, LeadImportRow
from models.tables.types.encrypted import PREFIX, as_stored
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import OURS, THEIRS, dump, fill


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    """Two tenants with a row in each table, none of which chose anything yet."""
    give_keys(database)
    fill(database, tenants.ours, OURS)
    fill(database, tenants.theirs, THEIRS)
    with database.writing_all() as session:
        session.execute(delete(ContactEncryption))
        for table in (IntakeSubmission, LeadImportRow):
            session.execute(update(table).values(email_key=""))
    return database


def stored(database: Database, tenant_id: int) -> list[str]:
    """Every value of a column that may be encrypted, as it is stored."""
    found = list[str]()
    with database.reading_all() as session:
        for table in tables_with_contents().values():
            columns = [as_stored(table.__table__.c[name]) for name in encrypted_columns(table)]
            for row in session.execute(select(*columns).where(table.tenant_id == tenant_id)):
                found += [str(bytes(each) if isinstance(each, bytes) else each) for each in row]
    return found


def test_all_of_one_team_is_encrypted_and_nothing_of_another(filled: Database, tenants: TwoTenants) -> None:
    before = stored(filled, tenants.theirs)
    encrypt(filled, tenants.ours)
    ours = stored(filled, tenants.ours)
    assert len(ours) > 12
    assert [each for each in ours if PREFIX not in each] == []
    assert stored(filled, tenants.theirs) == before


def test_turned_off_everything_is_as_it_was(filled: Database, tenants: TwoTenants) -> None:
    def others() -> list[str]:
        own = ("contact_encryption:", "audit_")
        return sorted(each for each in dump(filled) if not each.startswith(own))

    before = others()
    encrypt(filled, tenants.ours)
    encrypt(filled, tenants.ours, is_on=False)
    assert others() == before


def test_it_is_found_by_what_it_was_before_and_after(filled: Database, tenants: TwoTenants) -> None:
    def found() -> list[int]:
        with filled.reading_all() as session:
            return [
                len(session.scalars(select(table.id).where(is_text(table, "email", tenant_id, mail))).all())
                for table in (IntakeSubmission, LeadImportRow)
                for tenant_id, mail in zip(
                    tenants, (f"ada@{OURS}.example", f"ada@{THEIRS}.example"), strict=True
                )
            ]

    assert found() == [1, 1, 1, 1]
    for is_on in (True, False):
        encrypt(filled, tenants.ours, is_on=is_on)
        assert found() == [1, 1, 1, 1]


def test_it_goes_on_where_it_was_killed_and_says_how_far_it_is(filled: Database, tenants: TwoTenants) -> None:
    with filled.writing(tenants.ours) as session:
        chosen = set_encryption(session, system(tenants.ours, "test"), is_on=True)
    assert (chosen.is_on, chosen.done, chosen.is_over) == (True, 0, False)
    assert chosen.total == len(tables_with_contents())
    seen = list[int]()
    while True:
        with filled.writing(tenants.ours) as session:
            encrypt_some(session, tenants.ours, now(), 1)
        with filled.reading(tenants.ours) as session:
            state = get_encryption(session, tenants.ours)
        if state.is_over:
            break
        seen.append(state.done)
    assert seen == sorted(seen)
    assert (state.done, state.total) == (chosen.total, chosen.total)
    assert [each for each in stored(filled, tenants.ours) if PREFIX not in each] == []


def test_a_second_pass_finds_what_came_unseen(filled: Database, tenants: TwoTenants) -> None:
    encrypt(filled, tenants.ours)
    late = {
        "tenant_id": tenants.ours,
        "source_key": "late",
        "raw": b"late",
        "state": "new",
        "received_at": now(),
    }
    with filled.writing_all() as session:
        session.execute(insert(Event).values(late))  # as by a transaction that began before
        assert due_encryptions(session, now()) == []
        assert due_encryptions(session, now() + AGAIN_AFTER) == [tenants.ours]
    at, steps = now() + AGAIN_AFTER, 0
    with filled.writing(tenants.ours) as session:
        while encrypt_some(session, tenants.ours, at, 100):
            steps += 1
    assert steps == len(tables_with_contents())
    assert [each for each in stored(filled, tenants.ours) if PREFIX not in each] == []
    with filled.reading_all() as session:
        assert due_encryptions(session, at + timedelta(days=1)) == []


def test_the_first_row_of_the_second_pass_can_be_passed_over(filled: Database, tenants: TwoTenants) -> None:
    encrypt(filled, tenants.ours)
    first, *others = tables_with_contents()
    at = now() + AGAIN_AFTER
    with filled.writing(tenants.ours) as session:
        passed = pass_over(session, tenants.ours, at)
        assert passed is not None
        assert passed[0] == first
        assert pass_over(session, tenants.ours, at) is None  # its end: the next table follows
        assert (pass_over(session, tenants.ours, at) or ("",))[0] == others[0]
    with filled.reading(tenants.ours) as session:
        assert get_encryption(session, tenants.ours).is_over


def test_who_changes_their_mind_meanwhile_gets_the_last_word(filled: Database, tenants: TwoTenants) -> None:
    for is_on, steps in ((True, 3), (False, 2), (True, 1)):
        with filled.writing(tenants.ours) as session:
            set_encryption(session, system(tenants.ours, "test"), is_on=is_on)
            for _ in range(steps):
                encrypt_some(session, tenants.ours, now(), 100)
    encrypt(filled, tenants.ours)  # chosen already: it only goes on
    assert [each for each in stored(filled, tenants.ours) if PREFIX not in each] == []


def test_the_place_of_another_release_is_no_obstacle(filled: Database, tenants: TwoTenants) -> None:
    with filled.writing_all() as session:
        session.add(ContactEncryption(tenant_id=tenants.ours, is_on=True, table_name="gone", after=["x"]))
    while change_rows(filled):
        pass
    assert [each for each in stored(filled, tenants.ours) if PREFIX not in each] == []


def test_only_who_may_change_what_is_kept_may_choose(database: Database, tenants: TwoTenants) -> None:
    rep = add_person(database, tenants.ours)
    with pytest.raises(NotAllowed), database.writing(tenants.ours) as session:
        set_encryption(session, rep, is_on=True)
    with database.reading(tenants.ours) as session:
        assert get_encryption(session, tenants.ours).is_on is False


def test_the_trail_says_who_chose_and_a_repeat_says_nothing(database: Database, tenants: TwoTenants) -> None:
    give_keys(database)
    for is_on in (True, True, False):
        encrypt(database, tenants.ours, is_on=is_on)
    with database.reading(tenants.ours) as session:
        entries = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert list(entries) == ["contacts.encrypted", "contacts.decrypted"]
