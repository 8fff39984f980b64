"""A deal won in Pipedrive becomes a card in its rule's space, with names instead of ids."""

from __future__ import annotations

import orjson

from bot.text.format import disarm, plain
from tests.scenarios.acme import Acme
from web.playground.chat.card_rules import problems
from web.playground.chat.rest import NOTIFICATION


def test_the_card_says_what_happened_to_which_deal_and_what_it_is_worth(acme: Acme) -> None:
    acme.load([{"name": "Wins", "on": "deal.won", "to": [acme.spaces[0]]}])
    deal = acme.crm.do("create_deal", title="Roof & <walls>", value=12500, stage_id=2, org_name="Globex")
    acme.crm.do("win_deal", id=deal["id"])

    (message,) = acme.wait_for_cards(1)
    card = message["cardsV2"][0]["card"]
    assert (card["header"]["title"], card["header"]["subtitle"]) == (plain("Roof & <walls>"), "Won · €12,500")
    assert card["header"]["imageUrl"] == f"{acme.stack.url}/static/cards/won.png"
    assert acme.stack.http.get(card["header"]["imageUrl"]).headers["Content-Type"] == "image/png"
    assert "Globex" in str(card)
    assert "Contact made" in str(card)
    assert message["fallbackText"] == disarm("Won: Roof & <walls>, €12,500 (Ada Lovelace)")
    assert "threadKey" not in message["thread"]
    assert f"https://acme.pipedrive.com/deal/{deal['id']}" in str(card)
    assert "Rule: Wins · by Ada Lovelace" in str(card)
    assert "text" not in message


def test_a_move_needs_notice_from_where_to_where(acme: Acme) -> None:
    acme.load([{"name": "Moves", "on": "deal.stage_changed", "to": [acme.spaces[0]]}])
    deal = acme.crm.do("create_deal", title="Walls", stage_id=1)
    acme.crm.do("move_deal", id=deal["id"], stage_id=3)

    (message,) = acme.wait_for_cards(1)
    assert "Qualified → Demo scheduled" in str(message["cardsV2"])


def test_what_arrives_is_what_chat_documents(acme: Acme) -> None:
    acme.load([{"name": "Wins", "on": "deal.won", "to": [acme.spaces[0]], "template": "detailed"}])
    acme.crm.do("win_deal", id=acme.crm.do("create_deal", title="x" * 5000)["id"])

    acme.wait_for_cards(1)
    (write,) = acme.stack.play.chat.writes(acme.spaces[0])
    assert write.status == 200
    assert len(write.body) < 32_000
    assert set(write.query) >= {"messageId", "requestId"}
    assert problems(orjson.loads(write.body)) == []


def test_a_rule_may_keep_the_cards_of_a_deal_in_one_thread_and_news_at_the_end(acme: Acme) -> None:
    acme.load([{"name": "All", "on": "deal.*", "to": [acme.spaces[0]], "thread": "deal"}])
    deal = acme.crm.do("create_deal", title="Roof", stage_id=1)
    first = acme.wait_for_cards(1)[0]
    acme.crm.do("move_deal", id=deal["id"], stage_id=2)
    moved = acme.wait_for_cards(2)[1]
    acme.crm.do("win_deal", id=deal["id"])
    won = acme.wait_for_cards(3)[2]

    threads = [message["thread"]["name"] for message in (first, moved, won)]
    assert threads[0] == threads[1] != threads[2]
    sent = [write.query.get(NOTIFICATION) for write in acme.stack.play.chat.writes(acme.spaces[0])]
    assert sent == [None, "NOTIFICATION_TYPE_SILENT", None]
