"""Attempts that were not allowed are in the trail, once a minute, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest

from models.accounts import denials
from models.accounts.actor import Actor
from models.accounts.denials import DENIED, note_denied
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from tests.chat import audit_of
from tests.conftest import TwoTenants


def test_the_same_attempt_is_noted_once_a_minute(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = Actor("ada@acme.test", tenants.ours, role="viewer")
    begin = now()
    for seconds in (0, 30, 61):
        monkeypatch.setattr(denials, "now", lambda at=begin + timedelta(seconds=seconds): at)
        note_denied(database, ada, "PUT /rules", "a viewer may not")
    monkeypatch.setattr(denials, "now", now)
    note_denied(database, ada, "GET /rules", "a viewer may not")
    note_denied(database, Actor("a stranger"), "GET /rules", "nobody")

    noted = [each for each in audit_of(database, tenants.ours) if each[1] == DENIED]
    assert noted == [
        ("ada@acme.test", DENIED, "PUT /rules"),
        ("ada@acme.test", DENIED, "PUT /rules"),
        ("ada@acme.test", DENIED, "GET /rules"),
    ]
    assert audit_of(database, tenants.theirs) == []


def test_a_database_that_is_away_changes_no_answer(database: Database, tenants: TwoTenants) -> None:
    with patch.object(database, "writing", side_effect=DatabaseUnavailable("away")):
        note_denied(database, Actor("ada@acme.test", tenants.ours, role="viewer"), "PUT /rules", "no")
