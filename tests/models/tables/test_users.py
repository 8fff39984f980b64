"""Users: one person an e-mail within a tenant, who may work for several."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import QuietHours, User
from models.tables.accounts import ROLES
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, refused, remove


def test_the_schema_makes_a_new_person_a_sales_rep_without_a_chat_name(
    database: Database, tenants: TwoTenants
) -> None:
    made = by_schema(database, "users", tenant_id=tenants.ours, email="ada@example.com", created_at=LONG_AGO)
    assert (made["role"], made["display_name"], made["chat_name"]) == ("sales_rep", "", None)
    assert made["role"] in ROLES


def test_an_email_is_one_person_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, User(tenant_id=tenants.ours, email="ada@example.com"))
    refused(database, User(tenant_id=tenants.ours, email="ada@example.com"))


def test_a_person_may_belong_to_two_tenants(database: Database, tenants: TwoTenants) -> None:
    add(database, *(User(tenant_id=each, email="ada@example.com", chat_name="users/1") for each in tenants))
    assert count(database, User) == 2


def test_a_person_who_goes_takes_the_quiet_hours_along(database: Database, tenants: TwoTenants) -> None:
    ada, ben = (User(tenant_id=tenants.ours, email=f"{name}@example.com") for name in ("ada", "ben"))
    add(database, ada, ben)
    usual = {"scope": "user", "starts": "19:00", "ends": "08:00", "days": ["mon"], "timezone": "UTC"}
    add(database, *(QuietHours(tenant_id=tenants.ours, user_id=each.id, **usual) for each in (ada, ben)))

    remove(database, ada)

    assert count(database, QuietHours) == 1
