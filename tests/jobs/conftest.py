"""Shared servers of the engine's tests: a Chat, a Redis; and a bench on each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from jobs.channels import ChatClients
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.queue import connect
from jobs.to_pipedrive.client import Pipedrive
from models.database.engine import Database
from models.security.vault import Vault
from models.settings import Settings
from models.tables import User
from tests.conftest import TwoTenants
from tests.crm import settings_for
from tests.engine import Bench, HandClock, no_limits, reset_chat, settings_with
from tests.jobs.alerts.sink_servers import SinkServers
from tests.jobs.caring import HERE, Household
from tests.jobs.channels.outside import bench_with
from tests.jobs.closing import close_clients
from tests.jobs.mail.server import MailServer
from tests.jobs.process.office import Office
from tests.models.rows import add
from web.playground.chat.server import FakeChat
from web.playground.pipedrive.server import FakePipedrive


@pytest.fixture(autouse=True)
def no_running_loop() -> Iterator[None]:
    """Hide the loop of a browser that an earlier test of this process opened: work here may run its own."""
    of_a_browser = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(of_a_browser)


@pytest.fixture(scope="session")
def shared_chat() -> Iterator[FakeChat]:
    with FakeChat(quota=no_limits()) as running:
        yield running


@pytest.fixture
def fake_chat(shared_chat: FakeChat) -> FakeChat:
    """An empty Chat without a quota until a test sets one."""
    reset_chat(shared_chat)
    return shared_chat


@pytest.fixture(scope="session")
def engine_settings(shared_chat: FakeChat, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_with(shared_chat, tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="session")
def clients(engine_settings: Settings) -> Iterator[ChatClients]:
    made = ChatClients.of(engine_settings)
    yield made
    close_clients(made)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    made = HandClock()
    monkeypatch.setattr("jobs.deliveries.deliver.now", made)
    monkeypatch.setattr("jobs.deliveries.send.now", made)
    monkeypatch.setattr("jobs.events.fan_out.now", made)
    return made


@pytest.fixture
def bench(  # noqa: PLR0917 - the parts of an engine
    database: Database,
    database_url: str,
    vault: Vault,
    engine_settings: Settings,
    clients: ChatClients,
    fake_chat: FakeChat,
    clock: HandClock,
) -> Iterator[Bench]:
    settings = engine_settings.model_copy(update={"database_url": database_url})
    made = Bench(database, vault, settings, clients, fake_chat, clock)
    yield made
    made.deliver.sender.loop.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.close()


@pytest.fixture
def sinks(tmp_path: Path) -> Iterator[SinkServers]:
    """A server for each sink of alerts."""
    made = SinkServers(tmp_path)
    yield made
    made.close()


@pytest.fixture
def mailing(bench: Bench, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An engine that sends mails, and what was refused to fallbacks, by the clock of the test."""
    monkeypatch.setattr("jobs.scheduled.fall_back.now", bench.clock)
    return bench_with(bench, smtp_url=mail_server.url, mail_from="app@example.com")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path_factory.mktemp("r"))
    server.ensure()
    yield server
    server.stop()


@pytest.fixture
def redis(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """An empty Redis: the embedded server itself."""
    client = connect(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def household(database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path) -> Iterator[Household]:
    """A tenant and a simulated Pipedrive with its company; nothing is connected yet."""
    with FakePipedrive(burst=None) as crm:
        settings = settings_for(crm.url, tmp_path, BASE_URL=HERE)
        pipedrive = Pipedrive(database, vault, settings)
        yield Household(database, vault, settings, crm, pipedrive, tenants.ours)
        pipedrive.close()


@pytest.fixture
def theirs(tenants: TwoTenants) -> int:
    return tenants.theirs


@pytest.fixture
def home(household: Household) -> Household:
    """A tenant that has just connected, with an admin known to Chat."""
    household.connect()
    add(
        household.database,
        User(tenant_id=household.tenant_id, email="a@x.test", role="admin", chat_name="users/1"),
    )
    return household


@pytest.fixture
def office(tmp_path: Path, fake_chat: FakeChat) -> Iterator[Office]:
    made = Office(tmp_path, fake_chat)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()
    made.database.close()
