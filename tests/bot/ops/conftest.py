"""Ada runs the service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.accounts.operators import OPERATORS
from models.database.engine import Database
from tests.bot.ops.installation import FINDINGS
from tests.chat import ADA, Chat


@pytest.fixture
def operator(chat: Chat, database: Database) -> Chat:
    """Ada of Acme, who runs the service and is no user of Bolt."""
    database.carried[OPERATORS] = frozenset({ADA["email"]})
    return replace(chat, deps=replace(chat.deps, check=lambda: FINDINGS))
