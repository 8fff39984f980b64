"""A card offers what fits its object and its reader, the likely one first, and says what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.cards.actions import ShownState, offered, with_deeds
from bot.cards.delivered import delivered_card
from bot.widgets import Button, Press
from models.card_actions.queries import ShownAction
from models.clock import now
from models.deliveries.claimed import ClaimedDelivery
from models.pipedrive.change import Change, read
from models.pipedrive.names import Name, Names
from tests.jobs.deliveries.test_render import claimed
from tests.models.acting import body_of

ALWAYS = ("rule.mute", "delivery.why")
NAMES = Names({("user", "2"): Name("Ben Okafor")})


def head(**columns: Any) -> ClaimedDelivery:
    return claimed(None, kind="chat_space", **columns)


def change(entity: str = "deal", *types: str, action: str = "create", **data: Any) -> Change:
    body = body_of(entity, **data)
    body["meta"]["action"] = action
    if action == "delete":
        body |= {"data": None, "previous": body["data"]}
    found = read(body)
    assert found is not None
    return replace(found, types=(*found.types, *types))


def done(do: str, slot: str, fields: dict[str, Any], state: str = "done", number: int = 5) -> ShownAction:
    return ShownAction(number, do, slot, fields, "Ben Okafor", state, now())


def names_of(buttons: list[Button]) -> list[str]:
    presses = [each.click.do for each in buttons if isinstance(each.click, Press)]
    return [do for do in presses if do not in ALWAYS]


def offers(shown: Change, *actions: ShownAction, **columns: Any) -> list[str]:
    return names_of(offered(head(**columns), ShownState(shown, actions)))


def test_every_card_of_a_rule_offers_to_mute_it_and_to_explain_itself() -> None:
    for entity in ("deal", "person"):
        buttons = offered(head(rule_id=7), ShownState(change(entity), ()))
        presses = [each.click for each in buttons if isinstance(each.click, Press)]
        assert [each.do for each in presses[-2:]] == list(ALWAYS)
        assert (presses[-2].params, presses[-2].dialog) == ({"rule": "7"}, True)
    without = offered(head(rule_id=None), ShownState(change(), ()))
    assert "rule.mute" not in [each.click.do for each in without if isinstance(each.click, Press)]


@pytest.mark.parametrize(
    ("types", "first"),
    [
        (("deal.created",), "deal.assign"),
        (("deal.stage_changed",), "deal.move"),
        (("deal.stalled",), "deal.activity"),
    ],
)
def test_the_likely_button_is_first(types: tuple[str, ...], first: str) -> None:
    shown = replace(change(), types=types)
    assert offers(shown)[0] == first
    assert {"deal.claim", "deal.assign", "deal.move", "deal.won", "deal.lost", "deal.note"} <= set(
        offers(shown)
    )


def test_a_deal_that_nobody_owns_is_claimed_first() -> None:
    assert offers(change(owner_id=None))[0] == "deal.claim"


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_closed_deal_is_not_closed_again(status: str) -> None:
    assert offers(change(status=status)) == ["deal.note", "deal.activity", "deal.assign", "deal.claim"]
    pressed = done(f"deal.{status}", "status", {"status": status})
    assert "deal.won" not in offers(change(), pressed)
    assert "deal.won" in offers(change(), replace(pressed, state="pending"))


def test_leads_and_activities_have_their_own() -> None:
    of_lead = ("claim", "contacted", "assign", "snooze", "convert", "note", "activity")
    assert offers(change("lead")) == [f"lead.{each}" for each in of_lead]
    assert offers(change("lead", is_archived=True)) == []
    assert offers(change("activity")) == ["activity.done"]
    assert offers(change("activity", done=True)) == []
    assert offers(change("person", name="Bob")) == []


@pytest.mark.parametrize(
    "columns", [{"kind": "chat_webhook"}, {"is_test": True}, {"redacted_because": "1 of 2"}]
)
def test_where_nobody_could_press_nothing_is_offered(columns: dict[str, Any]) -> None:
    shown = ShownState(change())
    assert offered(replace(head(), **columns), shown) == []


def test_a_deleted_object_offers_nothing() -> None:
    assert offers(change(action="delete")) == []


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("analyst", False), ("sales_rep", True)])
def test_in_a_direct_message_the_role_of_the_reader_decides(role: str, *, may: bool) -> None:
    to_a_person = replace(head(), kind="chat_dm", person_role=role)
    assert bool(names_of(offered(to_a_person, ShownState(change())))) is may


def test_the_owner_is_not_offered_their_own_deal() -> None:
    mine = replace(head(), kind="chat_dm", person_role="sales_rep", person_pipedrive_id="1")
    assert "deal.claim" not in names_of(offered(mine, ShownState(change(owner_id=1))))
    assert "deal.claim" in names_of(offered(mine, ShownState(change(owner_id={"id": 2, "name": "Ben"}))))


def test_a_button_carries_the_delivery_and_what_the_card_showed() -> None:
    button = offered(head(), ShownState(change(), [done("deal.claim", "owner_id", {"owner_id": 2})]))[0]
    assert isinstance(button.click, Press)
    assert button.click.params == {"delivery": str(head().id), "seen": "5"}


def drawn(*actions: ShownAction) -> str:
    return str(delivered_card(head(), change(), NAMES, actions=actions).as_chat("https://x.test/chat/events"))


def test_the_card_says_who_did_what() -> None:
    assert "Ben Okafor marked it as won" in drawn(done("deal.won", "status", {"status": "won"}))
    assert "Working on it: Ben Okafor marks it as won" in drawn(
        done("deal.won", "status", {"status": "won"}, "writing")
    )
    assert "Ben Okafor owns it now." in drawn(done("deal.claim", "owner_id", {"owner_id": 2}, "overtaken"))
    assert (
        "a &lt;b&gt; c"
        not in drawn(done("deal.note", "", {"content": "a &lt;b&gt;<br>c"})).split("bottomLabel")[0]
    )


def test_of_several_on_one_slot_the_newest_is_shown() -> None:
    won = done("deal.won", "status", {"status": "won"})
    lost = done("deal.lost", "status", {"status": "lost"}, number=6)
    assert "marked it as won" not in drawn(won, lost)
    assert "marked it as lost" in drawn(won, lost)


def test_at_most_four_lines_are_added() -> None:
    notes = [done("deal.note", "", {"content": f"note {number}"}, number=number) for number in range(9)]
    card = with_deeds(delivered_card(head(), change(), NAMES), notes, NAMES).card
    assert card is not None
    assert len(card.sections[0].widgets) == 4
    assert with_deeds(delivered_card(head(), change(), NAMES), [], NAMES).card is not None
