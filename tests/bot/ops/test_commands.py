"""Who runs the service sees all of it and sends dead letters again; for others the command does not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.accounts.operators import OPERATORS
from models.alert_routes import SinkName
from models.clock import now
from models.database.engine import Database
from models.operating.alerts.codes import Alert, AlertCode
from models.operating.alerts.notes import note_taken
from models.operating.workers import WorkerIdentity, record_alive
from models.tables import Tenant, User
from tests.bot.ops.installation import FINDINGS, add_dead, states_of
from tests.chat import ADA, CLEO, DEALS, EVE, NEW, Chat, add_sales_rep


@pytest.mark.parametrize("words", ["ops", "ops dead", "ops replay Bolt"])
def test_for_who_does_not_run_the_service_there_is_no_such_command(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str
) -> None:
    """Not even for an admin of a team, and not by a button of an operator's card."""
    add_dead(database, tenants[1], 1)
    assert chat.say(words).has("I do not know")
    assert not chat.say("help").has("ops")
    pressed = chat.click("ops.replay", team=str(tenants[1]))
    assert not pressed.has("Bolt")
    assert states_of(database, tenants[1]) == ["dead"]


def test_what_is_wrong_is_first_and_what_is_well_is_one_line(operator: Chat) -> None:
    reply = operator.say("ops")
    assert reply.title == "1 problem"
    rows = str(reply.card)
    assert rows.index("none runs &lt;b&gt;") < rows.index("it fills") < rows.index("In order")


def test_a_whole_installation_says_so(operator: Chat) -> None:
    well = replace(operator, deps=replace(operator.deps, check=lambda: FINDINGS[:1]))
    assert well.say("ops").title == "All is well"


def test_queues_show_who_delivers(operator: Chat, database: Database) -> None:
    assert operator.say("ops queues").has("None runs")
    with database.writing_all() as session:
        record_alive(session, WorkerIdentity("w1", "box", 77, "1.0", now()), now())
    assert operator.say("ops queues").has("box 77: seen")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("ops everything", "Say ops, or ops with queues"),
        ("ops queues now", "Say ops, or ops with queues"),
        ("ops replay", "Which team?"),
        ("ops replay Nobody", "There is no such team"),
    ],
)
def test_what_is_not_understood_says_what_is(operator: Chat, words: str, answer: str) -> None:
    assert operator.say(words).has(answer)


def test_an_operator_has_no_more_rights_in_a_team(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    database.carried[OPERATORS] = frozenset({CLEO["email"]})
    cleo = replace(operator, user=CLEO)
    assert cleo.say("ops").title == "1 problem"
    assert cleo.say("team list").has("You may not do this")


def test_open_alerts_say_who_heard_of_them(operator: Chat, database: Database) -> None:
    assert operator.say("ops alerts").has("None is open.")
    with database.writing_all() as session:
        note_taken(session, Alert(AlertCode.LATE, "It waits."), SinkName.CHAT, now())
    reply = operator.say("ops alerts")
    assert reply.has("late: went to chat")
    assert reply.has("outage")


def test_who_runs_the_service_does_so_whatever_team_they_are_in(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    """Another team may invite them, they may be in none, and in a space of others they are a guest."""
    add_dead(database, tenants[1], 1)
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants[1], email=ADA["email"], role="viewer"))
    in_two = replace(operator, space=NEW)
    database.carried[OPERATORS] = frozenset({ADA["email"], EVE["email"]})
    in_none = replace(operator, user=EVE, space=NEW)
    guest = replace(operator, user=EVE, space=DEALS)
    for each in (in_two, in_none, guest):
        assert each.say("ops dead").has("1 dead letter")
    assert in_none.click("ops.replay", team=str(tenants[1])).title == "1 delivery on the way again"


def test_a_team_is_found_however_its_name_is_written_and_never_another_one(
    operator: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add_all([Tenant(name="ACME"), Tenant(name="ÄRZTE GmbH")])
    assert operator.say("ops replay ACME").has("ACME")
    assert not operator.say("ops replay ACME").has("Acme")
    assert operator.say("ops replay acme").has("Which of them? Write it exactly like this: ACME, Acme.")
    assert operator.say("ops replay ärzte gmbh").has("ÄRZTE GmbH")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("betrieb", "1 Problem"),
        ("betrieb warteschlangen", "Warteschlangen"),
        ("betrieb störungen", "Störungen"),
        ("betrieb unzustellbar", "Unzustellbares"),
        ("betrieb alarme", "Alarme"),
        ("betrieb wiederholen Bolt", "Es gibt nichts noch einmal zu senden"),
    ],
)
def test_the_words_that_german_cards_name_work(operator: Chat, words: str, title: str) -> None:
    assert replace(operator, locale="de").say(words).title == title
