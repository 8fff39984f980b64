"""Lets the cards with nudges follow what changes: a line goes as soon as what it asks for is mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select, text, union, update
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.database.lists import one_of, pair_one_of
from models.tables.card_actions import CardCopy
from models.tables.nudges import NudgeCard, NudgeLine

NUDGES: Final = "nudges"  # the entity of the copies of a card with nudges; its id is that of the card
_LINES: Any = NudgeLine.__table__
_IS_OPEN: Final = text("nudge_lines.gone_at IS NULL")  # in the words of the partial indexes


def _asking(column: Any, name: str) -> Any:
    mine = (one_of(_LINES.c.tenant_id, "tenants"), pair_one_of(_LINES.c.tenant_id, column, name), _IS_OPEN)
    return select(_LINES.c.tenant_id, _LINES.c.card_id).where(*mine)


_ASKING: Final = DirectStatement(
    union(_asking(_LINES.c.deal_id, "deals"), _asking(_LINES.c.activity_id, "activities"))
)


def note_changed(session: Session, rows: Iterable[Mapping[str, Any]], at: datetime) -> None:
    """Let the cards be drawn again that ask for something of these objects.

    `rows` are tracked objects as they are stored. The session may see all tenants.
    """
    deals = {(row["tenant_id"], row["object_id"]) for row in rows if row["entity"] == "deal"}
    deals |= {(row["tenant_id"], row["deal_id"]) for row in rows if row["deal_id"]}
    activities = {(row["tenant_id"], row["object_id"]) for row in rows if row["entity"] == "activity"}
    if not (deals or activities):
        return
    tenants = sorted({tenant_id for tenant_id, _ in deals | activities})
    values = {"tenants": tenants, "deals": sorted(deals), "activities": sorted(activities)}
    cards: dict[int, list[int]] = defaultdict(list)
    for tenant_id, card_id in _ASKING.rows(session, values):
        cards[tenant_id].append(card_id)
    for tenant_id in sorted(cards):
        mark_cards(session, tenant_id, sorted(cards[tenant_id]), at)


def mark_cards(session: Session, tenant_id: int, card_ids: list[int], at: datetime) -> None:
    """Let the messages of these cards be drawn again."""
    mine = and_(NudgeCard.tenant_id == tenant_id, NudgeCard.id.in_(card_ids))
    _execute(session, update(NudgeCard).where(mine).values(changed_at=at))
    names = [str(each) for each in card_ids]
    about = (CardCopy.tenant_id == tenant_id, CardCopy.entity == NUDGES, CardCopy.object_id.in_(names))
    _execute(session, update(CardCopy).where(*about).values(update_due_at=at))


def note_arrived(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Let a card with nudges be drawn again that was changed while it was sent.

    `rows` are copies that were recorded a moment ago.
    """
    for row in rows:
        if row["entity"] != NUDGES:
            continue
        card = session.get(NudgeCard, (row["tenant_id"], int(row["object_id"])))
        if card is not None and card.changed_at is not None and card.changed_at >= row["shows_since"]:
            about = (CardCopy.tenant_id == row["tenant_id"], CardCopy.message_name == row["message_name"])
            _execute(session, update(CardCopy).where(*about).values(update_due_at=row["created_at"]))


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
