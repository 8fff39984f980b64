"""Tenants: defaults of a new one, unique names, and deletion with all rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import (
    BrowserSession,
    Connection,
    ConnectLink,
    Delivery,
    Destination,
    Event,
    OAuthFlow,
    QuietHours,
    Rule,
    Space,
    Template,
    Tenant,
    User,
)
from models.tables.accounts import CONNECT, ROLES
from models.tables.base import tenant_tables
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, another, by_schema, count, everything, refused, remove

OWNED = (Connection, Rule, Event, Delivery, Space, Destination, Template)


def test_the_schema_starts_a_tenant_with_a_thousand_cards_a_month(database: Database) -> None:
    made = by_schema(database, "tenants", name="Initech", created_at=LONG_AGO)
    assert (made["monthly_limit"], made["monthly_count"]) == (1000, 0)
    assert (made["plan"], made["status"], made["book_version"]) == ("starter", "active", 1)


def test_a_limit_left_unsaid_is_a_thousand_and_none_is_no_limit(database: Database) -> None:
    add(database, Tenant(name="Unsaid"), Tenant(name="Without", monthly_limit=None))
    with database.reading_all() as session:
        limits = dict(session.execute(select(Tenant.name, Tenant.monthly_limit)).all())
    assert limits == {"Unsaid": 1000, "Without": None}


def test_two_tenants_never_share_a_name(database: Database, tenants: TwoTenants) -> None:
    refused(database, Tenant(name="Acme"))


def test_a_tenant_that_goes_takes_its_own_rows_along_and_no_others(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        everything(database, tenant_id)
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.theirs)

    remove(database, gone)

    kept = {table.__tablename__: count(database, table) for table in (Tenant, *OWNED)}
    assert kept == dict.fromkeys(kept, 1)


def test_tenants_are_the_owners_and_owned_by_nobody(database: Database) -> None:
    assert "tenants" not in tenant_tables()
    assert another(database).id is not None


def _session(token_hash: str, **columns: object) -> BrowserSession:
    return BrowserSession(
        token_hash=token_hash, email="ada@example.com", expires_at=now() + timedelta(1), **columns
    )


def test_one_secret_opens_one_session(database: Database) -> None:
    add(database, _session("a"), _session("b"))
    refused(database, _session("a"))


def test_a_tenant_that_goes_leaves_its_people_signed_in_without_it(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, _session("a", tenant_id=tenants.ours))
    remove(database, Tenant(id=tenants.ours))
    with database.reading_all() as session:
        assert session.scalars(select(BrowserSession.tenant_id)).all() == [None]


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


def _ticket(digest: str, **columns: object) -> ConnectLink:
    usual = {"purpose": CONNECT, "email": "ada@example.com", "expires_at": now() + timedelta(minutes=10)}
    return ConnectLink(digest=digest, **(usual | columns))


def test_a_secret_opens_one_ticket(database: Database) -> None:
    add(database, _ticket("d"))
    refused(database, _ticket("d"))


def test_a_tenant_that_goes_takes_its_tickets_along(database: Database, tenants: TwoTenants) -> None:
    add(database, _ticket("d", tenant_id=tenants.ours), _ticket("e", tenant_id=tenants.theirs))
    remove(database, Tenant(id=tenants.ours))
    assert count(database, ConnectLink) == 1


def _flow(state_hash: str, **columns: object) -> OAuthFlow:
    usual = {"purpose": CONNECT, "browser_hash": "b", "secret": "closed", "expires_at": now() + timedelta(1)}
    return OAuthFlow(state_hash=state_hash, **(usual | columns))


def test_a_state_is_used_for_one_flow(database: Database) -> None:
    add(database, _flow("s"))
    refused(database, _flow("s"))


def test_a_tenant_that_goes_takes_its_consents_along(database: Database, tenants: TwoTenants) -> None:
    add(database, _flow("s", tenant_id=tenants.ours), _flow("t", tenant_id=tenants.theirs), _flow("u"))
    remove(database, Tenant(id=tenants.ours))
    assert count(database, OAuthFlow) == 2
