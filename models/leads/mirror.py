"""Keeps the row of each lead in step with the last state of it that Pipedrive told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from models.database.batch import batch_insert
from models.database.direct import DirectStatement
from models.database.lists import one_of, pair_one_of
from models.pipedrive.webhook.parsed import moment
from models.stalled.track import ACTIVITY, LEAD, Row, track, unpacked
from models.tables.leads import Lead


def record_states(session: Session, rows: Collection[Row]) -> None:
    """Store the last states of objects, and the rows of those that are leads.

    A lead whose state or activity changed is looked at soon, by a job (`models.leads.look`): nothing is
    worked out here, in the transaction that closes events.
    """
    track(session, rows)
    mirror(session, rows)


def mirror(session: Session, rows: Iterable[Row]) -> None:
    """Store the rows of leads among these states; what is older than the stored one changes nothing."""
    newest: dict[tuple[int, str, str], Row] = {}
    touched: set[tuple[int, str]] = set()
    at: datetime | None = None
    for row in rows:
        if row["entity"] == LEAD:
            key = (row["tenant_id"], row["entity"], row["object_id"])
            if key not in newest or row["changed_at"] >= newest[key]["changed_at"]:
                newest[key] = row
        elif row["entity"] == ACTIVITY and row["lead_id"]:
            touched.add((row["tenant_id"], row["lead_id"]))
            at = row["heard_at"]
    if newest:
        _STORE.execute(session, [_lead_row(newest[key]) for key in sorted(newest)])
    if touched and at is not None:
        look_soon(session, touched, at)


def look_soon(session: Session, leads: Iterable[tuple[int, str]], at: datetime) -> None:
    """Let these (tenant, id) leads be looked at soon."""
    pairs = sorted(leads)
    tenants = sorted({tenant_id for tenant_id, _ in pairs})
    _LOOK_SOON.rows(session, {"pairs": pairs, "tenants": tenants, "b_at": at})


def _lead_row(row: Row) -> Row:
    state, _ = unpacked(row["state"])
    return {
        "tenant_id": row["tenant_id"],
        "entity": row["entity"],
        "object_id": row["object_id"],
        "is_open": row["is_open"],
        "owner_id": row["owner_id"],
        "added_at": min(moment(state.get("add_time")) or row["changed_at"], row["heard_at"]),
        "changed_at": row["changed_at"],
        "look_at": row["heard_at"],
    }


_TABLE: Any = Lead.__table__
_LOOK_SOON: Final = DirectStatement(
    update(_TABLE)
    .where(
        one_of(_TABLE.c.tenant_id, "tenants"),
        _TABLE.c.entity == LEAD,
        pair_one_of(_TABLE.c.tenant_id, _TABLE.c.object_id, "pairs"),
    )
    .values(look_at=bindparam("b_at", type_=_TABLE.c.look_at.type))
)
_KEY: Final = ("tenant_id", "entity", "object_id")
_COLUMNS: Final = (*_KEY, "is_open", "owner_id", "added_at", "changed_at", "look_at")


def _upsert(insert: Any) -> Any:
    new = insert.excluded
    kept = {name: new[name] for name in ("is_open", "owner_id", "changed_at", "look_at")}
    return insert.on_conflict_do_update(
        index_elements=_KEY, set_=kept, where=new.changed_at >= _TABLE.c.changed_at
    )


_STORE: Final = batch_insert(_TABLE, _COLUMNS, _upsert)
