"""Fixtures of conversation tests: two tenants, and both dialects.

SQLite is enough for texts and cards; tests/web/from_chat/test_door.py has the conversation on both databases.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.context import BotDeps
from models.database.engine import Database
from tests.bot.company import Company, found_company
from tests.chat import Chat, bot_deps, two_tenants


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copyfile(migrated_sqlite, tmp_path / "pipenotify.db")
    return f"sqlite:///{tmp_path / 'pipenotify.db'}"


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    """Acme and Bolt."""
    return two_tenants(database)


@pytest.fixture
def deps(database: Database, tenants: tuple[int, int]) -> BotDeps:
    return bot_deps(database)


@pytest.fixture(params=["classic", "addon"])
def chat(request: pytest.FixtureRequest, deps: BotDeps) -> Chat:
    """Ada of Acme in the space Deals."""
    return Chat(deps, request.param)


@pytest.fixture
def company(deps: BotDeps, tenants: tuple[int, int]) -> Company:
    """Cleo of Acme in the space Deals; what she may do is for the test to say (`take_role`)."""
    return found_company(deps, tenants)
