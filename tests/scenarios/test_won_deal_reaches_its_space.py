"""A deal won in Pipedrive becomes a card in its rule's space, with names instead of ids."""

from __future__ import annotations

import orjson

from bot.text.format import disarm, plain
from tests.customers import facts_of
from tests.scenarios.acme import Acme
from web.playground.chat.card_rules import problems


def test_the_card_says_what_happened_to_which_deal_and_what_it_is_worth(acme: Acme) -> None:
    acme.load([{"name": "Wins", "on": "deal.won", "to": [acme.spaces[0]]}])
    deal = acme.crm.do("create_deal", title="Roof & <walls>", value=12500, stage_id=2, org_name="Globex")
    acme.crm.do("win_deal", id=deal["id"])

    (message,) = acme.wait_for_cards(1)
    card = message["cardsV2"][0]["card"]
    assert (card["header"]["title"], card["header"]["subtitle"]) == (plain("Roof & <walls>"), "Deal won")
    assert facts_of(message) == {
        "Value": "€12,500.00",
        "Stage": "Contact made",
        "Owner": "Ada Lovelace",
        "Organization": "Globex",
    }
    assert message["fallbackText"] == disarm("Roof & <walls>: Deal won")
    assert message["thread"]["threadKey"] == f"deal-{deal['id']}"
    assert f"https://acme.pipedrive.com/deal/{deal['id']}" in str(card)
    assert "By Ada Lovelace · Rule: Wins" in str(card)
    assert "text" not in message


def test_a_move_needs_notice_from_where_to_where(acme: Acme) -> None:
    acme.load([{"name": "Moves", "on": "deal.stage_changed", "to": [acme.spaces[0]]}])
    deal = acme.crm.do("create_deal", title="Walls", stage_id=1)
    acme.crm.do("move_deal", id=deal["id"], stage_id=3)

    (message,) = acme.wait_for_cards(1)
    assert facts_of(message)["Stage"] == "Qualified → Demo scheduled"


def test_what_arrives_is_what_chat_documents(acme: Acme) -> None:
    acme.load([{"name": "Wins", "on": "deal.won", "to": [acme.spaces[0]], "template": "detailed"}])
    acme.crm.do("win_deal", id=acme.crm.do("create_deal", title="x" * 5000)["id"])

    acme.wait_for_cards(1)
    (write,) = acme.stack.play.chat.writes(acme.spaces[0])
    assert write.status == 200
    assert len(write.body) < 32_000
    assert set(write.query) >= {"messageId", "requestId", "messageReplyOption"}
    assert problems(orjson.loads(write.body)) == []
