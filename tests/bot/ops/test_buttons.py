"""Buttons lead from view to view, and send dead letters again after a look at how many."""

from __future__ import annotations

import pytest

import bot.ops.buttons  # noqa: F401 - under test
from bot.ops.show import VIEWS
from models.clock import now
from models.database.engine import Database
from tests.bot.ops.installation import add_dead, states_of
from tests.chat import ADA, Chat, audit_of
from tests.models.rows import add, destination, fails


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_buttons_to_all_others(operator: Chat, view: str) -> None:
    shown = operator.click("ops.show", view=view)
    others = [each.get("view") for each in shown.buttons().values()]
    assert sorted(filter(None, others)) == sorted(set(VIEWS) - {view})


def test_dead_letters_of_any_team_go_again_after_a_look(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_dead(database, tenants[0], 1)
    add_dead(database, tenants[1], 2)

    dead = operator.say("ops dead")
    assert (dead.has("2 dead letters"), dead.has("1 dead letter")) == (True, True)
    asked = operator.say("ops replay bolt")
    assert asked.title == "2 deliveries can go again"
    assert states_of(database, tenants[1]) == ["dead", "dead"]

    done = operator.click(**asked.buttons()["Send the oldest 500 again"])
    assert done.title == "2 deliveries on the way again"
    assert states_of(database, tenants[1]) == ["pending", "pending"]
    assert states_of(database, tenants[0]) == ["dead"]
    assert [(who, what) for who, what, _ in audit_of(database, tenants[1])] == [
        (f"operator {ADA['email']}", "delivery.replayed")
    ]
    assert done.wake_worker
    assert operator.say("ops replay Bolt").title == "There is nothing to send again"


def test_a_team_that_is_gone_is_said(operator: Chat) -> None:
    assert operator.click("ops.ask", team="77").has("There is no such team")
    assert operator.click("ops.replay", team="77 OR 1=1").has("There is no such team")


def test_notices_and_test_cards_are_no_dead_letters_to_send(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_dead(database, tenants[1], 2, is_test=True)
    assert operator.say("ops dead").has("There are none.")


def test_where_chat_refuses_comes_before_what_is_tried_again_by_itself(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    refused, failing = (destination(tenants[1], name, kind="chat_webhook") for name in ("Wall", "Hall"))
    refused.is_active, refused.paused_because = False, "404 NOT_FOUND"
    add(database, refused, failing)
    fails(database, tenants[1], failing.id, now())
    shown = str(operator.say("ops breakers").card)
    assert shown.index("Chat refuses Wall: 404") < shown.index("Hall: since")
    assert shown.count("'name': 'error'") == 1
