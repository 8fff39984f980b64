"""A separate product for each fault test, because the test breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.channels import ChatClients
from models.clock import now
from models.database.engine import Database
from models.security.vault import Vault
from tests.conftest import KINDS
from tests.engine import Bench, HandClock, no_limits, settings_with
from tests.postgresql import Databases
from tests.stack import Stack
from web.playground.chat.server import FakeChat


@pytest.fixture
def sqlite_stack(tmp_path: Path) -> Iterator[Stack]:
    """Only the simulations and an empty SQLite database: each test starts what it breaks."""
    with Stack(tmp_path) as stack:
        stack.is_noisy = True
        yield stack


@pytest.fixture
def postgresql_stack(postgresql: Databases, tmp_path: Path) -> Iterator[Stack]:
    with postgresql.fresh() as url, Stack(tmp_path, url) as stack:
        stack.is_noisy = True
        yield stack


ON_BOTH = (KINDS[0], pytest.param(KINDS[1], marks=pytest.mark.long))


@pytest.fixture(params=ON_BOTH)
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.getfixturevalue(f"{request.param}_stack")
    return found


@pytest.fixture
def bench(database: Database, database_url: str, vault: Vault, tmp_path: Path) -> Iterator[Bench]:
    """One worker's engine within the test, in real time, with a Chat of its own."""
    with FakeChat(quota=no_limits()) as chat:
        settings = settings_with(chat, tmp_path, CHAT_SPACE_WRITES_PER_SECOND="50")
        settings = settings.model_copy(update={"database_url": database_url})
        clients = ChatClients.of(settings)
        made = Bench(database, vault, settings, clients, chat, HandClock(now()))
        yield made
        made.deliver.sender.loop.close()
