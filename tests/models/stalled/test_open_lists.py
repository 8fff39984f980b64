"""One process at a time reads the lists of a tenant, and goes on where another stopped."""

from __future__ import annotations

from models.database.engine import Database
from models.stalled import open_lists
from models.tables import Connection, OpenListCheck
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add


def connect(database: Database, tenant_id: int, state: str = "connected") -> None:
    add(database, Connection(tenant_id=tenant_id, company_id=str(tenant_id), state=state, refresh_token="r"))


def test_a_connected_tenant_is_due_at_once_and_others_are_not(
    database: Database, tenants: TwoTenants
) -> None:
    connect(database, tenants.ours)
    connect(database, tenants.theirs, "revoked")
    with database.writing_all() as session:
        claimed = open_lists.claim(session, NOON)
        assert claimed is not None
        assert claimed.tenant_id == tenants.ours
        assert open_lists.claim(session, NOON) is None


def test_progress_is_kept_for_the_next_process(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    with database.writing_all() as session:
        first = open_lists.claim(session, NOON)
        assert first is not None
        first.progress["open deal"] = "2026-11-01T00:00:00Z"
        assert open_lists.advance(session, first, NOON)
        open_lists.put_off(session, first, NOON)
        second = open_lists.claim(session, NOON)
        assert second is not None
        assert second.progress == {"open deal": "2026-11-01T00:00:00Z"}
        open_lists.end(session, second, NOON)
        assert open_lists.claim(session, NOON) is None
        assert open_lists.claim(session, NOON + open_lists.EVERY) is not None


def test_who_lost_the_lease_changes_nothing(database: Database, tenants: TwoTenants) -> None:
    connect(database, tenants.ours)
    with database.writing_all() as session:
        first = open_lists.claim(session, NOON)
        assert first is not None
        assert open_lists.claim(session, NOON + 2 * open_lists.LEASE) is not None
        assert not open_lists.advance(session, first, NOON)
        open_lists.end(session, first, NOON)
        row = session.get_one(OpenListCheck, tenants.ours)
        assert row.checked_at is None
