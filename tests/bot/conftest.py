"""Fixtures of conversation tests: two tenants, and both dialects.

SQLite is enough for texts and cards; tests/web/from_chat/test_door.py has the conversation on both databases.
"""

from __future__ import annotations

import shutil
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot import lookup
from bot.context import BotDeps
from models.database.engine import Database
from models.security.audit import Auditor
from tests.bot.company import Company, found_company
from tests.chat import Chat, bot_deps, two_tenants
from tests.conftest import AUDIT_KEY


class Founded(NamedTuple):
    """A migrated SQLite file with Acme and Bolt in it, to copy, and the ids of the two."""

    file: Path
    tenants: tuple[int, int]


@pytest.fixture(scope="session")
def founded(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Founded:
    file = tmp_path_factory.mktemp("founded") / "founded.db"
    shutil.copyfile(migrated_sqlite, file)
    database = Database(f"sqlite:///{file}", Auditor(AUDIT_KEY))
    tenants = two_tenants(database)
    database.close()
    return Founded(file, tenants)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database: with Acme and Bolt for who requests `tenants`, else empty."""
    has_tenants = "tenants" in request.fixturenames
    of_it = request.getfixturevalue("founded").file if has_tenants else None
    shutil.copyfile(of_it or request.getfixturevalue("migrated_sqlite"), tmp_path / "pipenotify.db")
    return f"sqlite:///{tmp_path / 'pipenotify.db'}"


@pytest.fixture
def tenants(founded: Founded) -> tuple[int, int]:
    """Acme and Bolt."""
    return founded.tenants


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


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names whose nearest ones were looked for."""
    found: list[str] = []

    def compare(word: str, *args: Any, **more: Any) -> list[str]:
        found.append(word)
        return get_close_matches(word, *args, **more)

    monkeypatch.setattr(lookup, "get_close_matches", compare)
    return found
