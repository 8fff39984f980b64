"""Ada, an admin, and Ben, both users of Acme's Pipedrive; Ada's Chat."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.context import BotDeps
from models.database.engine import Database
from models.tables import User
from tests.chat import ADA, DEALS, Chat
from tests.models.leads.known import add_users


@pytest.fixture
def ada(deps: BotDeps, database: Database, tenants: tuple[int, int]) -> Chat:
    add_users(database, tenants[0], 1)
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="1"))
    return Chat(deps, "classic", ADA, DEALS)
