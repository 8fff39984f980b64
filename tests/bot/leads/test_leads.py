"""Leads in a conversation: listed, shown, made, and what is done with them by words and by buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.context import COMMANDS, DIALOGS, PRESSES, BotDeps
from bot.leads import buttons, by_words, cards, commands, dialogs, find, form, new, show
from models.clock import now
from models.database.engine import Database
from models.leads.history import HistoryLine
from models.pipedrive.names import NO_NAMES
from models.tables import LeadEvent
from tests.bot.card_actions.conftest import connect
from tests.chat import CLEO, DEALS, Chat, ParsedReply, add_sales_rep
from tests.models.acting import actions_of, body_of, deliver
from tests.models.leads.known import hear, lead_id, look, row

Tenants = tuple[int, int]


def has_all(answer: ParsedReply, *texts: str) -> bool:
    return all(answer.has(each) for each in texts)


def test_the_list_has_what_was_asked_for(ada: Chat, database: Database, tenants: Tenants) -> None:
    everything = ada.say("lead list")
    assert has_all(everything, "Globex fair", "Acme call", "Initech", "3 leads")
    assert not ada.say("lead list globex").has("Acme call")
    assert ada.say("lead list unassigned").has("Initech")
    assert ada.say("lead list hot").has("No lead fits")
    assert ada.say("lead list mine").has("Acme call")
    assert ada.quick(6).has("Acme call")
    hear(database, tenants[0], 2, title="Acme call", owner_id=1, seen_by=[1])


def test_the_next_page_keeps_to_the_quoted_words(ada: Chat, database: Database, tenants: Tenants) -> None:
    for number in range(10, 19):
        hear(database, tenants[0], number, title=f"Hot dog {number}")
    first = ada.say('lead list "hot dog"')
    assert has_all(first, "Hot dog 1", "9 leads")
    assert has_all(ada.click(**first.buttons()["Next"]), "Hot dog 1", "9 leads")


@pytest.mark.parametrize("say", ["lead list", "lead show globex", "lead list globex"])
def test_a_restricted_lead_is_not_there_for_others(
    ada: Chat, deps: BotDeps, database: Database, tenants: Tenants, say: str
) -> None:
    add_sales_rep(database, tenants[0])
    connect(database, tenants[0], CLEO["email"], "2")
    hear(database, tenants[0], 1, title="Globex fair", seen_by=[1])

    assert ada.say(say).has("Globex fair")
    assert not Chat(deps, "classic", CLEO, DEALS).say(say).has("Globex fair")


def test_a_lead_shows_what_is_known_and_what_happened(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    emails, phones = [{"value": "jana@globex.test"}], [{"value": "+420 123 456"}]
    hear(database, tenants[0], 70, entity="person", name="Jana Nova", emails=emails, phones=phones)
    hear(database, tenants[0], 1, title="Globex fair", owner_id=2, person_id=70, source_name="Web form")
    hear(database, tenants[0], 5, entity="activity", subject="Call Jana", lead_id=lead_id(1))
    look(database)
    shown = ada.say("lead show globex")

    assert shown.title == "Globex fair"
    assert has_all(shown, "mailto:jana@globex.test", "tel:+420123456", "Web form", "Ben Okafor")
    assert has_all(shown, "Call Jana", "It came in", "warm · new")
    assert has_all(shown, "Claim", "Contacted", "Assign", "Not now", "Convert", "Note")


def test_words_that_fit_several_give_a_choice(ada: Chat) -> None:
    assert has_all(ada.say("lead show a"), "Globex fair", "Acme call")
    assert ada.say("lead claim a").has("Several leads fit")
    assert ada.say("lead show nothing-of-it").has("No lead “nothing-of-it” is known here")
    assert ada.say("lead show").has("Which lead?")


@pytest.mark.parametrize(
    ("say", "do", "fields"),
    [
        ("lead claim globex", "lead.claim", {"owner_id": 1}),
        ("lead assign globex to ben", "lead.assign", {"owner_id": 2}),
        ("lead note globex: call on Monday", "lead.note", {"content": "call on Monday"}),
        ("lead convert globex", "lead.convert", {"title": "Globex fair"}),
        ("lead status globex is qualified", "lead.qualified", {"content": "Qualified"}),
        ("lead status globex lost", "lead.lost", {"is_archived": True}),
    ],
)
def test_each_is_done_by_words(
    ada: Chat, database: Database, tenants: Tenants, say: str, do: str, fields: dict[str, Any]
) -> None:
    assert ada.say(say).has("It is being written to Pipedrive")
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.fields, made.object_id) == (do, fields, lead_id(1))


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        ("lead assign globex", "Who takes it?"),
        ("lead assign globex to zoe", "Who is “zoe”?"),
        ("lead note globex", "Say the lead, a colon, and the note"),
        ("lead status globex", "Which status?"),
        ("lead snooze globex", "Until when?"),
        ("lead snooze globex until tomorrow", "Why not now?"),
        ("lead new", "Say a title"),
    ],
)
def test_what_is_missing_is_asked_for(
    ada: Chat, database: Database, tenants: Tenants, say: str, answer: str
) -> None:
    assert ada.say(say).has(answer)
    assert actions_of(database, tenants[0]) == []


def test_a_lead_is_put_off_by_words(ada: Chat, database: Database, tenants: Tenants) -> None:
    assert ada.say("lead snooze globex until tomorrow 09:00: no budget").has("no budget")
    assert row(database, tenants[0]).snooze_reason == "no budget"
    assert ada.say("lead list").has("Put off: 1")
    assert ada.say("lead list snoozed").has("Globex fair")


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        ("lead zuweisen globex zu ben", "Globex fair"),
        ("lead zuweisen globex an ben", "Globex fair"),
        ("lead aufschieben globex bis morgen 09:00: kein Budget", "kein Budget"),
        ("lead status globex qualifiziert", "Globex fair"),
        ("lead neu Messe für jana@globex.test", "Messe"),
        ("lead liste meine", "Acme call"),
        ("lead liste freie", "Initech"),
        ("lead liste heiß", "Kein Lead passt"),
    ],
)
def test_leads_are_asked_for_in_german(ada: Chat, say: str, answer: str) -> None:
    ada.say("language de")
    assert ada.say(say).has(answer)


def test_who_has_not_connected_is_asked_to(
    ada: Chat, deps: BotDeps, database: Database, tenants: Tenants
) -> None:
    add_sales_rep(database, tenants[0])
    assert Chat(deps, "classic", CLEO, DEALS).say("lead claim globex").title == "Connect yourself first"


def test_a_card_that_is_pressed_keeps_its_score(ada: Chat, database: Database, tenants: Tenants) -> None:
    look(database)
    card = deliver(database, tenants[0], body_of("lead", lead_id(1), title="Globex"), DEALS["name"])
    drawn = ada.click("lead.claim", delivery=str(card.id))
    assert has_all(drawn, "Globex", "Score 20, cold", "+20 How new it is")


def test_buttons_of_the_card_do_the_same(ada: Chat, database: Database, tenants: Tenants) -> None:
    key = lead_id(1)
    assert ada.click("lead.claim", lead=key).has("It is being written to Pipedrive")
    assert ada.click("lead.contacted", lead=key).how == "update"
    opened = ada.open("lead.assign", lead=key)
    assert has_all(opened, "Globex fair", "Ben Okafor")
    ada.submit("lead.give", {"owner": ["2"]}, lead=key)
    ada.submit("lead.write", {"note": ["Hi"]}, lead=key)
    ada.submit("lead.plan", {"subject": ["Call"], "type": ["call"]}, lead=key)
    ada.submit("lead.rest", {"for": ["7"], "known": ["No budget now"]}, lead=key)
    ada.submit("lead.become", {}, lead=key)

    done = [each.do.partition(".")[2] for each in actions_of(database, tenants[0])]
    assert done == ["claim", "contacted", "assign", "note", "activity", "snooze", "convert"]


@pytest.mark.parametrize("do", ["assign", "note", "activity", "snooze", "convert"])
def test_every_dialog_opens_from_both_cards(ada: Chat, database: Database, tenants: Tenants, do: str) -> None:
    card = deliver(database, tenants[0], body_of("lead", lead_id(1), title="Globex fair"), DEALS["name"])
    assert ada.open(f"lead.{do}", lead=lead_id(1)).has("Globex fair")
    assert ada.open(f"lead.{do}", on_private=False, delivery=str(card.id)).has("Globex fair")


def test_a_press_on_a_delivered_card_is_shown_on_it(ada: Chat, database: Database, tenants: Tenants) -> None:
    card = deliver(database, tenants[0], body_of("lead", lead_id(1), title="Globex fair"), DEALS["name"])
    answer = ada.click("lead.contacted", on_private=False, delivery=str(card.id))

    assert answer.how == "update"
    assert answer.has("Working on it: Ada Lovelace notes the contact")
    assert actions_of(database, tenants[0])[0].delivery_id == card.id


@pytest.mark.parametrize(
    ("do", "inputs"),
    [
        ("lead.write", {"note": [" "]}),
        ("lead.plan", {"subject": [""]}),
        ("lead.rest", {"for": ["7"]}),
        ("lead.make", {"title": [""]}),
        ("lead.make", {"title": ["Inbound"], "email": ["j@x.test"], "value": ["many"]}),
        ("lead.make", {"title": ["Inbound"], "email": ["j@x.test"], "currency": ["€"]}),
    ],
)
def test_what_does_not_fit_is_asked_for_again(
    ada: Chat, database: Database, tenants: Tenants, do: str, inputs: dict[str, list[str]]
) -> None:
    again = ada.submit(do, inputs, lead=lead_id(1))
    assert again.has("Please look at this again")
    assert actions_of(database, tenants[0]) == []


def test_a_new_lead_is_made_from_words_and_from_the_dialog(
    ada: Chat, database: Database, tenants: Tenants
) -> None:
    assert has_all(ada.open("lead.new"), "New lead", "Organization")
    assert ada.say("lead new Inbound call for jana@globex.test").has("New lead: Inbound call")
    filled = {"title": ["Fair"], "person": ["Jana"], "organization": ["Globex"], "value": ["1200,50"]}
    ada.submit("lead.make", filled)

    words, filled_in = actions_of(database, tenants[0])
    assert words.fields["email"] == "jana@globex.test"
    assert filled_in.fields["value"] == {"amount": 1200.5, "currency": "EUR"}


def test_a_lead_that_is_gone_is_said_to_be(ada: Chat) -> None:
    assert ada.click("lead.show", lead="nobody").has(find.GONE)


def test_a_converted_lead_leads_to_its_deal(ada: Chat, database: Database, tenants: Tenants) -> None:
    hear(database, tenants[0], 77, entity="deal", title="Globex fair", source_lead_id=lead_id(1))
    hear(database, tenants[0], 1, title="Globex fair", is_archived=True)
    look(database)
    shown = ada.say("lead show globex")
    assert has_all(shown, "Lead · converted", "Show the deal")
    assert not shown.has("Claim")


@pytest.mark.parametrize("what", list(LeadEvent))
@pytest.mark.parametrize("who", ["Ada", ""])
def test_every_line_of_a_history_reads(what: LeadEvent, who: str) -> None:
    details = {"until": "x", "score": 71, "band": "hot", "subject": "Call", "owner_id": "2"}
    line = HistoryLine(1, now() - timedelta(days=1), what, who, details)
    said = cards.history_text(line, NO_NAMES, lambda _: "Dec 2")
    assert said
    assert "{" not in said
    assert not who or what in (LeadEvent.OWNER_CHANGED, *AUTOMATIC) or said.startswith("Ada")


AUTOMATIC = (
    LeadEvent.RETURNED,
    LeadEvent.REOPENED,
    LeadEvent.BAND_CHANGED,
    LeadEvent.ROUTED,
    LeadEvent.ESCALATED,
)


def test_every_entry_of_leads_is_where_one_looks_for_it() -> None:
    homes = {commands.__name__, buttons.__name__, dialogs.__name__}
    entries = [*COMMANDS, *PRESSES, *DIALOGS]
    found = {each.handle.__module__ for each in entries if each.name.startswith(("lead ", "lead."))}
    assert found == homes
    assert set(form.MOMENTS) >= {form.USUAL}
    assert new.make_by_words.__module__ != by_words.__name__
    assert show.PAGE <= find.MOST_CHOICES
