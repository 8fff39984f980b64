"""What a day of events costs two companies at Pipedrive: next to nothing, and never more than a tenth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from jobs.card_actions.write import CardActionWriter
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.recent_changes import RecentChanges
from jobs.events.fan_out import FanOut
from jobs.names.cache import NameCache
from jobs.names.lookup import NameLookup
from jobs.to_pipedrive.api_quota import BACKGROUND_SHARE, TOKENS_A_USER
from jobs.to_pipedrive.client import Pipedrive
from models.card_actions.actions import record_press
from models.clock import now
from models.connections import api_usage
from tests.conftest import TwoTenants
from tests.crm import connect, settings_for
from tests.engine import OTHER_SPACE, SPACE, Bench, link
from tests.models.acting import actions_of, add_person, deliver, press_on
from tests.models.leads.known import add_users
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.store import ApiUser

MOST_AN_EVENT: Final = 0.2
ARCHIVE: Final = 1500  # deals, persons and organizations that were there before Pipenotify
CURRENT: Final = 80  # of them that people still work with
FROM_ARCHIVE: Final = 0.05
ALL: Final = ("deal.*", "person.*", "activity.*", "lead.*", "organization.*")


@dataclass
class Busy:
    """A company whose people work in Pipedrive. `bodies` are the webhooks since they were last taken."""

    company: CrmCompany
    random: Random
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        hook = self.company.register("https://pipenotify.example.com/hook")
        self.company.store.listeners.clear()  # nothing is sent: the test carries the bodies
        self.company.store.listeners.append(
            lambda change: self.bodies.append(self.company.subscriptions.body(hook, change))
        )
        for number in range(ARCHIVE):
            self._create("organization", quiet=True, name=f"Organization {number}")
            self._create("person", quiet=True, name=f"Person {number}", org_id=number + 1)
            self._create("deal", quiet=True, title=f"Deal {number}", person_id=number + 1, org_id=number + 1)

    def work(self, events: int) -> list[dict[str, Any]]:
        """Let people work until there are so many webhooks; return their bodies."""
        deeds = (self._change_deal, self._new_deal, self._new_person, self._plan, self._new_lead)
        while len(self.bodies) < events:
            self.random.choices(deeds, (50, 12, 8, 22, 8))[0]()
        taken, self.bodies = self.bodies[:events], self.bodies[events:]
        return taken

    def _change_deal(self) -> None:
        store, deal = self.company.store, self._pick("deal")
        stage = self.random.choice(store.stages(deal["pipeline_id"]))
        value = self.random.randint(1, 10**6)
        owner = self.random.choice(store.all("user"))["id"]
        fields = self.random.choice(({"stage_id": stage["id"]}, {"value": value}, {"owner_id": owner}))
        store.change("deal", deal["id"], fields, self._actor())

    def _new_deal(self) -> None:
        person, organization = self._pick("person")["id"], self._pick("organization")["id"]
        self._create("deal", title="New deal", value=500, person_id=person, org_id=organization)

    def _new_person(self) -> None:
        self._create("person", name="New person", org_id=self._pick("organization")["id"])

    def _plan(self) -> None:
        deal = self._pick("deal")
        self._create("activity", subject="Call", type="call", deal_id=deal["id"], person_id=deal["person_id"])

    def _new_lead(self) -> None:
        self._create("lead", title="Inbound", person_id=self._pick("person")["id"])

    def _pick(self, entity: str) -> dict[str, Any]:
        """Return a record that people work with; now and then one of the archive that nobody has heard of."""
        records = self.company.store.all(entity)
        archive, current = records[:ARCHIVE], [*records[:CURRENT], *records[ARCHIVE:]]
        return dict(self.random.choice(archive if self.random.random() < FROM_ARCHIVE else current))

    def _create(self, entity: str, *, quiet: bool = False, **fields: Any) -> None:
        self.company.store.create(entity, fields, self._actor(), quiet=quiet)

    def _actor(self) -> ApiUser:
        return ApiUser(self.random.choice(self.company.store.all("user"))["id"])


@dataclass
class Office:
    """Two companies of one Pipedrive, and the engine that shows what they do."""

    crm: FakePipedrive
    bench: Bench
    pipedrive: Pipedrive
    names: NameLookup
    busy: dict[int, Busy]

    def carry(self, events: int, at_once: int = 20) -> None:
        """Let both companies work, and send the cards."""
        for _ in range(0, events, at_once):
            for tenant_id, busy in self.busy.items():
                self.bench.receive(tenant_id, *busy.work(at_once))
            self.bench.spread()
            self.bench.send_all(seconds=3600, step=5.0)
            self.bench.clock.advance(30)

    def spent(self) -> dict[int, int]:
        return {tenant_id: busy.company.budget.spent for tenant_id, busy in self.busy.items()}


@pytest.fixture
def office(bench: Bench, tenants: TwoTenants, tmp_path: Path) -> Iterator[Office]:
    with FakePipedrive(burst=None) as crm:
        settings = settings_for(crm.url, tmp_path)
        pipedrive = Pipedrive(bench.database, bench.vault, settings)
        lookup = NameLookup(bench.database, pipedrive)
        names = NameCache(bench.database, lookup)
        recent = RecentChanges()
        bench.fan_out = FanOut(bench.database, names, bench.rulesets, recent)
        preparation = Preparation(bench.database, names, bench.rulesets, recent)
        bench.deliver = Deliver(bench.settings, bench.database, bench.vault, preparation, bench.clients)
        busy = {}
        for number, (tenant_id, space) in enumerate(zip(tenants, (SPACE, OTHER_SPACE), strict=True), 1):
            company = crm.add_company(
                number, f"Company {number}", people=[("Ada", "a@x.test"), ("Ben", "b@x.test")]
            )
            refresh = crm.oauth.grant(1, company_id=number)["refresh_token"]
            connect(bench.database, bench.vault, tenant_id, refresh, user_id="1", company_id=str(number))
            link(bench.database, tenant_id, space, on=ALL)
            busy[tenant_id] = Busy(company, Random(number))
        yield Office(crm, bench, pipedrive, lookup, busy)
        for flight in list(lookup._flights.values()):
            assert flight.done.wait(15)
        bench.deliver.sender.loop.close()
        pipedrive.close()


@pytest.mark.long
def test_once_names_are_known_an_event_costs_a_fifth_of_a_token_at_most(office: Office) -> None:
    office.carry(400)
    before, events = office.spent(), 1500
    office.carry(events)

    for tenant_id, spent in office.spent().items():
        cost = (spent - before[tenant_id]) / events
        calls = office.busy[tenant_id].company.budget.calls
        assert cost <= MOST_AN_EVENT, f"{cost:.3f} tokens an event: {calls[-40:]}"
        assert 0 < spent < BACKGROUND_SHARE * TOKENS_A_USER


def test_reading_in_the_background_stops_at_a_tenth_of_a_day_and_presses_go_on(
    office: Office, tenants: TwoTenants
) -> None:
    """A company of two people has twice 30,000 tokens a day at least, whatever part of them we may use."""
    database, tenth = office.bench.database, int(BACKGROUND_SHARE * TOKENS_A_USER * 2)
    for tenant_id, used in ((tenants.ours, tenth), (tenants.theirs, 0)):
        add_users(database, tenant_id, 1, 2)
        with database.writing(tenant_id) as session:
            api_usage.spend(session, tenant_id, now().date(), used)
    crm = office.busy[tenants.ours].company
    token = office.crm.oauth.grant(2, company_id=crm.id)["refresh_token"]
    ben = add_person(database, tenants.ours, "Ben", 2, vault=office.bench.vault, refresh_token=token)
    office.carry(20)

    assert (office.spent()[tenants.ours], office.spent()[tenants.theirs] > 0) == (0, True)
    assert {each.state for each in office.bench.deliveries(tenants.ours)} == {"delivered"}

    card, deal = deliver(database, tenants.ours), crm.store.all("deal")[0]
    with database.writing(tenants.ours) as session:
        record_press(session, ben, press_on(card, "deal.won", object_id=str(deal["id"])))
    assert CardActionWriter(database, office.pipedrive).step()
    assert [each.state for each in actions_of(database, tenants.ours)] == ["done"]
    assert crm.store.get("deal", deal["id"])["status"] == "won"
