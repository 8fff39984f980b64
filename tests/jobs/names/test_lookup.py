"""Names are looked up once, within a timeout, and no error of Pipedrive becomes ours."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from jobs.names.lookup import NameLookup
from jobs.to_pipedrive.client import Pipedrive
from models.connections.api_usage import lift_limit
from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.change import read
from models.pipedrive.name_refs import outdated, refs_in
from models.pipedrive.names import Name
from models.security.vault import Vault
from models.tables.connections import Connection
from tests.clock import Clock
from tests.conftest import TwoTenants
from tests.crm import connect, kept_names, new_tenant, settings_for
from web.playground.faults import Fault
from web.playground.pipedrive.records import CustomField
from web.playground.pipedrive.server import FakePipedrive

TIMEOUT_S = 5.0  # generous: what is tested is never how fast this machine is
STAGE, PERSON = ("stage", "1"), ("person", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake_pipedrive() -> Iterator[FakePipedrive]:
    with FakePipedrive(burst=None) as pipedrive:
        yield pipedrive


@pytest.fixture
def look_up(
    database: Database,
    vault: Vault,
    tenants: TwoTenants,
    fake_pipedrive: FakePipedrive,
    clock: Clock,
    tmp_path: Path,
) -> Iterator[NameLookup]:
    """Look-ups of two connected tenants."""
    for tenant_id in tenants:
        connect(database, vault, tenant_id, fake_pipedrive.oauth.grant(1)["refresh_token"])
    settings = settings_for(fake_pipedrive.url, tmp_path)
    made = NameLookup(database, Pipedrive(database, vault, settings), clock=clock)
    yield made
    _land(made)
    made._pipedrive.close()


def _land(look_up: NameLookup) -> None:
    """Wait until no look-up is running: its thread must not outlive the database of the test."""
    for flight in list(look_up._flights.values()):
        assert flight.done.wait(15)


def asked(fake_pipedrive: FakePipedrive) -> list[str]:
    """The reads so far, without those for tokens."""
    return [path for method, path, _ in fake_pipedrive.requests if method == "GET"]


def test_a_cold_deal_gets_all_its_names(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    field = fake_pipedrive.store.custom_fields["deal"][0]
    body = {
        "data": fake_pipedrive.store.get("deal", 1)
        | {"label_ids": [41], "custom_fields": {field.code: {"type": "enum", "id": 3}}},
        "previous": {"stage_id": 1},
        "meta": {"entity": "deal", "action": "change", "entity_id": "1", "user_id": "2"},
    }
    change = read(body)
    assert change is not None
    names = look_up.fetch(tenants.ours, refs_in(change), TIMEOUT_S)

    assert refs_in(change) - names.keys() == set()
    assert names.text("stage", 2) == "Contact made"
    assert names["stage", "1"].more == {"pipeline_id": "1", "order": 1}
    assert names.text("user", 2) == "Ben Okafor"
    assert names.text("organization", 1) == "Globex"
    assert names.text("person", 1) == "Grace Hopper"
    assert names.text("deal_label", 41) == "Hot"
    assert names["deal_field", field.code].more["options"]["3"] == "High"


def test_what_was_asked_once_is_kept_for_this_tenant_alone(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, database: Database
) -> None:
    look_up.fetch(tenants.ours, {STAGE, PERSON}, TIMEOUT_S)
    again = look_up.fetch(tenants.ours, {STAGE, PERSON}, TIMEOUT_S)

    assert again == {STAGE: Name("Qualified", {"pipeline_id": "1", "order": 1}), PERSON: Name("Grace Hopper")}
    assert len(asked(fake_pipedrive)) == 2
    assert len(kept_names(database, tenants.ours).of("stage")) == 8
    assert kept_names(database, tenants.theirs) == {}


def test_only_what_is_unknown_is_asked_for(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, database: Database
) -> None:
    known, other = Name("Known already"), ("person", "2")
    with database.writing(tenants.ours) as session:
        remember(session, {(tenants.ours, PERSON): known})
    names = look_up.fetch(tenants.ours, {PERSON, other}, TIMEOUT_S)

    assert names == {PERSON: known, other: Name("Linus Pauling")}
    assert asked(fake_pipedrive) == ["/api/v2/persons/2"]


def test_what_pipedrive_does_not_know_is_not_asked_again_for_a_minute(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, clock: Clock
) -> None:
    wanted = {("person", "999"), ("user", "999")}
    counts = []
    for moment in (0, 59, 1, 100, 20):
        clock.at += moment
        assert wanted.isdisjoint(look_up.fetch(tenants.ours, wanted, TIMEOUT_S))
        counts.append(len(asked(fake_pipedrive)))

    assert counts == [2, 2, 4, 4, 6]  # after 60 s, then after 120 s


@pytest.mark.parametrize(
    "pair", [("invented", "1"), ("person", "1 or 1=1"), ("person", "²"), ("deal", "-1"), ("organization", "")]
)
def test_what_no_question_answers_is_not_asked(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, pair: tuple[str, str]
) -> None:
    assert look_up.fetch(tenants.ours, {pair}, TIMEOUT_S) == {}
    assert fake_pipedrive.requests == []


def test_a_new_option_is_asked_for_although_its_field_is_known(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, clock: Clock
) -> None:
    fields = fake_pipedrive.store.custom_fields["deal"]
    pair = ("deal_field", fields[0].code)
    names = look_up.fetch(tenants.ours, {pair}, TIMEOUT_S)
    fields[0] = CustomField("Priority", "enum", ((1, "Low"), (9, "Urgent")))
    body = {"data": {"id": 1, "custom_fields": {pair[1]: {"type": "enum", "id": 9}}}, "previous": None}
    change = read({**body, "meta": {"entity": "deal", "action": "create", "entity_id": "1"}})
    assert change is not None
    assert outdated(change, names) == {pair}
    clock.at += 60
    names = look_up.fetch(tenants.ours, {pair}, TIMEOUT_S, outdated=outdated(change, names))

    assert names[pair].more["options"] == {"1": "Low", "9": "Urgent"}


def test_many_who_ask_at_once_make_one_question(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(where="stages", delay=0.3))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: look_up.fetch(tenants.ours, {STAGE}, TIMEOUT_S), range(8)))

    assert all(names.text(*STAGE) == "Qualified" for names in found)
    assert asked(fake_pipedrive) == ["/api/v2/stages"]


def test_a_slow_pipedrive_costs_one_timeout_and_is_stored_when_it_answers(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, database: Database
) -> None:
    fake_pipedrive.faults.order(Fault(where="persons", delay=2.5))
    start = time.monotonic()
    first = look_up.fetch(tenants.ours, {STAGE, PERSON}, 0.8)
    waited = time.monotonic() - start
    for _ in range(20):
        look_up.fetch(tenants.ours, {PERSON}, 0.8)
    waited_again = time.monotonic() - start - waited
    _land(look_up)

    assert first.text(*STAGE) == "Qualified"
    assert PERSON not in first
    assert waited < 2.3
    assert waited_again < 8  # to wait each time would take 16
    assert kept_names(database, tenants.ours).text(*PERSON) == "Grace Hopper"


def test_a_pipedrive_that_is_away_for_all_does_not_cost_every_tenant_a_timeout(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    connect(database, vault, third := new_tenant(database), fake_pipedrive.oauth.grant(1)["refresh_token"])
    fake_pipedrive.faults.order(Fault(times=3, where="oauth", delay=3.0))
    for tenant_id in tenants:
        look_up.fetch(tenant_id, {STAGE}, 0.3)
    start = time.monotonic()
    look_up.fetch(third, {STAGE}, 10.0)

    assert time.monotonic() - start < 2.8


@pytest.mark.parametrize(
    ("fault", "rest"),
    [
        ({"status": 500}, 30),
        ({"drop": True}, 30),
        ({"status": 429, "headers": {"Retry-After": "45"}}, 45),
        ({"status": 403, "headers": {"Content-Type": "text/html"}}, 60),
    ],
    ids=["500", "cut", "429", "guard"],
)
def test_after_an_error_the_tenant_cools_down(
    look_up: NameLookup,
    fake_pipedrive: FakePipedrive,
    tenants: TwoTenants,
    clock: Clock,
    fault: dict[str, Any],
    rest: int,
) -> None:
    fake_pipedrive.faults.order(Fault(where="stages", **fault))
    with capture_logs() as logs:
        assert look_up.fetch(tenants.ours, {STAGE}, TIMEOUT_S) == {}
        clock.at += rest - 1
        assert look_up.fetch(tenants.ours, {STAGE, ("pipeline", "1")}, TIMEOUT_S) == {}
    assert asked(fake_pipedrive).count("/api/v2/stages") == 1
    assert [log["tenant_id"] for log in logs if log["event"] == "names.not_answered"] == [tenants.ours]
    assert look_up.fetch(tenants.theirs, {STAGE}, TIMEOUT_S).text(*STAGE) == "Qualified"
    clock.at += 1
    with look_up._database.writing(tenants.ours) as session:
        lift_limit(session, tenants.ours)  # the hold in the database uses the real clock
    assert look_up.fetch(tenants.ours, {STAGE}, TIMEOUT_S).text(*STAGE) == "Qualified"


def test_a_kind_that_may_not_be_read_does_not_stop_the_others(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(where="stages", status=403))
    for _ in range(2):
        assert look_up.fetch(tenants.ours, {STAGE, PERSON}, TIMEOUT_S) == {PERSON: Name("Grace Hopper")}
    assert asked(fake_pipedrive).count("/api/v2/stages") == 1


def test_a_token_that_died_is_replaced_on_the_way(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    look_up.fetch(tenants.ours, {STAGE}, TIMEOUT_S)
    fake_pipedrive.oauth.forget_access()
    assert look_up.fetch(tenants.ours, {PERSON}, TIMEOUT_S) == {PERSON: Name("Grace Hopper")}


def test_a_tenant_without_a_connection_waits_for_nothing(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, database: Database
) -> None:
    assert look_up.fetch(new_tenant(database), {STAGE}, 600.0) == {}
    assert fake_pipedrive.requests == []


def test_an_ended_connection_is_logged_once_without_secrets(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, database: Database
) -> None:
    fake_pipedrive.oauth.uninstall()
    with capture_logs() as logs:
        for _ in range(5):
            assert look_up.fetch(tenants.ours, {STAGE, PERSON}, TIMEOUT_S) == {}

    assert [log["error"] for log in logs] == ["NeedsReauth"]
    assert "secret" not in str(logs)
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Connection.state)).all() == ["needs_reauth"]


def test_nobody_at_the_other_end_is_no_error(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    fake_pipedrive.close()
    assert look_up.fetch(tenants.ours, {STAGE}, TIMEOUT_S) == {}


def test_a_record_that_refuses_is_no_error(vault: Vault, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    made = NameLookup(empty, Pipedrive(empty, vault, settings_for("http://127.0.0.1:9", tmp_path)))
    with capture_logs() as logs:
        assert made.fetch(1, {STAGE}, TIMEOUT_S) == {}
    assert [log["event"] for log in logs] == ["names.unavailable"]
    empty.close()


def test_hostile_names_are_kept_as_text(
    look_up: NameLookup, fake_pipedrive: FakePipedrive, tenants: TwoTenants, database: Database
) -> None:
    fake_pipedrive.store.records["person"]["1"]["name"] = "<users/all>'; DROP TABLE names; --\0" + "x" * 600
    names = look_up.fetch(tenants.ours, {PERSON}, TIMEOUT_S)

    assert kept_names(database, tenants.ours) == names
    assert names[PERSON].text.startswith("<users/all>'; DROP TABLE names; --x")
    assert len(names[PERSON].text) <= 500
