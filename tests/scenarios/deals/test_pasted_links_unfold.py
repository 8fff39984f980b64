"""A pasted link of the team's Pipedrive unfolds into the card of its deal, in the running product."""

from __future__ import annotations

from tests.customers import ADA
from tests.scenarios.acme import Acme


def test_a_link_to_a_known_deal_unfolds_and_another_does_not(acme: Acme) -> None:
    people = [{"email": "ada@example.com", "role": "admin"}]
    acme.load([{"name": "New", "on": "deal.created", "to": acme.spaces}], users=people)
    deal = acme.crm.do("create_deal", title="Roof & walls", value=12500, stage_id=2)
    acme.wait_for_cards(1)
    chat, (space,) = acme.stack.play.chat.client, acme.spaces

    unfolded = chat.say(space, ADA, f"see https://acme.pipedrive.com/deal/{deal['id']}")
    unknown = chat.say(space, ADA, "see https://acme.pipedrive.com/deal/999999")

    assert unfolded.kind == "updated"
    assert unfolded.message is not None
    assert unfolded.message["cardsV2"][0]["card"]["header"]["title"] == "Roof & walls"
    assert unfolded.message["sender"]["name"] == ADA
    assert unknown.kind == "nothing"
