"""The whole product in one process, with simulated Chat and Pipedrive and a clock that the test moves.

The parts are the real ones, wired as in production; only their threads are replaced by `settle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import time_machine
from sqlalchemy import update

from models.tables import PipedriveUser, User
from tests.customers import ADA, BEN, DOOR, PASSWORD
from tests.scenarios.acting.pressing import buttons, connect
from tests.scenarios.week.one_process import Product
from tests.scenarios.week.oracle import ACME, BOLT, QUIET, Wanted, Window
from tests.scenarios.week.script import DAN, PERSONS, PLACES, PRAGUE, ROOMS, Row
from tests.stack import free_port, the_vault
from web.playground.chat.store import StoredMessage, StoredSpace
from web.playground.people import Person
from web.playground.pipedrive.company import CrmCompany
from web.playground.play import REFRESH_TOKEN, Playground

BOLTS_COMPANY: Final = 22_222
USERS: Final = {"Ada": 1, "Ben": 2, "Una": 1}  # in Pipedrive
HOUR: Final = timedelta(hours=1)
STOPS: Final = (1, 6, 7, 8, 9, 11, 13, 14, 15, 22)  # when windows, mutes and digests end, and in between
SECOND: Final = timedelta(seconds=1)
QUIET_SECONDS: Final = 2  # without anything to do: then nothing will come by itself
REFUSED: Final = "You may not do this"


class World:
    """Two tenants at the beginning of the week; only `go_to` and `settle` let time pass."""

    def __init__(self, product: Product, clock: time_machine.Traveller) -> None:
        self.product, self.play, self._clock = product, product.play, clock
        self.bolt: CrmCompany = self.play.pipedrive.add_company(BOLTS_COMPANY, "Bolt")

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def go_to(self, at: datetime) -> None:
        """Let the time pass hour by hour, and the workers do what becomes due, at the hours of `STOPS`."""
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        while (hour := hour + HOUR) < at:
            if hour.astimezone(PRAGUE).hour in STOPS:
                self._clock.move_to(hour)
                self.settle()
        if self.now < at:
            self._clock.move_to(at)
            self.settle()

    def settle(self) -> None:
        """Let everybody work until nothing is to do, second by second where Chat's limit makes them wait."""
        self.play.pipedrive.sender.settle()
        self.product.run_jobs()
        idle = 0 if self.product.work() else QUIET_SECONDS
        while idle < QUIET_SECONDS:
            self._clock.shift(SECOND)
            idle = 0 if self.product.work() else idle + 1

    def act(self, row: Row) -> dict[str, Any] | None:
        """Do what a row says; return what the app answered, if it was spoken to."""
        verb, _, rest = row.what.partition(" ")
        if verb == "in":
            place, _, said = rest.partition(": ")
            text = said if place == "ben" else f"/pipenotify {said}"
            return self.play.say(PLACES[place], PERSONS[row.who], text)
        if verb == "press":
            return self._press(row.who, rest)
        self._in_pipedrive(row, verb, rest)
        return None

    def _in_pipedrive(self, row: Row, verb: str, rest: str) -> None:
        title, _, value = rest.rpartition(" ")
        match verb:
            case "new":
                self._do(row, "create_deal", title=title, value=int(value))
            case "private":
                self._do(row, "create_deal", title=title, value=int(value), visible_to="1")
            case "burst":
                count, _, title = title.partition(" ")
                for number in range(1, int(count) + 1):
                    self._do(row, "create_deal", title=f"{title} {number}", value=int(value))
            case "move":
                self._do(row, "move_deal", id=self.deal(rest, row)["id"], stage_id=2)
            case "won":
                self._do(row, "win_deal", id=self.deal(rest, row)["id"])
            case "lost":
                self._do(row, "lose_deal", id=self.deal(rest, row)["id"])
            case "call":
                self._do(row, "create_activity", subject=rest)

    def _do(self, row: Row, action: str, **arguments: Any) -> None:
        crm = self.play.pipedrive if row.of_acme else self.bolt
        crm.do(action, user_id=USERS[row.who], **arguments)

    def deal(self, title: str, row: Row | None = None) -> Mapping[str, Any]:
        crm = self.bolt if row is not None and not row.of_acme else self.play.pipedrive
        return next(each for each in crm.store.all("deal") if each["title"] == title)

    def _press(self, who: str, rest: str) -> dict[str, Any]:
        """Press a button of the newest card that has it; a dialog is filled and saved."""
        do, _, where = rest.partition(" in ")
        place, _, title = where.partition(": ")
        card = next(each for each in reversed(self.cards(place)) if title in str(each.content))
        parameters = buttons(card.content)[do]
        answered = self.play.click(PLACES[place], PERSONS[who], card.name, parameters)
        if answered["kind"] != "dialog":
            return answered
        save = buttons(answered["dialog"])["card.move"]
        return self.play.submit_dialog(PERSONS[who], save, {"stage": "3"})

    def cards(self, place: str) -> list[StoredMessage]:
        """What the app sent to a place of its own accord, oldest first."""
        return [each for each in self.play.chat.store.messages(PLACES[place]) if each.client_id]


def _document(name: str, place_rules: tuple[Wanted, ...], **more: Any) -> dict[str, Any]:
    rules = [
        {
            "name": rule.name,
            "on": list(rule.on),
            "to": [PLACES[to] if to != "ben" else "ben@example.com" for to in rule.to],
            "urgent": rule.urgent,
            "thread": rule.thread,
            **(
                {"when": {"field": "value", "op": "at_least", "value": rule.at_least}}
                if rule.at_least
                else {}
            ),
        }
        for rule in place_rules
    ]
    return {"tenant": name, "rules": rules, **more}


def _condition(rule: Wanted) -> dict[str, Any]:
    if not rule.at_least:
        return {}
    return {"when": {"field": "value", "op": "at_least", "value": rule.at_least}}


def _quiet(window: Window, **scope: str) -> dict[str, Any]:
    hours = {"from": f"{window.starts:%H:%M}", "until": f"{window.ends:%H:%M}", "days": list(window.by_day)}
    return {**scope, **hours, "timezone": window.zone.key, "let_urgent_through": window.urgent_passes}


def _documents(company: int) -> list[dict[str, Any]]:
    people = {"ada": "admin", "ben": "sales_rep", "cora": "viewer", "dan": "manager"}
    webhook = {"user": "pd", "password": PASSWORD}
    connection = {"refresh_token": REFRESH_TOKEN, "api_domain": "https://acme.pipedrive.com"}
    acme = _document(
        "Acme",
        ACME,
        timezone="Europe/Prague",
        pipedrive={
            "company_id": company,
            "domain": "acme.pipedrive.com",
            "webhook": webhook | {"key": "acme"},
            "connection": connection,
        },
        users=[{"email": f"{name}@example.com", "role": role} for name, role in people.items()],
        spaces=[{"name": PLACES[place], "title": place} for place in (*ROOMS, "board")],
        quiet_hours=[
            _quiet(QUIET["acme"], scope="tenant"),
            _quiet(QUIET["ben"], scope="user", user="ben@example.com"),
        ],
    )
    bolt = _document(
        "Bolt",
        BOLT,
        timezone="America/New_York",
        pipedrive={
            "company_id": BOLTS_COMPANY,
            "domain": "bolt.pipedrive.com",
            "webhook": webhook | {"key": "bolt"},
        },
        spaces=[{"name": PLACES["north"], "title": "north"}],
        quiet_hours=[_quiet(QUIET["bolt"], scope="tenant")],
    )
    return [acme, bolt]


@contextmanager
def new_world(folder: Path, database_url: str, at: datetime) -> Iterator[World]:
    """A world on a migrated, empty database, at a moment. Its servers end with it."""
    port = free_port()
    with (
        time_machine.travel(at, tick=False) as clock,
        Playground(f"http://127.0.0.1:{port}/chat/events") as play,
    ):
        world = World(Product(play, folder, database_url, port), clock)
        _people_it(world)
        with world.product.served():
            yield world


def _people_it(world: World) -> None:
    """Load both tenants; tell who is at Pipedrive, and who has connected."""
    store = world.play.chat.store
    store.add_person(Person(DAN, "Dan Novak", "dan@example.com"))
    store.add_space(StoredSpace("spaces/DM1005", direct=True, members={DAN}))
    for place in ("board", "north"):
        store.add_space(StoredSpace(PLACES[place], place, members=set(PERSONS.values())))
    for room in ROOMS.values():
        store.spaces[room].members.add(DAN)
    crm, database = world.play.pipedrive, world.product.engine.database
    world.product.load(_documents(crm.store.company.id))
    with database.writing_all() as session:
        for number, name in enumerate(("ada", "ben"), 1):
            session.add(PipedriveUser(tenant_id=1, pipedrive_id=str(number)))
            known = update(User).where(User.email == f"{name}@example.com")
            session.execute(known.values(pipedrive_user_id=str(number)))
    for person in (ADA, BEN):
        connect(database, the_vault(), crm, "Acme", person)
    origin = world.product.origin
    crm.register(f"{origin}{DOOR}/acme", "pd", PASSWORD)
    world.bolt.register(f"{origin}{DOOR}/bolt", "pd", PASSWORD)
