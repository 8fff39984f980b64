"""Mutes: what the schema fills in and refuses, and what goes with what they name."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Mute, MuteScope, User
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, refused, remove, rule, space


def test_the_schema_lets_a_new_mute_hold(database: Database, tenants: TwoTenants) -> None:
    times = {"until": LONG_AGO, "created_at": LONG_AGO}
    made = by_schema(database, "mutes", tenant_id=tenants.ours, scope="tenant", token="t", **times)
    assert (made["closed_at"], made["ended_at"], made["muted_by"]) == (None, None, "")


def test_a_mute_goes_with_what_it_names(database: Database, tenants: TwoTenants) -> None:
    here, person, wins = (
        space(tenants.ours),
        User(tenant_id=tenants.ours, email="a@x.test"),
        rule(tenants.ours),
    )
    add(database, here, person, wins)
    usual = {"tenant_id": tenants.ours, "until": now()}
    add(
        database,
        Mute(**usual, scope=MuteScope.SPACE, space_id=here.id),
        Mute(**usual, scope=MuteScope.USER, user_id=person.id),
        Mute(**usual, scope=MuteScope.RULE, rule_id=wins.id),
        Mute(**usual, scope=MuteScope.TENANT),
    )
    for left, row in ((3, here), (2, person), (1, wins)):
        remove(database, row)
        assert count(database, Mute) == left
    with database.reading_all() as session:
        assert len(session.scalars(select(Mute)).one().token) == 32


@pytest.mark.parametrize("noun", ["space", "user", "rule"])
def test_a_mute_names_nothing_of_another_tenant(database: Database, tenants: TwoTenants, noun: str) -> None:
    rows = {"space": space(tenants.theirs), "user": User(tenant_id=tenants.theirs, email="b@x.test")}
    row = rows.get(noun) or rule(tenants.theirs)
    add(database, row)
    named = {f"{noun}_id": row.id}  # type: ignore[attr-defined]
    refused(database, Mute(tenant_id=tenants.ours, scope=noun, until=now(), **named))
