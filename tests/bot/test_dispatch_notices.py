"""Authors hear of others' changes to their rules, admins of places that may be outside; people join."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.tables import Delivery, Destination, PipedriveUser, User
from tests.bot.company import DRAFT_FORM, WEBHOOK_FORM, Company, take_role
from tests.chat import ADA, BOB, BOLTS, CLEO, DEALS, EVE, NEW, Chat, audit_of

DM = {"name": "spaces/DM", "spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}


def told(database: Database) -> list[tuple[str, str]]:
    """The notices that are owed: whom, and what they say."""
    with database.reading_all() as session:
        owed = session.scalars(select(Delivery).where(Delivery.event_type == "notice").order_by(Delivery.id))
        return [(each.destination_name, each.notice["title"]) for each in owed if each.notice]


@pytest.fixture
def met(company: Company) -> Company:
    """Cleo is a sales rep whom Chat has met; Ada, an admin, is the one who asks."""
    take_role(company, "sales_rep")
    company.chat.say("help")
    company.chat.user = ADA
    return company


@pytest.mark.parametrize(
    ("do", "more", "title"),
    [
        ("rule.toggle", {"to": "off"}, "Your rule “Rule of Cleo” was switched off"),
        ("rule.reveal", {"to": "on"}, "Your rule “Rule of Cleo” was changed"),
        ("rule.remove", {}, "Your rule “Rule of Cleo” was deleted"),
    ],
)
def test_an_author_hears_what_somebody_else_did_with_their_rule(
    met: Company, do: str, more: dict[str, Any], title: str
) -> None:
    met.chat.click(do, rule=str(met.own.rule), **more)
    assert told(met.database) == [(CLEO["email"], title)]
    with met.database.reading_all() as session:
        (notice,) = session.scalars(select(Delivery.notice).where(Delivery.event_type == "notice"))
    assert notice
    assert notice["words"] == "By Ada Lovelace."


def test_an_author_hears_of_an_edit_once_and_only_if_something_changed(met: Company) -> None:
    rule = str(met.own.rule)
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Rule of Cleo"], "on": ["deal.won"]}, rule=rule)
    assert told(met.database) == []
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Renamed"]}, rule=rule)
    assert told(met.database) == [(CLEO["email"], "Your rule “Rule of Cleo” was changed")]


def test_an_author_hears_that_their_rule_lost_a_place(met: Company) -> None:
    met.chat.click("space.drop", place=str(met.own.place))
    assert told(met.database) == [
        (CLEO["email"], "Your rule “Rule of Cleo” no longer posts to a place that was removed")
    ]


def test_nobody_is_told_of_their_own_change(met: Company) -> None:
    met.chat.user = CLEO
    met.chat.click("rule.toggle", rule=str(met.own.rule), to="off")
    met.chat.user = ADA
    met.chat.click("rule.toggle", rule=str(met.here.rule), to="off")
    assert told(met.database) == []


def test_an_author_whom_chat_has_not_met_cannot_be_told(company: Company) -> None:
    company.chat.user = ADA
    company.chat.click("rule.toggle", rule=str(company.own.rule), to="off")
    assert told(company.database) == []


def test_admins_hear_of_an_incoming_webhook_whoever_adds_it(met: Company) -> None:
    with met.database.writing_all() as session:
        session.execute(update(User).where(User.email == CLEO["email"]).values(role="manager"))
    met.chat.say("help")
    met.chat.user = CLEO
    assert met.chat.submit("space.save", WEBHOOK_FORM).title == "eve"
    assert told(met.database) == [(ADA["email"], "Cards may leave your organisation: eve")]


def test_admins_hear_of_a_new_address_of_an_incoming_webhook(met: Company) -> None:
    title = "Cards may leave your organisation: eve"
    met.chat.say("help")
    met.chat.submit("space.save", WEBHOOK_FORM)
    with met.database.reading_all() as session:
        place = session.scalars(select(Destination.id).where(Destination.name == "eve")).one()
    before = told(met.database)
    other = "https://chat.googleapis.com/v1/spaces/EVE2/messages?key=k&token=t"
    met.chat.submit("space.readdress", {"url": [other]}, place=str(place))
    assert told(met.database) == [*before, (ADA["email"], title)]


@pytest.mark.parametrize("who_deletes", [CLEO, ADA], ids=["oneself", "an admin"])
def test_undo_is_offered_to_those_whom_it_obeys(met: Company, who_deletes: dict[str, str]) -> None:
    met.chat.user = who_deletes
    met.chat.submit("rule.remove", {}, rule=str(met.own.rule))
    met.chat.user = CLEO
    gone = met.chat.click("rule.show", rule=str(met.own.rule))
    assert gone.title == "This rule is gone"
    assert ("Undo" in gone.buttons()) is (who_deletes is CLEO)


@pytest.mark.parametrize("lets_in", [True, False])
def test_admins_hear_of_a_space_whose_members_may_be_outsiders(met: Company, *, lets_in: bool) -> None:
    met.chat.say("help")
    met.chat.user, met.chat.space = CLEO, {**NEW, "externalUserAllowed": lets_in}
    assert met.chat.say("space here").title == "This space is linked"
    expected = [(ADA["email"], "Cards may leave your organisation: Nobody's")] if lets_in else []
    assert told(met.database) == expected


def list_in_pipedrive(database: Database, tenant_id: int, person: dict[str, str] = EVE) -> None:
    with database.writing_all() as session:
        session.add(PipedriveUser(tenant_id=tenant_id, pipedrive_id="7", name="E.", email=person["email"]))


@pytest.mark.parametrize("space", [DEALS, DM])
def test_a_pipedrive_user_is_a_user_from_the_first_word(
    chat: Chat, database: Database, tenants: tuple[int, int], space: dict[str, str]
) -> None:
    list_in_pipedrive(database, tenants[0])
    chat.user, chat.space = EVE, space
    assert chat.say("rule new").title == "Make a rule", "the answer is a user's already"
    assert audit_of(database, tenants[0]) == [(EVE["email"], "user.joined", EVE["email"])]
    with database.reading_all() as session:
        eve = session.scalars(select(User).where(User.email == EVE["email"])).one()
    assert (eve.tenant_id, eve.role, eve.chat_name) == (tenants[0], "sales_rep", EVE["name"])


def test_in_a_space_of_another_team_they_stay_a_guest(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    list_in_pipedrive(database, tenants[0])
    chat.user, chat.space = EVE, BOLTS
    assert chat.say("rule new").title == "You may not do this"
    assert audit_of(database, tenants[0]) == audit_of(database, tenants[1]) == []


def test_a_listed_user_of_another_team_is_not_drawn_away(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    list_in_pipedrive(database, tenants[0], BOB)
    chat.user, chat.space = BOB, DM
    assert chat.say("rule list").has("Wins of Bolt")
    assert audit_of(database, tenants[0]) == []


def test_an_outsider_in_one_space_carries_nothing_away(company: Company) -> None:
    """What a review did as a guest of one linked space: read the Board's, add a webhook, delete, unlink."""
    chat, before = company.chat, audit_of(company.database, company.tenant_id)
    chat.user = EVE
    rule, place = str(company.elsewhere.rule), str(company.elsewhere.place)

    assert not chat.say("rule list").has("Secret acquisitions")
    assert not chat.say("log").has("Secret acquisitions")
    refused = [
        chat.submit("space.save", WEBHOOK_FORM),
        chat.submit("rule.save", {**DRAFT_FORM, "on": ["*"], "to": ["eve"], "template": ["detailed"]}),
        chat.click("rule.test", rule=rule),
        chat.click("rule.remove", rule=rule),
        chat.click("space.drop", place=place),
        chat.say("disconnect"),
    ]
    assert {reply.title for reply in refused} == {"You may not do this"}
    assert audit_of(company.database, company.tenant_id) == before
    with company.database.reading_all() as session:
        assert session.scalar(select(Destination.id).where(Destination.name == "eve")) is None
