"""A card into a space, as the app itself."""

from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, link


def test_a_card_is_the_apps_with_its_fallback_and_its_buttons_home(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert card["sender"]["displayName"] == "Pipenotify"
    assert "Deal 1" in card["fallbackText"]
    assert "text" not in card
    assert bench.chat.writes()[0].query["messageId"].startswith("client-")
