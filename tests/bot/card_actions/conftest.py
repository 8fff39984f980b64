"""A delivered card of a deal in the space Deals, and Ada who has connected herself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery, PersonalConnection, User
from tests.chat import ADA, DEALS, Chat
from tests.models.acting import add_names, deliver
from tests.models.rows import add


@pytest.fixture
def card(database: Database, tenants: tuple[int, int]) -> Delivery:
    """The card of deal 7 in Acme's space Deals, where names of stages and people are known."""
    add_names(database, tenants[0])
    return deliver(database, tenants[0], space=DEALS["name"], event_type="deal.created")


def connect(database: Database, tenant_id: int, email: str, number: str = "1") -> None:
    with database.reading_all() as session:
        mine = (User.tenant_id == tenant_id, User.email == email)
        user = session.scalars(select(User).where(*mine)).one()
    add(database, PersonalConnection(tenant_id=tenant_id, user_id=user.id, pipedrive_user_id=number))


@pytest.fixture
def ada(database: Database, tenants: tuple[int, int], chat: Chat) -> Chat:
    """Ada, who has connected herself."""
    connect(database, tenants[0], ADA["email"])
    return chat
