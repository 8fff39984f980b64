"""A tenant with a simulated Pipedrive, people who have connected themselves, and the worker that writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from jobs.card_actions.write import CardActionWriter
from models.accounts.actor import Actor
from models.card_actions.actions import PressOutcome, record_press
from models.clock import now
from models.database.engine import Database
from models.tables import CardAction, Delivery
from tests.jobs.caring import Household
from tests.models.acting import actions_of, add_person, deliver, later, notices_to, press_on


@dataclass
class Acting:
    """Ada and Ben, the card of a deal that both see, and the worker."""

    home: Household
    writer: CardActionWriter
    ada: Actor
    ben: Actor
    card: Delivery

    @property
    def database(self) -> Database:
        return self.home.database

    @property
    def tenant_id(self) -> int:
        return self.home.tenant_id

    def press(self, actor: Actor, do: str = "deal.won", number: int | str = 1, **more: Any) -> PressOutcome:
        with self.database.writing(self.tenant_id) as session:
            press = press_on(self.card, do, object_id=str(number), **more)
            return record_press(session, actor, press).outcome

    def press_at_once(self, do: str = "deal.won", **more: Any) -> None:
        """Both press in the same moment: neither has seen the other's press."""
        self.press(self.ada, do, **more)
        with self.database.writing(self.tenant_id) as session:
            mine = CardAction.tenant_id == self.tenant_id
            session.execute(update(CardAction).where(mine).values(state="replaced"))
        self.press(self.ben, do, **more)
        with self.database.writing(self.tenant_id) as session:
            theirs = (CardAction.tenant_id == self.tenant_id, CardAction.state == "replaced")
            session.execute(update(CardAction).where(*theirs).values(state="pending"))

    def work(self) -> int:
        """Write all that is due; return how many steps did something."""
        steps = 0
        while self.writer.step():
            steps += 1
        return steps

    def make_due(self) -> None:
        """Let the time pass until what waits may be tried again, and leases have run out."""
        with self.database.writing(self.tenant_id) as session:
            mine = CardAction.tenant_id == self.tenant_id
            past = {"next_attempt_at": later(-1), "lease_until": later(-1)}
            session.execute(update(CardAction).where(mine).values(past))

    def deal(self, number: int = 1) -> Mapping[str, Any]:
        return self.home.crm.store.get("deal", number)

    def writes(self, method: str = "PATCH", path: str = "/api/v2/deals/1") -> int:
        return self.home.asked(method, path)

    def states(self) -> list[str]:
        return [each.state for each in actions_of(self.database, self.tenant_id)]

    def told(self) -> list[tuple[str, str]]:
        return [(each["title"], each["words"]) for each in notices_to(self.database, self.tenant_id)]


@pytest.fixture
def acting(household: Household) -> Acting:
    household.connect(domain="acme.pipedrive.com")
    people = []
    for name, number in (("Ada", 1), ("Ben", 2)):
        token = household.crm.oauth.grant(number)["refresh_token"]
        people.append(
            add_person(
                household.database,
                household.tenant_id,
                name,
                number,
                vault=household.vault,
                refresh_token=token,
            )
        )
    card = deliver(household.database, household.tenant_id)
    assert now() > card.created_at
    writer = CardActionWriter(household.database, household.pipedrive)
    return Acting(household, writer, people[0], people[1], card)
