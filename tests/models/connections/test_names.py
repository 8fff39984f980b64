"""Names of one tenant, read in full or in part; only field names for filters."""

from __future__ import annotations

import pytest

from models.connections.names import (
    field_names,
    known_names,
    names_of_tenants,
    names_without,
    remember,
)
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


def test_pairs_and_kinds_of_many_tenants_are_read_at_once(database: Database, tenants: TwoTenants) -> None:
    pairs = [(each, ("user", "7")) for each in tenants] + [(tenants.theirs, ("stage", "7"))]
    with database.reading_all() as session:
        names, old = names_of_tenants(session, pairs, [(tenants.ours, "deal_field")])
        assert names_of_tenants(session, []) == ({}, set())
    assert names == {
        (tenants.ours, ("user", "7")): Name("Ada"),
        (tenants.theirs, ("user", "7")): Name("Somebody else"),
        (tenants.ours, ("deal_field", HASH)): FIELD,
    }
    assert old == set()


def test_filters_read_the_names_of_fields_alone(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        assert field_names(session, tenants.ours) == {("deal_field", HASH): FIELD}


def test_an_id_has_one_name_in_a_tenant(database: Database, tenants: TwoTenants) -> None:
    refused(database, KnownName(tenant_id=tenants.ours, kind="user", key="7", text="Eda"))


def test_name_of_a_deleted_object_is_removed_for_its_tenant_alone(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, ("user", "7")): None, (tenants.ours, ("user", "8")): Name("Ben")})
    with database.reading_all() as session:
        pairs = [("user", "7"), ("user", "8")]
        assert known_names(session, tenants.ours, pairs) == {("user", "8"): Name("Ben")}
        assert known_names(session, tenants.theirs, pairs) == {("user", "7"): Name("Somebody else")}


def test_more_names_are_asked_for_than_one_statement_takes(database: Database, tenants: TwoTenants) -> None:
    """An event with 8,000 custom fields refers to as many names; PostgreSQL refused them in one statement."""
    pairs = [("deal_field", str(number)) for number in range(9_000)]
    with database.writing_all() as session:
        remember(session, {(tenants.ours, pairs[-1]): FIELD})
    with database.reading_all() as session:
        assert known_names(session, tenants.ours, [*pairs, ("user", "7")]) == {
            pairs[-1]: FIELD,
            ("user", "7"): Name("Ada"),
        }


def test_names_are_read_without_those_kinds_that_are_many(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, ("organization", "3")): Name("Globex")})
    with database.reading_all() as session:
        found = names_without(session, tenants.ours, ("organization",))
    assert found[("user", "7")] == Name("Ada")
    assert ("organization", "3") not in found
