"""The card of a morning as it is now: which of its lines still hold, and which are being mended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.card_actions.queries import SHOWN_STATES
from models.connections.queries import link_base
from models.nudges.checks import CHECKS
from models.nudges.facts import DealFacts, Fix, NudgeFinding
from models.nudges.find import NudgeReader, is_asked, run
from models.nudges.people import reader_of
from models.nudges.reading import KnownDeal, TeamDeals, has_activity, read_deals
from models.nudges.settings import get_plan
from models.nudges.snoozes import snoozed_pairs
from models.pipedrive.change import Change
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import Names
from models.stalled.queries import names_for
from models.stalled.track import ACTIVITY, DEAL
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState
from models.tables.nudges import NudgeCard, NudgeLine

FIXED: Final = "fixed"
REPLACED: Final = "replaced"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line that still holds. `change` has the deal's state; `is_under_way`: its fix is being written."""

    id: int
    check: str
    fix: Fix
    finding: NudgeFinding
    change: Change
    is_under_way: bool = False


@dataclass(frozen=True, slots=True)
class NudgeView:
    """A card as it is drawn: its lines, the worst first, and how many of all it asked for are `gone`.

    `delivery_id` is None for one that was not sent. `was_replaced`: the next morning's card has the rest.
    `newly_gone` are the lines to be closed.
    """

    id: int
    day: date
    delivery_id: int | None
    lines: Sequence[ShownLine]
    total: int
    names: Names
    link_base: str = ""
    was_replaced: bool = False
    newly_gone: Sequence[int] = ()

    @property
    def gone(self) -> int:
        return self.total - len(self.lines)


def read_card(session: Session, tenant_id: int, card_id: int, at: datetime) -> NudgeView | None:
    """Return a card as it is now, None if there is none."""
    card = session.get(NudgeCard, (tenant_id, card_id))
    reader = reader_of(session, tenant_id, card.user_id, at) if card is not None else None
    if card is None or reader is None:
        return None
    mine = (NudgeLine.tenant_id == tenant_id, NudgeLine.card_id == card_id)
    rows = session.scalars(select(NudgeLine).where(*mine).order_by(NudgeLine.rank)).all()
    still = [row for row in rows if row.gone_at is None]
    shown = _hold(session, tenant_id, card, still, reader, at)
    lasting = {each.id for each in shown}
    pairs = {pair for each in shown for pair in refs_in(each.change)}
    pairs |= {("deal_field", key.removeprefix("custom.")) for each in shown for key in each.finding.fields}
    return NudgeView(
        card.id,
        card.day,
        card.delivery_id,
        shown,
        len(rows),
        names_for(session, tenant_id, pairs),
        link_base(session, tenant_id),
        any(row.gone_because == REPLACED for row in rows),
        [row.id for row in still if row.id not in lasting],
    )


def finding_of(session: Session, tenant_id: int, line: NudgeLine, at: datetime) -> NudgeFinding | None:
    """Return what a line asks for now, None if that is gone."""
    view = read_card(session, tenant_id, line.card_id, at)
    return next((each.finding for each in view.lines if each.id == line.id), None) if view else None


def latest_card(session: Session, tenant_id: int, user_id: int) -> NudgeCard | None:
    """Return the last card of a person that asked for something."""
    asked = select(NudgeLine.id).where(
        NudgeLine.tenant_id == NudgeCard.tenant_id, NudgeLine.card_id == NudgeCard.id
    )
    mine = (NudgeCard.tenant_id == tenant_id, NudgeCard.user_id == user_id, asked.exists())
    return session.scalar(select(NudgeCard).where(*mine).order_by(NudgeCard.day.desc()).limit(1))


def own_card(session: Session, actor: Actor, at: datetime) -> NudgeView | None:
    """Return the last card of the actor as it is now, None if nothing was ever asked of them."""
    card = latest_card(session, actor.tenant, actor.user_id) if actor.user_id is not None else None
    return read_card(session, actor.tenant, card.id, at) if card is not None else None


def close_lines(session: Session, tenant_id: int, ids: Collection[int], why: str, at: datetime) -> None:
    """Note that lines are gone; those that are gone already stay as they are."""
    if ids:
        mine = (NudgeLine.tenant_id == tenant_id, NudgeLine.id.in_(ids), NudgeLine.gone_at.is_(None))
        change = update(NudgeLine).where(*mine).values(gone_at=at, gone_because=why)
        session.execute(change.execution_options(synchronize_session=False))


def change_of(deal: KnownDeal) -> Change:
    """Return a deal as cards draw it."""
    return Change(
        entity=DEAL,
        action="updated",
        object_id=deal.id,
        before={},
        after=deal.state,
        touched=frozenset(),
        types=("deal.updated",),
        permitted_user_ids=deal.permitted,
    )


def _hold(
    session: Session,
    tenant_id: int,
    card: NudgeCard,
    rows: Sequence[NudgeLine],
    reader: NudgeReader,
    at: datetime,
) -> list[ShownLine]:
    """Return the lines whose finding is still there."""
    if not rows:
        return []
    team = read_deals(session, tenant_id, get_plan(session, tenant_id), at, {row.deal_id for row in rows})
    by_id = {deal.id: deal for deal in team.deals}
    snoozed = snoozed_pairs(session, tenant_id, at)
    actions = _actions(session, tenant_id, card.created_at, rows)
    done = [each for each in actions if each.state == CardActionState.DONE]
    shown = []
    for row in rows:
        deal, check = by_id.get(row.deal_id), CHECKS.get(row.check_name)
        if deal is None or check is None or (row.deal_id, row.check_name) in snoozed:
            continue
        written = _with_actions(session, team, deal, done, reader, at)
        if not reader.sees(deal.permitted) or not is_asked(check, written[0], reader):
            continue
        finding = run(check, written[1], reader.sees)
        if finding is None:
            continue
        begun = _with_actions(session, team, deal, actions, reader, at)
        is_mending = not is_asked(check, begun[0], reader) or run(check, begun[1], reader.sees) is None
        change = change_of(written[0])
        shown.append(ShownLine(row.id, check.name, check.fix, finding, change, is_under_way=is_mending))
    return shown


def _actions(
    session: Session, tenant_id: int, since: datetime, rows: Sequence[NudgeLine]
) -> list[CardAction]:
    """Return what was pressed on the objects of lines since then, and is written or under way."""
    deals = {row.deal_id for row in rows}
    activities = {row.activity_id for row in rows if row.activity_id}
    about = or_(
        and_(CardAction.entity == DEAL, CardAction.object_id.in_(deals)),
        and_(CardAction.entity == ACTIVITY, CardAction.object_id.in_(activities)),
    )
    mine = (CardAction.tenant_id == tenant_id, CardAction.created_at >= since, about)
    query = select(CardAction).where(*mine, CardAction.state.in_(SHOWN_STATES)).order_by(CardAction.id)
    return list(session.scalars(query))


def _with_actions(
    session: Session,
    team: TeamDeals,
    deal: KnownDeal,
    actions: Sequence[CardAction],
    reader: NudgeReader,
    at: datetime,
) -> tuple[KnownDeal, DealFacts]:
    """Return a deal and its facts with what was pressed and may not have come back as a webhook yet."""
    facts = team.facts(deal, at, reader.zone)
    for each in actions:
        if each.entity == ACTIVITY:
            rest = [one for one in facts.activities or () if one.id != each.object_id]
            facts = replace(facts, activities=rest, done_ids=facts.done_ids | {each.object_id})
        elif each.object_id != deal.id or not _is_news(each, deal):
            continue
        elif each.do == "deal.activity":
            is_known = bool(each.result_id) and has_activity(session, each.tenant_id, each.result_id)
            facts = facts if is_known else replace(facts, activities=None)
        elif each.do != "deal.note":
            deal = _written(deal, each.fields, at)
            facts = replace(team.facts(deal, at, reader.zone), activities=facts.activities)
    return deal, facts


def _is_news(action: CardAction, deal: KnownDeal) -> bool:
    """Tell whether the stored state may be older than what an action has written."""
    return action.state in OPEN_ACTIONS or action.finished_at is None or deal.changed_at < action.finished_at


def _written(deal: KnownDeal, fields: dict[str, Any], at: datetime) -> KnownDeal:
    """Return a deal with fields that were written."""
    state = {**deal.state, **fields}
    if "stage_id" in fields:
        state["stage_change_time"] = at.isoformat()
    owner = str(fields["owner_id"]) if "owner_id" in fields else deal.owner_id
    is_open = deal.is_open and state.get("status", "open") == "open"
    return replace(deal, state=state, owner_id=owner, is_open=is_open, changed_at=at)
