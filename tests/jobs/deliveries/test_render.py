"""How a claimed message looks: an event, a summary, a test card; nothing a customer wrote stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import parse_change, render_message
from jobs.queue import INTERRUPTIONS
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.lanes import ClaimedLane
from models.pipedrive.names import NO_NAMES, Names
from tests.cards import assert_valid
from tests.changes import LINK_BASE, NAMES
from tests.engine import NOON, SPACE, deal
from tests.hostile import TITLES

CUT = b'{"meta": {"entity": "deal"'
BROKEN = (
    "{% for x in (1..9) %}",
    "{{ deal.title | no_such_filter }}",
    "{% include 'x' %}",
    "{{ 1 | divided_by: 0 }}",
    "{% for a in deal %}{% for b in forloop %}x{% endfor %}{% endfor %}",
)


def claimed(body: dict[str, Any] | bytes | None, **columns: Any) -> ClaimedDelivery:
    raw = orjson.dumps(body) if isinstance(body, dict) else body
    facts: dict[str, Any] = dict.fromkeys(ClaimedDelivery.__dataclass_fields__)
    facts |= {"id": 1, "tenant_id": 1, "lane": SPACE, "request_id": "r1", "state": "sending", "attempts": 0}
    facts |= {"next_attempt_at": NOON, "lease_losses": 0, "is_urgent": False, "is_test": False, "raw": raw}
    facts |= {"event_type": "deal.created", "rule_name": "Wins", "kind": "chat_space", "address": SPACE}
    facts |= {"redacted_because": ""}
    return ClaimedDelivery(**(facts | columns))


def outgoing(*coalesced: ClaimedDelivery, more: int = 0, names: Names = NO_NAMES) -> OutgoingMessage:
    head, changes = coalesced[0], [parse_change(each) for each in coalesced]
    lane = ClaimedLane(head.tenant_id, head.lane, 0, head.id, 1)
    return OutgoingMessage(
        lane, head, coalesced, len(coalesced) + more, "t", changes, names=names, link_base=LINK_BASE
    )


def rendered(*coalesced: ClaimedDelivery, more: int = 0, names: Names = NO_NAMES) -> dict[str, Any]:
    """The card of a message, once the message is known to be one Chat takes, and all its words."""
    message = assert_valid(render_message(outgoing(*coalesced, more=more, names=names)))
    card: dict[str, Any] = message["cardsV2"][0]["card"]
    return {
        "title": card["header"]["title"],
        "what": card["header"].get("subtitle", ""),
        "words": orjson.dumps(card).decode(),
        "fallback": message["fallbackText"],
    }


@pytest.mark.parametrize("raw", [None, b"", CUT, b"\xff\xfe", b"{}", b'{"meta": {"entity": "board"}}'])
def test_what_does_not_read_is_no_change(raw: bytes | None) -> None:
    assert parse_change(claimed(raw)) is None


def test_one_event_is_a_card_of_its_own_with_its_rule_and_its_page() -> None:
    card = rendered(claimed(deal(42)))
    assert (card["title"], card["what"]) == ("Deal 42", "New deal · €100")
    assert "Rule: Wins" in card["words"]
    assert f"{LINK_BASE}/deal/42" in card["words"]


def test_names_known_by_now_stand_in_for_ids() -> None:
    body = deal(42, stage_id=2, owner_id=7)
    assert "Negotiation" in rendered(claimed(body), names=NAMES)["words"]
    assert "Negotiation" not in rendered(claimed(body))["words"]


def test_the_card_shows_the_type_that_was_matched_whatever_names_are_known_by_now() -> None:
    moved = deal(42, action="change", stage_id=1) | {"previous": {"stage_id": 2}}
    assert "back" in rendered(claimed(moved, event_type="deal.stage_regressed"))["what"].lower()
    assert (
        rendered(claimed(moved, event_type="deal.stage_changed"))["what"]
        != rendered(claimed(moved, event_type="deal.stage_regressed"))["what"]
    )


def test_a_burst_is_one_line_an_event_and_counts_the_rest() -> None:
    burst = [claimed(deal(number)) for number in range(1, 21)]
    card = rendered(*burst, more=1_480)
    assert card["title"] == "1,500 events in Pipedrive"
    assert "and 1,480 more" in card["words"]
    assert all(f"Deal {number}" in card["words"] for number in (1, 20))


@pytest.mark.parametrize(("kind", "way"), [("chat_space", "log.show"), ("chat_webhook", LINK_BASE)])
def test_a_summary_links_to_the_events_it_coalesces(kind: str, way: str) -> None:
    burst = [claimed(deal(number), kind=kind) for number in range(1, 6)]
    assert way in rendered(*burst)["words"]


def test_an_event_of_a_burst_that_no_longer_reads_is_still_counted() -> None:
    card = rendered(claimed(deal(1)), claimed(CUT), claimed(deal(3)))
    assert card["title"] == "3 events in Pipedrive"
    assert "and 1 more" in card["words"]


def test_a_message_that_coalesces_more_than_it_shows_is_a_summary_even_with_one_line() -> None:
    assert "and 4 more" in rendered(claimed(deal(1)), more=4)["words"]


def test_a_test_is_plainly_one() -> None:
    card = rendered(claimed(deal(42), is_test=True))
    assert (card["title"], card["fallback"]) == ("TEST · Deal 42", "TEST: New deal: Deal 42, €100")
    assert render_message(outgoing(claimed(deal(42), is_test=True))).thread_key is None


@pytest.mark.parametrize("raw", [None, CUT])
def test_a_test_without_an_event_says_what_will_come(raw: bytes | None) -> None:
    card = rendered(claimed(raw, is_test=True))
    assert card["title"].startswith("TEST · ")
    assert "“Wins”" in card["words"]
    assert "It works." in rendered(claimed(raw, is_test=True, rule_name=""))["words"]


def test_an_event_that_can_no_longer_be_parsed_is_not_shown_as_a_test() -> None:
    card = rendered(claimed(CUT))
    assert card["title"] == "Something happened in Pipedrive"
    assert "deal.created" in card["words"]
    assert "test" not in card["words"].lower()


def test_a_custom_template_is_rendered() -> None:
    liquid = claimed(deal(42), look="custom", liquid="<b>{{ deal.title }}</b> by Liquid")
    named = replace(liquid, liquid=None, template="{{ deal.title }} by name")
    assert "<b>Deal 42</b> by Liquid" in rendered(liquid)["words"]
    assert "Deal 42 by name" in rendered(named)["words"]


@pytest.mark.parametrize("source", BROKEN)
def test_a_template_that_fails_is_named_beside_the_plain_card(source: str) -> None:
    card = rendered(claimed(deal(42), look="custom", liquid=source))
    assert card["title"] == "Deal 42"
    assert "The template of this rule failed" in card["words"]


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_a_signal_while_a_template_is_drawn_is_not_its_failure(
    monkeypatch: pytest.MonkeyPatch, interruption: type[Exception]
) -> None:
    def interrupt(*_: object) -> None:
        raise interruption

    monkeypatch.setattr("bot.cards.template.simple_html", interrupt)

    with pytest.raises(interruption):
        rendered(claimed(deal(42), look="custom", liquid="{{ title }}"))


@pytest.mark.parametrize("look", [None, "custom", "neon", "compact"])
def test_an_unknown_template_mode_is_compact(look: str | None) -> None:
    assert rendered(claimed(deal(42), look=look)) == rendered(claimed(deal(42)))


@pytest.mark.parametrize("title", TITLES)
def test_hostile_names_fit_in_every_form(title: str) -> None:
    hostile = deal(1, title=title.encode("utf-8", "replace").decode())
    for message in (
        rendered(claimed(hostile)),
        rendered(claimed(hostile, is_test=True)),
        rendered(*[claimed(hostile)] * 20),
    ):
        assert "<users" not in message["words"]
        assert "<script" not in message["words"]


@pytest.mark.parametrize("kind", ["chat_space", "chat_dm", "chat_webhook"])
def test_a_notice_is_drawn_as_what_it_says(kind: str) -> None:
    notice = {
        "title": "Connect again",
        "words": "Cards stop.",
        "button": "Open",
        "url": "https://x.test/setup",
    }
    card = rendered(claimed(None, kind=kind, notice=notice, event_type="notice", rule_name=""))
    assert (card["title"], card["fallback"]) == ("Connect again", "Connect again. Cards stop.")
    assert "https://x.test/setup" in card["words"]


WHY = "1 of 3 people may see it in Pipedrive"
SECRET = deal(42, title="Project Falcon", org_name="Globex", lost_reason="a bribe", status="won")


@pytest.mark.parametrize(
    "dress", [{"look": "detailed"}, {"look": "custom", "liquid": "{{ deal.title }}"}, {"is_test": True}]
)
def test_what_is_redacted_is_in_no_template(dress: dict[str, Any]) -> None:
    hidden = claimed(SECRET, event_type="deal.won", redacted_because=WHY, **dress)
    card = rendered(hidden, names=NAMES)
    assert "A deal was won" in card["title"]
    assert WHY in card["words"]
    assert "“Wins”" in card["words"]
    assert f"{LINK_BASE}/deal/42" in card["words"]
    for told in (card, render_message(outgoing(hidden)).as_plain_text()):
        assert not [one for one in ("Falcon", "Globex", "bribe", "100") if one in str(told)]
    assert render_message(outgoing(hidden)).thread_key is None


def test_what_is_redacted_is_a_bare_line_in_a_summary() -> None:
    burst = [claimed(deal(1)), claimed(SECRET, event_type="deal.won", redacted_because=WHY)]
    for order in (burst, burst[::-1]):
        card = rendered(*order)
        assert "A deal was won" in card["words"]
        assert "Deal 1" in card["words"]
        assert "Falcon" not in str(card)


def test_a_redacted_card_to_an_unmatched_person_gives_the_reason() -> None:
    card = rendered(claimed(SECRET, kind="chat_dm", redacted_because=WHY))
    assert "matched with no user of Pipedrive" in card["words"]
    assert "let the rule" not in card["words"]
