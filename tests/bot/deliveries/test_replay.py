"""`replay` says how many match, starts after a press, shows how far it is, and is cancelled by a press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from jobs.waits.due import ACTIONS
from models.clock import now
from models.database.engine import Database
from models.tables import DurableWait
from models.waits.carry_out import carry_out
from tests.bot.logged import create_deliveries
from tests.chat import Chat, audit_of
from tests.models.ended import deliveries


def run_turn(database: Database, tenant_id: int) -> None:
    with database.reading(tenant_id) as session:
        wait_id = session.scalars(select(DurableWait.id).where(DurableWait.tenant_id == tenant_id)).one()
    with database.writing(tenant_id) as session:
        carry_out(session, tenant_id, wait_id, now() + timedelta(seconds=1), ACTIONS)


def test_a_look_changes_nothing_and_a_press_sends(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0], 3)
    looked = chat.say("replay failed since 400d")
    assert looked.title == "3 deliveries can go again"
    assert looked.has("What failed · since ")
    assert audit_of(database, tenants[0]) == []

    started = chat.click(**looked.buttons()["Send again"])
    assert (started.title, started.wake_worker) == ("0 of 3 on the way again", True)
    assert started.has("ada@acme.test")
    again = chat.click(**looked.buttons()["Send again"])
    assert again.title == "0 of 3 on the way again"

    run_turn(database, tenants[0])
    done = chat.click(**started.buttons()["Refresh"])
    assert (done.title, done.has("3 deliveries on the way again.")) == ("The replay is done", True)
    assert {each.state for each in deliveries(database, tenants[0])} == {"pending"}


def test_it_is_cancelled_by_a_press(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], 3)
    started = chat.click(**chat.say("replay").buttons()["Send again"])
    assert chat.say("replay").title == "0 of 3 on the way again"  # what runs is shown
    cancelled = chat.click(**started.buttons()["Cancel"])
    assert cancelled.title == "The replay was cancelled"
    run_turn(database, tenants[0])
    assert {each.state for each in deliveries(database, tenants[0])} == {"dead"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("replay everything", "Say replay, then failed or skipped"),
        ("replay since noon", "Say a time like 2h or 2d"),
        ("replay since 0001-01-01", ""),
        ("replay rule nothing-like-this", "There is no rule"),
        ("replay to nowhere-at-all", "There is no destination"),
    ],
)
def test_words_that_mean_nothing_are_answered_with_what_can_be_said(chat: Chat, said: str, told: str) -> None:
    reply = chat.say(said)
    assert reply.has(told)
    assert "went wrong" not in reply.title


def test_nothing_to_send_says_so(chat: Chat) -> None:
    assert chat.say("replay skipped").title == "There is nothing to send again"


@pytest.mark.parametrize("number", ["", "x", "999999", "9" * 40])
def test_a_replay_that_is_gone_is_answered(chat: Chat, number: str) -> None:
    assert chat.click("replay.show", replay=number).title == "I could not find that"


def test_german_words_mean_the_same(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], 2)
    assert chat.say("wiederholen fehler seit 400d").title == "2 deliveries can go again"
