"""A cache of names over a Pipedrive that knows some, and changes that contain names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from jobs.names.cache import NameCache, Pair
from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.change import Change
from models.pipedrive.names import Name, Names
from tests.changes import SIZE, told

STAGE, OWNER, ORGANIZATION = ("stage", "2"), ("user", "7"), ("organization", "42")
FIELD = ("deal_field", SIZE)


@dataclass
class Crm:
    """A Pipedrive that knows some names and notes what it is asked for."""

    knows: dict[Pair, Name] = field(default_factory=dict)
    asked: list[tuple[int, set[Pair], set[Pair]]] = field(default_factory=list)
    timeouts: set[float] = field(default_factory=set)

    def fetch(
        self, tenant_id: int, pairs: set[Pair], timeout_s: float, *, outdated: Collection[Pair] = ()
    ) -> Names:
        self.asked.append((tenant_id, set(pairs), set(outdated)))
        self.timeouts.add(timeout_s)
        return Names({pair: self.knows[pair] for pair in pairs if pair in self.knows})


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def names(database: Database, crm: Crm) -> NameCache:
    return NameCache(database, crm)


def deal_of(owner: int = 7, stage: int = 2) -> Change:
    return told("deal", "create", owner_id=owner, stage_id=stage, label_ids=[], custom_fields={})


def renamed(text: str, minute: int, **previous: str) -> Change:
    """The organization 42 under another name, changed so many minutes after noon."""
    change = told("organization", previous=previous or {"name": "Earlier"}, name=text)
    return replace(change, happened_at=datetime(2026, 11, 20, 12, minute, tzinfo=UTC))


def keep(database: Database, tenant_id: int, pair: Pair, name: Name) -> None:
    with database.writing_all() as session:
        remember(session, {(tenant_id, pair): name})
