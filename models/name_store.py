"""Keeping names: what Pipedrive told, by event or by answer, replaces what was known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.clock import now
from models.names import KnownName
from models.pipedrive.names import Name

_LONGEST_TEXT = 500


def remember(session: Session, names: Mapping[tuple[int, tuple[str, str]], Name]) -> None:
    """Write names by (tenant, (kind, key)); the newer one wins.

    Rows are written in one order, so that two processes that learn the same do not lock each other out.
    """
    if not names:
        return
    at = now()
    rows = [
        {
            "tenant_id": tenant_id,
            "kind": kind,
            "key": key,
            "text": name.text[:_LONGEST_TEXT],
            "more": dict(name.more),
            "fetched_at": at,
        }
        for (tenant_id, (kind, key)), name in sorted(names.items(), key=lambda item: item[0])
    ]
    build: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = build(KnownName.__table__)
    told = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "kind", "key"],
        set_={"text": told.text, "more": told.more, "fetched_at": told.fetched_at},
    )
    session.connection().execute(statement, rows)
