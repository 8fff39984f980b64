"""A card through an incoming webhook, whose address only the vault can open."""

from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, link_webhook, title_of


def test_a_card_goes_through_the_webhook_of_its_space(bench: Bench, tenants: TwoTenants) -> None:
    link_webhook(bench.database, bench.vault, tenants.ours, bench.chat.webhook_url(SPACE))
    bench.receive_deals(tenants.ours, 1)

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert (title_of(card), card["sender"]["displayName"]) == ("Deal 1", "Incoming webhook")


def test_an_address_of_another_tenant_does_not_open(bench: Bench, tenants: TwoTenants) -> None:
    linked = link_webhook(bench.database, bench.vault, tenants.ours, bench.chat.webhook_url(SPACE))
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(1)
    object.__setattr__(message.head, "tenant_id", tenants.theirs)

    result = bench.deliver.send(message)

    assert linked.tenant_id == tenants.ours
    assert type(result.error).__name__ == "SecretUnreadable"
    assert bench.chat.writes() == []
