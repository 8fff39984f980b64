"""Whom cards mention besides the owner: each once, and nobody of a restricted object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.database.engine import Database
from models.deliveries.claimed import ClaimedDelivery
from models.pipedrive.change import read
from models.recipients.mentioned import NOBODY_MENTIONED, MentionedPeople, mentioned_by
from models.tables import User
from tests.conftest import TwoTenants
from tests.engine import deal
from tests.models.rows import add

FIELDS = dict.fromkeys(ClaimedDelivery.__annotations__)


def delivery(tenant_id: int, mentions: str) -> ClaimedDelivery:
    known: dict[str, Any] = {"tenant_id": tenant_id, "mentions": mentions, "redacted_because": ""}
    return ClaimedDelivery(**{**FIELDS, **known})


@pytest.fixture
def team(database: Database, tenants: TwoTenants) -> int:
    for tenant_id in tenants:
        mine: dict[str, Any] = {"tenant_id": tenant_id, "role": "manager"}
        add(
            database,
            User(**mine, email="ada@acme.test", pipedrive_user_id="1", chat_name=f"users/1{tenant_id}"),
            User(**mine, email="ben@acme.test", pipedrive_user_id="2", display_name="Ben"),
        )
    return tenants.ours


def test_people_are_mentioned_once_and_who_is_not_met_is_named(database: Database, team: int) -> None:
    change = read(deal(1, owner_id=1))
    head = delivery(team, "person in owner\nmanager of the owner")
    with database.reading(team) as session:
        found = mentioned_by(session, head, change)
        assert found == MentionedPeople((f"users/1{team}",), ("Ben",))
        assert mentioned_by(session, replace(head, redacted_because="x"), change) == NOBODY_MENTIONED
        assert mentioned_by(session, head, None) == NOBODY_MENTIONED
    assert MentionedPeople.of([found, found]) == found
