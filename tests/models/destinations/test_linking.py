"""Linking spaces, adding incoming webhooks and people, and what remains after their removal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.destinations.linking import (
    add_direct_message,
    add_incoming_webhook,
    link_space,
    remove_destination,
    unlink_space,
    valid_description,
    valid_name,
)
from models.destinations.queries import rules_naming
from models.errors import Conflict, InvalidRequest
from models.pipedrive.names import NO_NAMES
from models.rules.drafts import RuleDraft
from models.rules.save import save_rule
from models.security.vault import Vault, associated_data
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination, Space
from models.tables.rules import Rule
from tests.conftest import TwoTenants

URL = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=a&token=b"


def test_linked_space_is_a_destination_of_its_own_name(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A", "Deals")
        link_space(session, tenants.ours, "spaces/A", "Deals, renamed")
    with database.reading(tenants.ours) as session:
        found = session.scalars(select(Destination)).one()
        assert (found.kind, found.name, found.lane) == ("chat_space", "spaces/A", "spaces/A")
        assert session.scalars(select(Space.title)).all() == ["Deals, renamed"]


def test_space_of_another_tenant_is_refused_and_the_transaction_goes_on(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A")
    with database.writing(tenants.theirs) as session:
        with pytest.raises(Conflict, match="spaces/A is linked to another tenant"):
            link_space(session, tenants.theirs, "spaces/A")
        link_space(session, tenants.theirs, "spaces/B")
    with database.reading(tenants.theirs) as session:
        assert session.scalars(select(Space.name)).all() == ["spaces/B"]


@pytest.mark.parametrize("name", ["", "AAAA", "spaces/", "spaces/A B", "spaces/A/messages/1", "spaces/../x"])
def test_what_is_no_space_is_not_linked(name: str, database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        link_space(session, tenants.ours, name)


def test_webhook_address_is_closed_and_its_lane_is_the_space(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    with database.writing(tenants.ours) as session:
        made = add_incoming_webhook(session, vault, tenants.ours, " Wall ", URL)
        with pytest.raises(Conflict, match="'Wall'"):
            add_incoming_webhook(session, vault, tenants.ours, "Wall", URL)
        add_incoming_webhook(session, vault, tenants.ours, "Second wall", URL)
    assert (made.name, made.lane, made.kind) == ("Wall", "spaces/BBBB", "chat_webhook")
    assert URL not in made.address
    assert vault.open(made.address, associated_data(tenants.ours, "destinations", "address", made.uid)) == URL


def test_person_is_added_once_whatever_the_case(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        first = add_direct_message(session, tenants.ours, "Ada@Example.com")
        assert add_direct_message(session, tenants.ours, "ada@example.com").id == first.id
    assert (first.name, first.lane) == ("ada@example.com", "dm:ada@example.com")


def owing(database: Database, tenant_id: int) -> tuple[Rule, Space]:
    """A rule with one space, an open and a finished delivery of both."""
    with database.writing(tenant_id) as session:
        space = link_space(session, tenant_id, "spaces/A")
        rule = save_rule(
            session, tenant_id, RuleDraft("r", ["*"], None, ["spaces/A"], "compact"), NO_NAMES, "me"
        )
        target = session.scalars(select(Destination)).one()
        facts = {"tenant_id": tenant_id, "rule_id": rule.id, "destination_id": target.id, "lane": "spaces/A"}
        names = {"rule_name": "r", "destination_name": "spaces/A"}
        session.add_all([Delivery(**facts, **names, state=state) for state in ("held", "delivered")])
    return rule, space


def test_unlinking_skips_what_is_owed_keeps_names_and_switches_the_rule_off(
    database: Database, tenants: TwoTenants
) -> None:
    _, space = owing(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        unlink_space(session, tenants.ours, session.scalars(select(Space)).one())
    with database.reading(tenants.ours) as session:
        left = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        assert [(each.state, each.reason) for each in left] == [
            ("skipped", "the destination was removed"),
            ("delivered", ""),
        ]
        assert {each.destination_name for each in left} == {space.name}
        assert session.scalars(select(Rule.is_enabled)).all() == [False]
        assert session.scalars(select(Destination)).all() == []


def test_rule_with_another_destination_stays_on(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A")
        link_space(session, tenants.ours, "spaces/B")
        draft = RuleDraft("r", ["*"], None, ["spaces/A", "spaces/B"], "compact")
        save_rule(session, tenants.ours, draft, NO_NAMES, "me")
        first = session.scalars(select(Destination).where(Destination.name == "spaces/A")).one()
        assert rules_naming(session, tenants.ours, first) == ["r"]
        remove_destination(session, tenants.ours, first)
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Rule.is_enabled)).all() == [True]


@pytest.mark.parametrize("length", [1, 255])
def test_name_that_fits_is_trimmed(length: int) -> None:
    assert valid_name(f"  {'x' * length} ") == "x" * length


@pytest.mark.parametrize("name", ["", "   ", "x" * 256])
def test_name_of_no_or_too_many_characters_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        valid_name(name)


@pytest.mark.parametrize("name", ["ada@example.com", " Ada@Example.com ", "spaces/AAAA"])
def test_name_by_which_a_person_or_a_space_is_found_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        valid_name(name)
    assert "is no name here" in refused.value.user_message


@pytest.mark.parametrize("name", ["Ada @ example", "mails for ada@example.com", "spaces/", "spaces/A B"])
def test_name_that_only_speaks_of_one_is_taken(name: str) -> None:
    assert valid_name(name) == name


def test_description_ends_at_a_thousand_characters() -> None:
    assert len(valid_description("x" * 1000)) == 1000
    with pytest.raises(InvalidRequest):
        valid_description("x" * 1001)


def test_a_person_whom_two_add_at_once_is_one_destination(database: Database, tenants: TwoTenants) -> None:
    may_go = threading.Event()

    def add(session: Session) -> int:
        return add_direct_message(session, tenants.ours, "ada@example.com").id

    def second() -> int:
        with database.writing(tenants.ours) as session:
            may_go.set()
            return add(session)

    with ThreadPoolExecutor(1) as other:
        with database.writing(tenants.ours) as session:
            first = add(session)
            late = other.submit(second)
            if not database.is_sqlite:  # SQLite has one writer: the other has not begun yet
                may_go.wait(10)
        assert late.result(10) == first
