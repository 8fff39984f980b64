"""Restricted deals and the people of a Pipedrive, for tests of who may see what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.database.engine import Database
from models.tables import PipedriveUser
from tests.engine import deal
from tests.models.rows import add

SECRET = "Project Falcon"


def restricted(number: int = 1, *, to: Sequence[str] = ("1",), **fields: Any) -> dict[str, Any]:
    """A v2 body of a new deal that only these users of Pipedrive may see."""
    body = deal(number, **{"title": SECRET, **fields})
    body["meta"]["permitted_user_ids"] = list(to)
    return body


def people(database: Database, tenant_id: int, *ids: str) -> None:
    """Store these active users of a tenant's Pipedrive."""
    add(database, *(PipedriveUser(tenant_id=tenant_id, pipedrive_id=each) for each in ids))
