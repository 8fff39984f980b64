"""A tenant's webhooks are registered, repaired, rotated and removed automatically; no event is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import select, update

from models.clock import now
from models.connections import checks
from models.connections.disconnect import begin_disconnect
from models.connections.problems import BACK
from models.pipedrive.rest.webhooks import DOOR, WANTED
from models.tables import Connection, Tenant, WebhookCredential
from tests.customers import Customer, new_customer, told_by
from tests.stack import Stack, wait_until
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.webhooks import Webhook

WITHIN_S: Final = 30.0
WINS: Final = {"name": "Wins", "on": "deal.won"}


@dataclass
class Kept:
    """A customer with its own company at Pipedrive, connected through OAuth."""

    customer: Customer
    company: CrmCompany

    @property
    def stack(self) -> Stack:
        return self.customer.stack

    @property
    def tenant_id(self) -> int:
        with self.stack.database.reading_all() as session:
            return session.scalars(select(Tenant.id).where(Tenant.name == self.customer.name)).one()

    def connect(self) -> None:
        """Store what a consent would store."""
        tokens = self.stack.play.pipedrive.oauth.grant(1, company_id=self.company.id)
        pipedrive = {
            "company_id": self.company.id,
            "domain": "acme.pipedrive.com",
            "connection": {
                "refresh_token": tokens["refresh_token"],
                "api_domain": "https://acme.pipedrive.com",
            },
        }
        spaces = [{"name": name, "title": "Wins"} for name in self.customer.spaces]
        rules = [WINS | {"to": [*self.customer.spaces]}]
        document = {"tenant": self.customer.name, "pipedrive": pipedrive, "spaces": spaces, "rules": rules}
        self.stack.load(document)
        self.change(keeps_webhooks=True, is_admin=True, user_id="1", next_check_at=now())
        wait_until(self.is_whole, WITHIN_S, "webhooks")

    def change(self, **columns: Any) -> None:
        tenant_id = self.tenant_id
        with self.stack.database.writing(tenant_id) as session:
            mine = update(Connection).where(Connection.tenant_id == tenant_id)
            session.execute(mine.values(columns))

    def act(self, what: Callable[..., Any]) -> None:
        tenant_id = self.tenant_id
        with self.stack.database.writing(tenant_id) as session:
            what(session, tenant_id)

    def row(self) -> Connection:
        tenant_id = self.tenant_id
        with self.stack.database.reading(tenant_id) as session:
            return session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()

    def credentials(self) -> Sequence[WebhookCredential]:
        mine = select(WebhookCredential).where(WebhookCredential.tenant_id == self.tenant_id)
        with self.stack.database.reading(self.tenant_id) as session:
            return session.scalars(mine.order_by(WebhookCredential.id)).all()

    def hooks(self) -> list[Webhook]:
        return list(self.company.subscriptions.all.values())

    def is_whole(self) -> bool:
        """One webhook for each entity, all with the newest credential, and no check running."""
        hooks, row = self.hooks(), self.row()
        newest = self.credentials()[-1].key if self.credentials() else ""
        return (
            sorted(each.entity for each in hooks) == sorted(WANTED)
            and {each.url for each in hooks} == {f"{self.stack.url}{DOOR}/{newest}"}
            and row.check_lease_until is None
            and row.next_check_at is not None
            and row.next_check_at > now()
        )

    def win(self, title: str) -> None:
        deal = self.company.do("create_deal", title=title)
        self.company.do("win_deal", id=deal["id"])

    def told(self) -> int:
        """How many changes of deals were reported in the space, singly or in a summary."""
        cards = self.customer.cards()
        return sum(
            told_by(card) for card in cards if card["cardsV2"][0]["card"]["header"]["title"] != BACK.title
        )


@pytest.fixture
def kept(stack: Stack) -> Kept:
    customer = new_customer(stack)
    company = stack.play.pipedrive.add_company(customer.company_id, customer.name)
    made = Kept(customer, company)
    made.connect()
    return made


def test_a_connected_tenant_hears_of_its_deals_without_anybody_doing_anything(kept: Kept) -> None:
    kept.win("First")

    kept.customer.wait_for_cards(1)
    assert {each.name for each in kept.hooks()} == {f"Pipenotify: {entity}" for entity in WANTED}
    assert {each.last_status for each in kept.hooks() if each.entity == "deal"} == {200}


def kept_ids(kept: Kept) -> set[int]:
    return {each.id for each in kept.hooks()}


def test_webhooks_that_vanish_come_back_and_the_team_needs_notice(kept: Kept, stack: Stack) -> None:
    other = Kept(new_customer(stack), stack.play.pipedrive.add_company(990_000 + kept.company.id, "Other"))
    other.customer.company_id = other.company.id
    other.connect()
    before = kept_ids(other)
    for hook in kept.hooks()[:3]:
        kept.company.subscriptions.remove(hook.id)
    kept.act(checks.check_now)

    wait_until(kept.is_whole, WITHIN_S, "the webhooks again")
    kept.win("After")
    (told, card) = kept.customer.wait_for_cards(2)
    titles = {each["cardsV2"][0]["card"]["header"]["title"] for each in (told, card)}
    assert titles == {BACK.title, "After"}
    assert kept_ids(other) == before
    assert other.customer.cards() == []


def test_credentials_are_rotated_under_load_and_every_change_needs_notice_once(kept: Kept) -> None:
    (old,) = kept.credentials()
    kept.act(checks.ask_to_rotate)
    won = 0
    while kept.row().rotates or won < 5:
        won += 1
        kept.win(f"Deal {won}")
        assert kept.stack.play.pipedrive.sender.settle(WITHIN_S)
    wait_until(kept.is_whole, WITHIN_S, "new webhooks")
    kept.win("The last")

    wait_until(lambda: kept.told() >= won + 1, WITHIN_S, f"{won + 1} wins told")
    assert kept.told() == won + 1
    before, after = kept.credentials()
    assert (before.key, after.expires_at) == (old.key, None)
    assert before.expires_at is not None
    assert kept.row().problem == ""


def test_who_leaves_has_no_webhook_left_and_no_token_that_works(kept: Kept) -> None:
    oauth = kept.stack.play.pipedrive.oauth
    grants = [one for one in oauth._refresh.values() if one.company_id == kept.company.id]
    assert grants
    kept.act(begin_disconnect)

    wait_until(lambda: kept.row().state == "revoked", WITHIN_S, "having left")
    assert kept.hooks() == []
    assert [one for one in oauth._refresh.values() if one.company_id == kept.company.id] == []
    assert list(kept.credentials()) == []
    assert kept.row().refresh_token is None
