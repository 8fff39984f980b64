"""The audit trail: written once, numbered per tenant, and tampering is detected."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from models.accounts.actor import Actor
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.security.audit import Auditor, record
from models.security.request_origin import REQUEST_ORIGIN, RequestOrigin
from models.tables import AuditAnchor, Tenant
from models.tables.audit import AuditEntry
from tests.conftest import TwoTenants


@pytest.fixture
def trail(database: Database, tenants: TwoTenants, auditor: Auditor) -> list[AuditEntry]:
    """Three entries of ours; the other tenant has one of its own."""
    with database.writing_all() as session:
        auditor.record(session, tenants.theirs, "eve", "rule.saved", "x")
        return [auditor.record(session, tenants.ours, "ada", "rule.saved", f"r{n}", n=n) for n in range(3)]


def broken(database: Database, auditor: Auditor, tenant_id: int) -> int | None:
    with database.reading(tenant_id) as session:
        return auditor.first_broken(session, tenant_id)


def test_entries_are_numbered_per_tenant_and_hold(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    assert [entry.number for entry in trail] == [1, 2, 3]
    assert broken(database, auditor, tenants.ours) is None
    assert broken(database, auditor, tenants.theirs) is None


@pytest.mark.parametrize(
    ("tampering", "first"),
    [
        ("UPDATE audit_entries SET actor = 'eve' WHERE tenant_id = :ours AND number = 2", 2),
        ("DELETE FROM audit_entries WHERE tenant_id = :ours AND number = 1", 1),
        ("DELETE FROM audit_entries WHERE tenant_id = :ours AND number = 2", 2),
        ("UPDATE audit_entries SET number = 9 WHERE tenant_id = :ours AND number = 3", 3),
        ("DELETE FROM audit_entries WHERE tenant_id = :ours AND number = 3", 3),
        ("DELETE FROM audit_entries WHERE tenant_id = :ours AND number > 1", 2),
        ("DELETE FROM audit_entries WHERE tenant_id = :ours", 1),
        ("DELETE FROM audit_anchors WHERE tenant_id = :ours", 4),
        ("UPDATE audit_anchors SET number = 2 WHERE tenant_id = :ours", 4),
    ],
)
def test_tampering_names_the_first_broken_entry(
    tampering: str,
    first: int,
    database: Database,
    tenants: TwoTenants,
    auditor: Auditor,
    trail: list[AuditEntry],
) -> None:
    with database.writing_all() as session:
        session.execute(text(tampering), {"ours": tenants.ours})
    assert broken(database, auditor, tenants.ours) == first
    assert broken(database, auditor, tenants.theirs) is None


def test_chain_does_not_hold_under_another_key(
    database: Database, tenants: TwoTenants, trail: list[AuditEntry]
) -> None:
    assert broken(database, Auditor(b"another"), tenants.ours) == 1


def test_which_request_an_act_belongs_to_is_part_of_the_chain(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    token = REQUEST_ORIGIN.set(RequestOrigin("r-1", "192.0.2.7", "Firefox"))
    with database.writing(tenants.ours) as session:
        entry = auditor.record(session, tenants.ours, "ada", "rule.saved", "r4", n=4)
    REQUEST_ORIGIN.reset(token)
    request = {"id": "r-1", "address": "192.0.2.7", "agent": "Firefox"}
    assert entry.details == {"n": 4, "request": request}
    assert broken(database, auditor, tenants.ours) is None

    with database.writing_all() as session:
        forged = text(
            "UPDATE audit_entries SET details = '{\"n\": 4}' WHERE tenant_id = :ours AND number = 4"
        )
        session.execute(forged, {"ours": tenants.ours})
    assert broken(database, auditor, tenants.ours) == 4


def test_who_acts_at_the_same_moment_is_written_down_too(
    database: Database, tenants: TwoTenants, auditor: Auditor
) -> None:
    together = threading.Barrier(4)

    def act(actor: str) -> None:
        together.wait()
        for n in range(3):
            with database.writing(tenants.ours) as session:
                auditor.record(session, tenants.ours, actor, "rule.saved", f"r{n}")
                time.sleep(0.01)  # so that the others come before the commit

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, ("ada", "ben", "eve", "kim")))

    with database.reading(tenants.ours) as session:
        numbers = session.scalars(select(AuditEntry.number).where(AuditEntry.tenant_id == tenants.ours))
        assert sorted(numbers) == list(range(1, 13))
    assert broken(database, auditor, tenants.ours) is None


def test_what_an_actor_did_is_in_the_trail_of_their_tenant(
    database: Database, auditor: Auditor, tenants: TwoTenants
) -> None:
    with database.writing(tenants.ours) as session:
        record(session, Actor("ada@acme.test", tenants.ours), "rule.deleted", "x" * 400, why="test")

    with database.reading_all() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.tenant_id, entry.actor, entry.action) == (tenants.ours, "ada@acme.test", "rule.deleted")
        assert (entry.object, entry.details) == ("x" * 320, {"why": "test"})
        assert auditor.first_broken(session, tenants.ours) is None


def test_somebody_of_no_tenant_leaves_no_trail(database: Database) -> None:
    with database.writing_all() as session, pytest.raises(TypeError, match="acts for no tenant"):
        record(session, Actor("eve@x.test"), "rule.deleted", "Big wins")


def test_removed_anchor_is_not_made_again_by_the_next_entry(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    with database.writing_all() as session:
        session.execute(
            text("DELETE FROM audit_entries WHERE tenant_id = :ours AND number = 3"), {"ours": tenants.ours}
        )
        session.execute(text("DELETE FROM audit_anchors WHERE tenant_id = :ours"), {"ours": tenants.ours})
    with database.writing(tenants.ours) as session:
        auditor.record(session, tenants.ours, "ada", "rule.saved", "later")
    assert broken(database, auditor, tenants.ours) == 4


def test_trail_of_an_earlier_release_is_anchored_by_the_upgrade(
    bare_database: Database, auditor: Auditor
) -> None:
    """Release 0003 wrote entries without an anchor; a removed entry is noticed from the upgrade on."""
    bare_database.auditor = auditor
    migrate.upgrade(bare_database)
    with bare_database.writing_all() as session:
        tenant = Tenant(name="Acme")
        session.add(tenant)
        session.flush()
        for number in range(2):
            auditor.record(session, tenant.id, "ada", "rule.saved", f"r{number}")
    migrate.downgrade(bare_database, "0003")
    migrate.upgrade(bare_database)
    assert broken(bare_database, auditor, tenant.id) is None
    with bare_database.writing_all() as session:
        session.execute(text("DELETE FROM audit_entries WHERE number = 2 AND tenant_id = tenant_id"))
    assert broken(bare_database, auditor, tenant.id) == 2


def test_entries_of_an_earlier_release_beside_this_one_are_no_break(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    """While machines are updated one by one, the earlier release appends without moving the anchor."""
    with database.writing_all() as session:
        anchor = session.get_one(AuditAnchor, tenants.ours)
        kept = (anchor.number, anchor.proof)
        auditor.record(session, tenants.ours, "ada", "rule.saved", "by the earlier release")
        anchor.number, anchor.proof = kept
    assert broken(database, auditor, tenants.ours) is None


def test_a_trail_is_checked_a_part_at_a_time(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    with database.reading(tenants.ours) as session:
        first = auditor.check_part(session, tenants.ours, most=2)
        rest = auditor.check_part(session, tenants.ours, first.number, most=2)

    assert (first.number, first.broken, first.is_end) == (2, None, False)
    assert (rest.number, rest.broken, rest.is_end) == (3, None, True)


def _forget(database: Database, auditor: Auditor, tenant_id: int, before: datetime, most: int = 10) -> int:
    with database.writing(tenant_id) as session:
        return auditor.delete_until(session, tenant_id, before, most)


def test_the_oldest_entries_go_by_their_age_and_the_rest_stays_proven(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    later = now() + timedelta(days=1)

    assert _forget(database, auditor, tenants.ours, now() - timedelta(days=1)) == 0
    assert _forget(database, auditor, tenants.ours, later, most=1) == 1
    assert broken(database, auditor, tenants.ours) is None
    assert _forget(database, auditor, tenants.ours, later) == 1  # the newest stays: the next follows it
    assert _forget(database, auditor, tenants.ours, later) == 0
    with database.writing(tenants.ours) as session:
        assert auditor.record(session, tenants.ours, "ada", "rule.saved", "next").number == 4
    assert broken(database, auditor, tenants.ours) is None
    assert broken(database, auditor, tenants.theirs) is None


@pytest.mark.parametrize(
    ("tampering", "first"),
    [
        ("DELETE FROM audit_entries WHERE tenant_id = :ours AND number = 3", 3),
        ("UPDATE audit_anchors SET start_number = 0 WHERE tenant_id = :ours", 1),
        ("UPDATE audit_anchors SET start_number = 3 WHERE tenant_id = :ours", 4),
        ("UPDATE audit_anchors SET start_chain = 'x' WHERE tenant_id = :ours", 3),
    ],
)
def test_who_deletes_more_than_age_does_is_found(
    tampering: str,
    first: int,
    database: Database,
    tenants: TwoTenants,
    auditor: Auditor,
    trail: list[AuditEntry],
) -> None:
    _forget(database, auditor, tenants.ours, now() + timedelta(days=1))
    with database.writing_all() as session:
        session.execute(text(tampering), {"ours": tenants.ours})

    assert broken(database, auditor, tenants.ours) == first


def test_a_changed_entry_does_not_go_by_its_age(
    database: Database, tenants: TwoTenants, auditor: Auditor, trail: list[AuditEntry]
) -> None:
    with database.writing_all() as session:
        changed = "UPDATE audit_entries SET actor = 'eve' WHERE tenant_id = :ours AND number = 2"
        session.execute(text(changed), {"ours": tenants.ours})

    assert _forget(database, auditor, tenants.ours, now() + timedelta(days=1)) == 0
    assert broken(database, auditor, tenants.ours) == 2
