"""Ada, who has connected her own Pipedrive, and three leads of Acme."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.context import BotDeps
from models.database.engine import Database
from models.tables import KnownName, PipedriveUser, User
from tests.bot.card_actions.conftest import connect
from tests.chat import ADA, DEALS, Chat
from tests.models.leads.known import add_users, hear
from tests.models.rows import add


@pytest.fixture
def ada(deps: BotDeps, database: Database, tenants: tuple[int, int]) -> Chat:
    connect(database, tenants[0], ADA["email"], "1")
    add_users(database, tenants[0], 1, 2)
    for key, name in (("1", "Ada Lovelace"), ("2", "Ben Okafor")):
        add(database, KnownName(tenant_id=tenants[0], kind="user", key=key, text=name))
    with database.writing(tenants[0]) as session:
        for user in session.query(PipedriveUser).all():
            user.name = {"1": "Ada Lovelace", "2": "Ben Okafor"}[user.pipedrive_id]
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="1"))
    hear(database, tenants[0], 1, title="Globex fair", owner_id=2, source_name="Web form")
    hear(database, tenants[0], 2, title="Acme call", owner_id=1)
    hear(database, tenants[0], 3, title="Initech", owner_id=9)
    return Chat(deps, "classic", ADA, DEALS)
