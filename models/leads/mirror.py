"""Keeps the row of each lead in step with the last state of it that Pipedrive told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from models.database.batch import BatchStatement, types_of
from models.database.direct import DirectStatement
from models.database.lists import among, one_of, pair_one_of, wanted
from models.pipedrive.deal_leads import SOURCE_LEAD, State, deals_by_lead, is_lead_deal, pipeline_of
from models.pipedrive.webhook.parsed import moment
from models.stalled.track import ACTIVITY, DEAL, LEAD, Row, track, unpacked
from models.tables.leads import Lead

Chosen = Mapping[int, Collection[str]]
NONE_CHOSEN: Final[Chosen] = {}


def record_states(session: Session, rows: Collection[Row], chosen: Chosen = NONE_CHOSEN) -> None:
    """Store the last states of objects, and the rows of those that are leads.

    `chosen` are by tenant the pipelines whose deals are leads. A lead whose state or activity changed is
    looked at soon, by a job (`models.leads.look`): nothing is worked out here, in the transaction that closes
    events.
    """
    track(session, rows)
    mirror(session, rows, chosen)


def mirror(session: Session, rows: Iterable[Row], chosen: Chosen = NONE_CHOSEN) -> None:
    """Store the rows of leads among these states; what is older than the stored one changes nothing.

    Of a tenant with chosen pipelines a deal is one if it is open in one of these; then it stays one that is
    over when that ends.
    """
    newest: dict[tuple[int, str, str], Row] = {}
    touched: set[tuple[int, str]] = set()
    naming: dict[int, list[tuple[str, State]]] = defaultdict(list)
    at: datetime | None = None
    for row in rows:
        entity, tenant_id = row["entity"], row["tenant_id"]
        if entity == DEAL and SOURCE_LEAD.encode() in row["state"]:
            naming[tenant_id].append((row["object_id"], unpacked(row["state"])[0]))
            at = row["heard_at"]
        if entity == LEAD or (entity == DEAL and chosen.get(tenant_id)):
            key = (tenant_id, entity, row["object_id"])
            if key not in newest or row["changed_at"] >= newest[key]["changed_at"]:
                newest[key] = row
        elif entity == ACTIVITY and (about := row["lead_id"] or (chosen.get(tenant_id) and row["deal_id"])):
            touched.add((tenant_id, about))
            at = row["heard_at"]
    if newest:
        _STORE.execute(session, [_lead_row(newest[key], chosen.get(key[0], ())) for key in sorted(newest)])
    if touched and at is not None:
        look_soon(session, touched, at)
    became = {
        (tenant_id, lead): deal
        for tenant_id, deals in naming.items()
        for lead, deal in deals_by_lead(deals).items()
    }
    if became and at is not None:
        name_deals(session, became, at)


def look_soon(session: Session, leads: Iterable[tuple[int, str]], at: datetime) -> None:
    """Let these (tenant, id) leads be looked at soon; ids of deals are numbers, those of leads are not."""
    pairs = sorted(leads)
    tenants = sorted({tenant_id for tenant_id, _ in pairs})
    _LOOK_SOON.rows(session, {"pairs": pairs, "tenants": tenants, "b_at": at})


def name_deals(session: Session, deals: Mapping[tuple[int, str], str], at: datetime) -> int:
    """Store which deals these (tenant, id) leads became, unless that is known, and let them be looked at.

    Returns how many were not known. A lead that is not there yet is found by its deal later.
    """
    unknown = _UNNAMED.rows(session, wanted(deals))
    for tenant_id, lead_id in sorted((row[0], row[1]) for row in unknown):
        mine = (Lead.tenant_id == tenant_id, Lead.entity == LEAD, Lead.object_id == lead_id)
        named = update(Lead).where(*mine, Lead.deal_id.is_(None))
        values = named.values(deal_id=deals[tenant_id, lead_id], look_at=at)
        session.execute(values.execution_options(synchronize_session=False))
    return len(unknown)


def _lead_row(row: Row, chosen: Collection[str]) -> Row:
    state, _ = unpacked(row["state"])
    is_deal = row["entity"] == DEAL
    is_lead = is_lead_deal(state, chosen) if is_deal else True
    pipeline = pipeline_of(state) if is_deal else ""
    return {
        "tenant_id": row["tenant_id"],
        "entity": row["entity"],
        "object_id": row["object_id"],
        "is_open": row["is_open"] and is_lead,
        "owner_id": row["owner_id"],
        "added_at": min(moment(state.get("add_time")) or row["changed_at"], row["heard_at"]),
        "changed_at": row["changed_at"],
        "look_at": row["heard_at"],
        "pipeline_id": pipeline if pipeline in chosen else None,
        BEGINS: is_lead,
    }


_TABLE: Any = Lead.__table__
_LOOK_SOON: Final = DirectStatement(
    update(_TABLE)
    .where(
        one_of(_TABLE.c.tenant_id, "tenants"),
        _TABLE.c.entity.in_((LEAD, DEAL)),
        pair_one_of(_TABLE.c.tenant_id, _TABLE.c.object_id, "pairs"),
    )
    .values(look_at=bindparam("b_at", type_=_TABLE.c.look_at.type))
)
_UNNAMED: Final = DirectStatement(
    select(_TABLE.c.tenant_id, _TABLE.c.object_id).where(
        *among(_TABLE.c.tenant_id, _TABLE.c.object_id),
        _TABLE.c.entity == LEAD,
        _TABLE.c.deal_id.is_(None),
    )
)
BEGINS: Final = "begins"  # whether a row is made where there is none; else only one that is there changes
_KEY: Final = ("tenant_id", "entity", "object_id")
_COLUMNS: Final = (*_KEY, "is_open", "owner_id", "added_at", "changed_at", "look_at", "pipeline_id")


def _store(new: Any, dialect: Any) -> Any:
    is_known = exists().where(*(_TABLE.c[name] == new.c[name] for name in _KEY))
    rows = select(*(new.c[name] for name in _COLUMNS)).where(or_(new.c[BEGINS], is_known))
    insert = dialect.insert(_TABLE).from_select(_COLUMNS, rows, include_defaults=False)
    heard = insert.excluded
    kept = {name: heard[name] for name in ("is_open", "owner_id", "changed_at", "look_at")}
    kept["pipeline_id"] = func.coalesce(heard.pipeline_id, _TABLE.c.pipeline_id)
    return insert.on_conflict_do_update(
        index_elements=_KEY, set_=kept, where=heard.changed_at >= _TABLE.c.changed_at
    )


_STORE: Final = BatchStatement(types_of(_TABLE, _COLUMNS) | {BEGINS: Boolean()}, _store)
