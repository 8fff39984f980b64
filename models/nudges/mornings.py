"""The mornings of a team: who is asked now, their card with its lines, and when somebody is asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.card_actions.nudged import NUDGES, mark_cards
from models.connections.visibility import active_users
from models.database.upsert import insert_into
from models.deliveries.lanes import mark_due
from models.deliveries.notices import NOTICE
from models.destinations.linking import add_direct_message
from models.languages.translate import for_later
from models.notifications.preferences import matrices
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.nudges.cards import FIXED, REPLACED
from models.nudges.find import FoundLine, find_lines
from models.nudges.people import Morning, as_reader, asks_for_team, next_morning, people_to_ask
from models.nudges.reading import read_deals
from models.nudges.settings import plan_of
from models.nudges.snoozes import snoozed_pairs
from models.tables.accounts import Tenant, TenantStatus, User
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination, is_paused_by_person
from models.tables.nudges import NudgeCard, NudgeLine, NudgeSettings
from models.waits.working_time import working_time_of

LOOK_AGAIN: Final = timedelta(hours=1)  # somebody new may live in an earlier zone
SOURCE: Final = "nudges"


@dataclass(frozen=True, slots=True)
class DueCard:
    """What one person is asked for this morning; no lines where all is well. `checks`: those that are on."""

    user_id: int
    day: date
    lines: Sequence[FoundLine]
    checks: Sequence[str] = ()


def tenants_with_due(session: Session, at: datetime) -> list[int]:
    """Return the tenants where somebody's morning may have come. The session sees all tenants."""
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    due = (NudgeSettings.next_at <= at, NudgeSettings.tenant_id.in_(active))
    return list(
        session.scalars(select(NudgeSettings.tenant_id).where(*due).order_by(NudgeSettings.tenant_id))
    )


def due_settings(session: Session, tenant_id: int, at: datetime) -> list[NudgeSettings]:
    """Return the settings of a tenant where somebody's morning may have come."""
    due = (NudgeSettings.tenant_id == tenant_id, NudgeSettings.next_at <= at)
    return list(session.scalars(select(NudgeSettings).where(*due)))


def read_morning(session: Session, settings: NudgeSettings, at: datetime) -> tuple[list[DueCard], datetime]:
    """Return what is asked now of whom, and when the next may be due."""
    tenant_id, plan = settings.tenant_id, plan_of(settings)
    begun, later = list[tuple[Morning, Any]](), [at + LOOK_AGAIN]
    for user in people_to_ask(session, tenant_id):
        working = working_time_of(session, tenant_id, user.id, at)
        morning = next_morning(user, working, plan, at)
        if morning.starts > at:
            later.append(morning.starts)
        elif not _was_asked(session, tenant_id, morning):
            begun.append((morning, working.zone))
    if not begun:
        return [], min(later)
    team, snoozed = read_deals(session, tenant_id, plan, at), snoozed_pairs(session, tenant_id, at)
    users, asked_for_team = active_users(session, tenant_id), asks_for_team(session, tenant_id)
    due = []
    for morning, zone in begun:
        reader = as_reader(morning.user, zone, users, asked_for_team)
        lines = find_lines(team, reader, at, snoozed)
        due.append(DueCard(morning.user.id, morning.day, lines, plan.checks))
    return due, min(later)


def _was_asked(session: Session, tenant_id: int, morning: Morning) -> bool:
    mine = (NudgeCard.tenant_id == tenant_id, NudgeCard.user_id == morning.user.id)
    return session.scalar(select(NudgeCard.id).where(*mine, NudgeCard.day == morning.day)) is not None


def ask(session: Session, tenant_id: int, due: DueCard, at: datetime) -> bool:
    """Send a person the card of a morning; return whether one goes. Doing it again changes nothing.

    The day is noted in the same transaction, so that nobody is asked twice. What the card of an earlier day
    asked for and is still there stands on this one.
    """
    user = session.get(User, (tenant_id, due.user_id))
    if user is None:
        return False
    row = {"tenant_id": tenant_id, "user_id": user.id, "day": due.day, "created_at": at}
    insert = insert_into(session, NudgeCard).values(row)
    key = ["tenant_id", "user_id", "day"]
    made = session.scalar(insert.on_conflict_do_nothing(index_elements=key).returning(NudgeCard.id))
    if made is None:
        return False
    _replace_earlier(session, user, made, due, at)
    if not due.lines:
        return False
    session.add_all(
        NudgeLine(
            tenant_id=tenant_id,
            card_id=made,
            user_id=user.id,
            check_name=line.check.name,
            deal_id=line.deal.id,
            activity_id=line.finding.activity_id,
            rank=rank,
            asked_at=at,
        )
        for rank, line in enumerate(due.lines)
    )
    session.flush()
    return _send(session, user, made, due, at)


def _replace_earlier(session: Session, user: User, card_id: int, due: DueCard, at: datetime) -> None:
    """Close the open lines of a person's earlier cards, which are then drawn again without them.

    What a check that is still on does not find any more was mended.
    """
    still = (
        NudgeLine.tenant_id == user.tenant_id,
        NudgeLine.user_id == user.id,
        NudgeLine.gone_at.is_(None),
        NudgeLine.card_id != card_id,
    )
    found = {line.key for line in due.lines}
    earlier = set()
    for row in session.scalars(select(NudgeLine).where(*still)):
        is_fixed = row.check_name in due.checks and (row.deal_id, row.check_name) not in found
        row.gone_at, row.gone_because = at, FIXED if is_fixed else REPLACED
        earlier.add(row.card_id)
    session.flush()
    if earlier:
        mark_cards(session, user.tenant_id, sorted(earlier), at)


def _send(session: Session, user: User, card_id: int, due: DueCard, at: datetime) -> bool:
    """Create the delivery of a card, if the person wants it as a direct message at once."""
    wanted = matrices(session, user.tenant_id, [user.id])[user.id][NotificationType.NUDGE]
    is_wanted = wanted[NotificationChannel.CHAT].mode is NotificationMode.NOW
    direct = add_direct_message(session, user.tenant_id, user.email) if is_wanted else None
    can_write = direct is not None and (direct.is_active or is_paused_by_person(direct.paused_because))
    title = for_later("Deals that need you: {count}", count=len(due.lines))
    new = NewNotification(
        user.email,
        NotificationType.NUDGE,
        title,
        for_later("They are on the card of the morning. /pipenotify nudge shows them."),
        key=f"nudges-{due.day}",
        source=SOURCE,
        expires_at=at + timedelta(days=1),
        has_card=can_write,
    )
    send_notification(session, system(user.tenant_id, SOURCE), new, at)
    if direct is None or not can_write:
        return False
    made = _delivery(direct, card_id, title)
    session.add(made)
    session.flush()
    card = update(NudgeCard).where(NudgeCard.tenant_id == user.tenant_id, NudgeCard.id == card_id)
    session.execute(card.values(delivery_id=made.id).execution_options(synchronize_session=False))
    mark_due(session, [(user.tenant_id, direct.lane, at)])
    return True


def _delivery(to: Destination, card_id: int, title: str) -> Delivery:
    return Delivery(
        tenant_id=to.tenant_id,
        destination_id=to.id,
        destination_name=to.name,
        event_type=NOTICE,
        lane=to.lane,
        is_urgent=True,  # so that it is never coalesced into a summary
        notice={"title": title, "words": "", NUDGES: {"card": card_id}},
    )


def note_next(session: Session, tenant_id: int, seen: datetime | None, next_at: datetime) -> None:
    """Note when somebody of a tenant is asked next, unless the settings were changed meanwhile."""
    row = session.get(NudgeSettings, tenant_id, with_for_update=True)
    if row is not None and row.next_at == seen:
        row.next_at = next_at
