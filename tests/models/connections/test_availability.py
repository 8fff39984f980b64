"""The state of Pipedrive in /health comes from the database: last answers, state of connections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.clock import now
from models.connections.availability import ANSWERED, SILENT, is_degraded
from models.database.engine import Database
from models.security.vault import Vault
from models.tables import Heartbeat
from tests.conftest import TwoTenants
from tests.crm import connect
from tests.models.rows import add

AT = now()
MINUTE = timedelta(minutes=1)


def degraded(database: Database) -> bool:
    with database.reading_all() as session:
        return is_degraded(session, AT)


@pytest.mark.parametrize(
    ("beats", "is_bad"),
    [
        ({}, False),
        ({ANSWERED: AT - MINUTE}, False),
        ({SILENT: AT - MINUTE}, True),
        ({SILENT: AT - MINUTE, ANSWERED: AT - 2 * MINUTE}, True),
        ({SILENT: AT - 2 * MINUTE, ANSWERED: AT - MINUTE}, False),
        ({SILENT: AT - 11 * MINUTE}, False),
    ],
    ids=["never-asked", "answers", "silent", "fell-silent", "answers-again", "long-ago"],
)
def test_the_last_answer_counts(database: Database, beats: dict[str, datetime], is_bad: bool) -> None:
    add(database, *(Heartbeat(part=part, at=at) for part, at in beats.items()))

    assert degraded(database) is is_bad


@pytest.mark.parametrize(
    ("ours", "theirs", "is_bad"),
    [
        ({}, {}, False),
        ({"check_failures": 2}, {}, True),
        ({"state": "needs_reauth"}, {"state": "revoked"}, True),
        ({"state": "leaving", "check_failures": 3}, {}, False),
    ],
    ids=["well", "half", "all-that-live", "leaving"],
)
def test_connections_in_trouble_count_from_half_of_them_on(
    database: Database,
    vault: Vault,
    tenants: TwoTenants,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    is_bad: bool,
) -> None:
    connect(database, vault, tenants.ours, "refresh", **ours)
    connect(database, vault, tenants.theirs, "refresh", **theirs)

    assert degraded(database) is is_bad
