"""Interactions of Chat that changed something: each acts once, and a repeat gets the stored answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.security.audit import has_recorded
from models.tables.events import SeenInteraction


def act_once(database: Database, tenant_id: int, key: str, act: Callable[[Session], Any]) -> Any:
    """Run `act` in a writing transaction of the tenant and store its answer under `key`; return the answer.

    A key that acted before is answered with what is stored. So is one that acts in another process at this
    moment: the unique key lets one of them commit. Where somebody else did the same at this moment, under
    another key, `act` runs once more: what was in its way is committed by then, so it sees who was first. An
    empty key is never stored, and neither is the answer of what changed nothing.
    """
    try:
        return _act(database, tenant_id, key, act)
    except IntegrityError:
        return _act(database, tenant_id, key, act)


def _act(database: Database, tenant_id: int, key: str, act: Callable[[Session], Any]) -> Any:
    with database.writing(tenant_id) as session:
        seen = session.get(SeenInteraction, key) if key else None
        if seen is not None:
            return seen.reply or {}
        answer = act(session)
        if key and has_recorded(session):
            session.add(SeenInteraction(key=key, tenant_id=tenant_id, reply=answer))
            session.flush()
        return answer
