"""Authors hear of others' changes to their rules, admins of places that may be outside; people join."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.cards.notice import notice_card
from models.database.engine import Database
from models.tables import Delivery, Destination, PipedriveUser, User
from tests.bot.company import DRAFT_FORM, WEBHOOK_FORM, Company, take_role
from tests.chat import ADA, BOB, BOLTS, CLEO, DEALS, EVE, NEW, Chat, ParsedReply, audit_of, rule_of

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


def notice_of(database: Database) -> dict[str, Any]:
    """The only notice that is owed."""
    with database.reading_all() as session:
        (delivery,) = session.scalars(select(Delivery).where(Delivery.event_type == "notice"))
    return delivery.notice or {}


def press_notice(met: Company, label: str) -> ParsedReply:
    """Press a button of the only notice, as Cleo in her direct message."""
    notice = notice_of(met.database)
    card = notice_card(notice["title"], notice["words"], button=notice["button"], url=notice["url"])
    buttons = ParsedReply("message", card.as_chat("https://x.test")["cardsV2"][0]["card"]).buttons()
    met.chat.user, met.chat.space = CLEO, DM
    return met.chat.click(**buttons[label])


@pytest.mark.parametrize(
    ("do", "more", "title", "words", "buttons"),
    [
        (
            "rule.toggle",
            {"to": "off"},
            "was switched off",
            "It posts nothing until",
            "Switch on\nOpen the rule",
        ),
        ("rule.reveal", {"to": "on"}, "was changed", "Only an admin can change that.", "Open the rule"),
        ("rule.remove", {}, "was deleted", "Ask them if you want it back as it was.", ""),
    ],
)
def test_an_author_hears_who_did_what_with_their_rule_and_how_to_undo_it(
    met: Company, do: str, more: dict[str, Any], title: str, words: str, buttons: str
) -> None:
    met.chat.click(do, rule=str(met.own.rule), **more)
    assert told(met.database) == [(CLEO["email"], f"Your rule “Rule of Cleo” {title}")]
    notice = notice_of(met.database)
    assert notice["words"].startswith("By Ada Lovelace. ")
    assert words in notice["words"]
    assert notice["button"] == buttons


def test_an_author_switches_their_rule_on_again_from_the_notice(met: Company) -> None:
    met.chat.click("rule.toggle", rule=str(met.own.rule), to="off")
    assert press_notice(met, "Switch on").has("On")
    assert rule_of(met.database, met.tenant_id, "Rule of Cleo").is_enabled


def test_an_author_hears_of_an_edit_once_and_only_if_something_changed(met: Company) -> None:
    rule = str(met.own.rule)
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Rule of Cleo"], "on": ["deal.won"]}, rule=rule)
    assert told(met.database) == []
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Renamed"]}, rule=rule)
    assert told(met.database) == [(CLEO["email"], "Your rule “Rule of Cleo” was changed")]
    assert notice_of(met.database)["words"].startswith(
        "By Ada Lovelace. Changed: its name, what it listens to. Undo brings back what it was."
    )


def test_an_author_undoes_an_edit_by_one_press(met: Company) -> None:
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Renamed"]}, rule=str(met.own.rule))
    assert press_notice(met, "Undo").title == "Rule of Cleo"
    kept = rule_of(met.database, met.tenant_id, "Rule of Cleo")
    assert (kept.event_types, kept.made_by) == (["deal.won"], CLEO["email"])


def test_an_edit_is_not_undone_once_the_rule_was_changed_again(met: Company) -> None:
    rule = str(met.own.rule)
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Renamed"]}, rule=rule)
    met.chat.user = CLEO
    met.chat.submit("rule.save", {**DRAFT_FORM, "name": ["Mine again"]}, rule=rule)
    assert press_notice(met, "Undo").has("was changed again since")
    assert rule_of(met.database, met.tenant_id, "Mine again").event_types == ["deal.lost"]


def test_undo_of_an_edit_is_offered_only_where_the_author_may_post_there(met: Company) -> None:
    """An admin took it out of a space to which a sales rep may not send it back."""
    met.chat.submit("rule.save", {**DRAFT_FORM, "to": [ADA["email"]]}, rule=str(met.own.rule))
    notice = notice_of(met.database)
    assert notice["button"] == "Open the rule"
    assert "Ask them if you want it back" in notice["words"]


def test_an_author_hears_that_their_rule_lost_a_place(met: Company) -> None:
    met.chat.click("space.drop", place=str(met.own.place))
    assert told(met.database) == [
        (CLEO["email"], "Your rule “Rule of Cleo” no longer posts to a place that was removed")
    ]


def test_nobody_needs_notice_of_their_own_change(met: Company) -> None:
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
