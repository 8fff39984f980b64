"""Policies in Chat: made, tried, switched, undone and deleted; leads accepted and declined."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bot.context import COMMANDS, DIALOGS, PRESSES
from bot.routing import buttons, commands, dialogs, form, show
from bot.routing.sentences import policy_lines
from models.clock import now
from models.database.engine import Database
from models.pipedrive.names import NO_NAMES
from models.routing.policies import PolicyDraft, PolicyPart
from models.tables import Assignment, RoutingMethod, RoutingPolicy, User
from tests.chat import ADA, Chat
from tests.models.routing.team import come, route_due


def ada_id(database: Database, tenant_id: int) -> int:
    with database.reading(tenant_id) as session:
        return session.scalars(select(User.id).where(User.email == ADA["email"])).one()


def filled(user_id: int, **more: Any) -> dict[str, list[str]]:
    usual = {"name": "Web", "method": "round_robin", "members": str(user_id), "minutes": "30", "open": "0"}
    typed = {**usual, "today": "0", "manager": "", "field": "", "parts": "", "when": ""} | more
    return {key: [value] for key, value in typed.items() if value}


def only_policy(database: Database, tenant_id: int) -> RoutingPolicy:
    with database.reading(tenant_id) as session:
        return session.scalars(select(RoutingPolicy).where(RoutingPolicy.tenant_id == tenant_id)).one()


def test_nothing_happens_until_there_is_a_policy(ada: Chat) -> None:
    assert ada.say("routing").has("No new lead is given to anybody")
    assert ada.say("routing report").has("No lead was routed")


def test_a_large_amount_of_a_part_stays_what_it_was_when_the_form_is_opened_again(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    parts = "1234567.5: Ada Lovelace"
    typed = filled(ada_id(database, tenants[0]), method="value", parts=parts)
    ada.submit("route.save", inputs=typed, policy="0")

    policy = only_policy(database, tenants[0])

    assert ada.open("route.edit", policy=str(policy.id)).values()["parts"] == [parts]


def test_parts_stay_what_they_are_while_their_lines_are_left_as_they_are(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    """Their values and people have commas and colons themselves; a line beside them is read."""
    user_id = ada_id(database, tenants[0])
    ada.submit("route.save", inputs=filled(user_id, method="source", parts="X: me"), policy="0")
    kept = {"values": ["Web, Prague", "Fair: Brno"], "people": [user_id]}
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.id == user_id).values(display_name="Lovelace, Ada: Countess"))
        session.execute(update(RoutingPolicy).values(parts=[kept]))
    number = str(only_policy(database, tenants[0]).id)
    typed = ada.open("route.edit", policy=number).values()
    lines = f"CZ, SK: {ADA['email']}\n{typed['parts'][0]}"

    for do in ("route.try", "route.save"):
        ada.submit(do, inputs=typed | {"parts": [lines]}, policy=number)

    read = {"values": ["CZ", "SK"], "people": [user_id]}
    assert only_policy(database, tenants[0]).parts == [read, kept]


def test_a_policy_is_made_tried_and_undone(ada: Chat, database: Database, tenants: tuple[int, int]) -> None:
    user_id = ada_id(database, tenants[0])
    come(database, tenants[0], 1)
    assert ada.open("route.edit").title == "Routing policy"
    tried = ada.submit("route.try", inputs=filled(user_id, when="over 10k"), policy="0")
    assert tried.has("Nothing was changed")
    assert ada.submit("route.save", inputs=filled(user_id, minutes="x"), policy="0").has("time to accept")
    saved = ada.submit("route.save", inputs=filled(user_id), policy="0")
    assert saved.has("loses it to the next")
    policy = only_policy(database, tenants[0])
    assert policy.claim_minutes == 30

    assert ada.say("routing off web").has("Web is off")
    assert not only_policy(database, tenants[0]).is_on
    assert ada.say("routing undo web").has("as it was before")
    assert only_policy(database, tenants[0]).is_on
    assert ada.say("routing try web").has("Last month")
    assert ada.click("route.switch", policy=str(policy.id), on="0").has("Web is off")
    assert ada.open("route.remove", policy=str(policy.id)).has("Web")
    assert ada.submit("route.delete", inputs={}, policy=str(policy.id)).has("is deleted")


def test_a_lead_is_accepted_or_declined_from_its_message(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    user_id = ada_id(database, tenants[0])
    ada.submit("route.save", inputs=filled(user_id), policy="0")
    come(database, tenants[0], 1, 2)
    route_due(database, now())
    with database.reading(tenants[0]) as session:
        first, second = session.scalars(select(Assignment.id).order_by(Assignment.id))

    assert ada.click("route.accept", assignment=str(first)).title == "Accepted"
    assert ada.open("route.ask", assignment=str(second)).has("Why not?")
    assert ada.submit("route.decline", inputs={}, assignment=str(second)).has("few words")
    done = ada.submit("route.decline", inputs={"reason": ["No time"]}, assignment=str(second))
    assert done.title == "Declined"
    assert ada.say("routing report").has("1 accepted, 1 declined")


def test_who_is_away_says_so(ada: Chat) -> None:
    assert ada.say("available").has("You are available")
    assert ada.say("available off until tomorrow").has("You get no new leads until")
    assert ada.say("available on").has("You are available")


def test_a_policy_is_said_in_plain_sentences() -> None:
    part = PolicyPart((2,), ("CZ", "SK"))
    draft = PolicyDraft("X", RoutingMethod.SOURCE, members=(1,), parts=(part,), most_open=5, manager_id=9)
    lines = policy_lines(draft, {1: "Ada", 2: "Ben"}, NO_NAMES)

    assert lines[:3] == ["For: all new leads.", "By source: Ada.", "Source CZ, SK: Ben."]
    assert "What nobody accepts goes to somebody who left." in lines
    assert "At most 5 open leads a person." in lines


def test_every_entry_of_routing_is_registered() -> None:
    assert COMMANDS["routing list"].handle is commands.routing_list
    assert PRESSES["route.list"].handle is buttons.show_policies
    assert DIALOGS["route.save"].handle is dialogs.save
    assert callable(form.read_policy)
    assert callable(show.draw_policies)
