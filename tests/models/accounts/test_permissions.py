"""The checks of use cases: the right, the object, where a rule may post, and who is named as helper."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from models.accounts import permissions
from models.accounts.actor import Actor, system
from models.accounts.rights import Action
from models.database.engine import Database
from models.deliveries.actions import (
    add_webhook_and_notify,
    remove_destination_and_notify,
    retry_delivery,
    retry_failed,
    send_test_card,
)
from models.destinations import actions as destinations
from models.errors import Conflict, NotAllowed
from models.rules import actions as rules
from models.rules.drafts import RuleDraft
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import Destination, Role, Rule, User
from tests.chat import CLEO, rule_of, two_tenants

DRAFT = RuleDraft("Big wins", ["deal.won"], None, ["spaces/ACME"], "compact")
VAULT = Vault(KeyRing({"test": b"k" * 32}))
URL = "https://chat.googleapis.com/v1/spaces/EVE/messages?key=k&token=t"


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def cleo(tenant_id: int, role: str | None) -> Actor:
    return Actor(CLEO["email"], tenant_id, "Acme", role=role, is_certain=True, space="spaces/ACME")


@pytest.mark.parametrize("role", ["sales_rep", "analyst", "viewer", None])
def test_use_cases_refuse_whatever_door_forgot_to_ask(
    database: Database, tenants: tuple[int, int], role: str | None
) -> None:
    actor, rule_id = cleo(tenants[0], role), rule_of(database, tenants[0]).id
    with database.writing(tenants[0]) as session:
        rule = session.get_one(Rule, (tenants[0], rule_id))
        (place,) = session.query(Destination).filter(Destination.tenant_id == tenants[0])
        refused: list[Callable[[], object]] = [
            lambda: rules.edit_rule(session, actor, rule, DRAFT),
            lambda: rules.switch_rule(session, actor, rule, on=False),
            lambda: rules.show_restricted(session, actor, rule, on=True),
            lambda: rules.test_rule(session, actor, rule),
            lambda: rules.delete_rule(session, actor, rule),
            lambda: add_webhook_and_notify(session, actor, VAULT, "eve", URL),
            lambda: destinations.pause_destination(session, actor, place),
            lambda: destinations.resume_destination(session, actor, place),
            lambda: remove_destination_and_notify(session, actor, place),
            lambda: send_test_card(session, actor, place),
        ]
        if role != "sales_rep":
            refused += [
                lambda: rules.make_rule(session, actor, DRAFT),
                lambda: rules.restore_rule(session, actor, 1),
                lambda: destinations.link_chat_space(session, actor, "spaces/EVE", ""),
                lambda: retry_failed(session, actor),
                lambda: retry_delivery(session, actor, "1"),
            ]
        for act in refused:
            with pytest.raises(NotAllowed, match="may not"):
                act()


def test_a_refusal_names_the_first_admin(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants[0], email="zoe@acme.test", role="admin", display_name="Zoe"))
    with database.reading(tenants[0]) as session:
        refused = permissions.refusal(session, cleo(tenants[0], "analyst"), Action.RULE_MAKE)
    assert refused.user_message == "An analyst may not do this. Please ask ada@acme.test."

    with database.writing_all() as session:
        session.execute(update(User).where(User.email == "ada@acme.test").values(display_name="Ada Lovelace"))
    with database.reading(tenants[0]) as session:
        refused = permissions.refusal(session, cleo(tenants[0], None), Action.RULE_MAKE)
    assert refused.user_message == "You are a guest of Acme here. Please ask Ada Lovelace."


def test_a_refusal_in_a_team_without_admins_names_who_runs_it(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(update(User).values(role="viewer"))
    with database.reading(tenants[0]) as session:
        refused = permissions.refusal(session, cleo(tenants[0], "viewer"), Action.RULE_MAKE)
    assert refused.user_message == f"A viewer may not do this. Please ask {permissions.NOBODY}."


@pytest.mark.parametrize(
    ("role", "destination", "kept", "may"),
    [
        (Role.SALES_REP, "spaces/ACME", (), True),
        (Role.SALES_REP, "cleo@acme.test", (), True),
        (Role.SALES_REP, "spaces/BOARD", (), False),
        (Role.SALES_REP, "spaces/BOARD", ("spaces/BOARD",), True),
        (Role.SALES_REP, "ada@acme.test", ("spaces/BOARD",), False),
        (Role.MANAGER, "spaces/BOARD", (), True),
        (Role.VIEWER, "spaces/ACME", ("spaces/ACME",), False),
        (None, "spaces/ACME", ("spaces/ACME",), False),
    ],
)
def test_where_a_rule_may_post(
    role: str | None, destination: str, kept: tuple[str, ...], *, may: bool
) -> None:
    assert permissions.may_post_to(cleo(1, role), destination, kept) is may


def test_a_rule_without_an_author_is_nobodys(database: Database, tenants: tuple[int, int]) -> None:
    assert not permissions.is_own(Actor(""), "")
    assert permissions.is_own(cleo(1, Role.SALES_REP), "Cleo@acme.test")
    rule_id = rule_of(database, tenants[0]).id
    with database.reading(tenants[0]) as session:
        mine = session.get_one(Rule, (tenants[0], rule_id))
        assert not permissions.may_with_rule(
            session, cleo(tenants[0], Role.SALES_REP), Action.RULE_CHANGE, mine
        )
        assert permissions.may_with_rule(session, system(tenants[0], "x"), Action.RULE_CHANGE, mine)


def test_a_new_rule_never_overwrites_one_of_the_same_name(
    database: Database, tenants: tuple[int, int]
) -> None:
    taken = RuleDraft(" Wins of Acme ", ["deal.*"], None, ["spaces/ACME"], "compact")
    with database.writing(tenants[0]) as session, pytest.raises(Conflict, match="already"):
        rules.make_rule(session, cleo(tenants[0], Role.SALES_REP), taken)
