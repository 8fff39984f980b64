"""Names of one tenant, read in full or in part; only field names for filters."""

from __future__ import annotations

import pytest

from models.connections.names import field_names, known_names, remember
from models.database.engine import Database
from models.pipedrive.names import Name
from models.tables import KnownName
from tests.conftest import TwoTenants
from tests.models.rows import refused

HASH = "a" * 40
FIELD = Name("Region", {"kind": "choice", "options": {"1": "North"}})


@pytest.fixture(autouse=True)
def remembered(database: Database, tenants: TwoTenants) -> None:
    ours = {
        ("user", "7"): Name("Ada"),
        ("stage", "7"): Name("Offer", {"pipeline_id": "1", "order": 2}),
        ("deal_field", HASH): FIELD,
        ("dealXfield", HASH): Name("No field"),
    }
    with database.writing_all() as session:
        remember(session, {(tenants.ours, pair): name for pair, name in ours.items()})
        remember(session, {(tenants.theirs, ("user", "7")): Name("Somebody else")})


def test_all_names_of_a_tenant_come_with_what_is_known_beside_them(
    database: Database, tenants: TwoTenants
) -> None:
    with database.reading_all() as session:
        names = known_names(session, tenants.ours)
    assert len(names) == 4
    assert names["stage", "7"].more == {"pipeline_id": "1", "order": 2}
    assert names.text("user", 7) == "Ada"


def test_wanted_pairs_are_found_and_nobody_elses(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        names = known_names(session, tenants.theirs, [("user", "7"), ("user", "404")])
        none = known_names(session, tenants.ours, [])
    assert names == {("user", "7"): Name("Somebody else")}
    assert none == {}


def test_filters_read_the_names_of_fields_alone(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        assert field_names(session, tenants.ours) == {("deal_field", HASH): FIELD}


def test_an_id_has_one_name_in_a_tenant(database: Database, tenants: TwoTenants) -> None:
    refused(database, KnownName(tenant_id=tenants.ours, kind="user", key="7", text="Eda"))
