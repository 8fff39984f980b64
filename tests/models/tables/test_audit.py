"""Audit entries are appended and never changed."""

import pytest

from models.database.engine import Database
from models.security.audit import Auditor
from models.tables.audit import AuditEntry
from tests.conftest import TwoTenants


@pytest.fixture
def trail(database: Database, tenants: TwoTenants, auditor: Auditor) -> list[AuditEntry]:
    with database.writing(tenants.ours) as session:
        return [auditor.record(session, tenants.ours, "ada", "rule.saved", "Big wins")]


def test_entry_is_never_changed_or_removed_through_us(
    database: Database, tenants: TwoTenants, trail: list[AuditEntry]
) -> None:
    with pytest.raises(TypeError, match="written once"), database.writing(tenants.ours) as session:
        session.get_one(AuditEntry, (tenants.ours, trail[0].id)).actor = "eve"
    with pytest.raises(TypeError, match="written once"), database.writing(tenants.ours) as session:
        session.delete(session.get_one(AuditEntry, (tenants.ours, trail[0].id)))
