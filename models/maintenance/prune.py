"""Deletes old rows: ended deliveries, events, closed deals, interactions, names, usage, expired sign-ins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, or_, select, tuple_
from sqlalchemy.orm import Session

from models.accounts.idempotency import KEPT
from models.clock import now
from models.database.engine import Database
from models.maintenance.old_imports import prune_imports
from models.maintenance.old_leads import prune_leads
from models.maintenance.prune_names import prune_names
from models.plan.plan_events import KEPT as PLAN_EVENTS
from models.reports.roll_up import keep_figures_of
from models.tables.accounts import BrowserSession, ConnectLink, OAuthFlow
from models.tables.api import ApiSession, ApiToken, IdempotentAnswer
from models.tables.attention import Digest, Mute
from models.tables.connections import ApiUsage, Backfill
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.events import Event, EventState, SeenInteraction
from models.tables.leads import IntakeSubmission
from models.tables.notifications import Notification
from models.tables.nudges import NudgeCard, NudgeSnooze
from models.tables.routing import Absence, Assignment, AssignmentState
from models.tables.stalled import TrackedObject
from models.tables.upkeep import DayUsage, PlanEvent
from models.tables.waits import DayOff, DurableWait

BATCH: Final = 500  # rows for which one transaction holds the write lock
INTERACTION_DAYS: Final = 7  # Chat repeats an interaction within minutes
MONTH: Final = timedelta(days=31)  # status counts the cards of the month
MOST_IDLE: Final = timedelta(days=366)  # of an open deal that is still followed
DIGEST_DAYS: Final = timedelta(days=8)  # by then a weekly digest has told of it
READ_DAYS: Final = timedelta(days=90)
UNREAD_DAYS: Final = timedelta(days=180)
LINGER: Final = timedelta(hours=1)  # so that a late visitor reads that the link has expired


def prune_old_rows(database: Database, at: datetime, days: int) -> Iterator[Counter[str]]:
    """Delete what ended more than `days` before `at`, a batch at each step; yield how many rows of what.

    Deliveries are first, because an event stays as long as a delivery of it. Open deliveries and new events
    stay, however old. Several processes may prune at once.
    """
    before = at - timedelta(days=days)
    is_young = Delivery.created_at >= before
    yield from prune_table(database, "deliveries", Delivery.id, has_ended(before), is_young)
    yield from prune_table(database, "events", Event.id, is_processed(before), Event.received_at >= before)
    forgotten = SeenInteraction.received_at < at - timedelta(days=min(days, INTERACTION_DAYS))
    yield from prune_table(database, "interactions", SeenInteraction.key, forgotten)
    yield from prune_names(database, at, days)
    yield from prune_table(database, "mutes", Mute.id, Mute.ended_at < before)
    yield from prune_table(database, "digests", Digest.id, Digest.ended_at < before - DIGEST_DAYS)
    yield from _prune_intake(database, at, before)
    yield from prune_table(database, "waits", DurableWait.id, DurableWait.ended_at < before)
    yield from prune_table(database, "days_off", DayOff.id, DayOff.last_day < before.date())
    yield from _prune_routing(database, before)
    yield from prune_table(database, "notifications", Notification.id, _is_forgotten(at))
    yield from _prune_nudges(database, at, before)
    yield from prune_table(database, "catch_ups", Backfill.id, Backfill.finished_at < before)
    yield from prune_table(database, "api_spendings", ApiUsage.id, ApiUsage.day < before.date())
    month = (at - max(timedelta(days=days), MONTH)).date()
    usage = (DayUsage.tenant_id, DayUsage.day, DayUsage.part)  # each process has rows of its own
    yield from prune_rows(database, "day_usages", usage, DayUsage.day, DayUsage.day < month)
    tracked = (TrackedObject.tenant_id, TrackedObject.entity, TrackedObject.object_id)
    forgotten = may_be_forgotten(at, days)
    yield from prune_rows(database, "tracked_objects", tracked, TrackedObject.heard_at, forgotten)
    yield from prune_leads(database, before)
    # Expired rows are of no use, except sessions: they stay for their thirty days, because the next sign-in
    # shows the tenant that the last one showed.
    yield from prune_table(database, "sessions", BrowserSession.id, BrowserSession.expires_at <= at)
    yield from prune_table(database, "oauth_flows", OAuthFlow.id, OAuthFlow.expires_at <= at - LINGER)
    yield from prune_table(database, "tickets", ConnectLink.id, ConnectLink.expires_at <= at - LINGER)
    yield from _prune_api(database, at, before)
    yield from prune_table(database, "plan_events", PlanEvent.id, PlanEvent.received_at <= at - PLAN_EVENTS)


def _is_forgotten(at: datetime) -> Any:
    """Hold for notifications that were read 90 days ago, are unread for 180, or have expired."""
    return or_(
        Notification.read_at < at - READ_DAYS,
        Notification.created_at < at - UNREAD_DAYS,
        Notification.expires_at < at,
    )


def _prune_intake(database: Database, at: datetime, before: datetime) -> Iterator[Counter[str]]:
    entered = IntakeSubmission.finished_at < before
    yield from prune_table(database, "intake_submissions", IntakeSubmission.id, entered)
    yield from prune_imports(database, at, before)


def _prune_routing(database: Database, before: datetime) -> Iterator[Counter[str]]:
    over = and_(Assignment.at < before, Assignment.state != AssignmentState.WAITING)
    yield from prune_table(database, "assignments", Assignment.id, over)
    away = (Absence.tenant_id, Absence.user_id)
    yield from prune_rows(database, "absences", away, Absence.until, Absence.until < before)


def _prune_nudges(database: Database, at: datetime, before: datetime) -> Iterator[Counter[str]]:
    yield from prune_table(database, "nudge_cards", NudgeCard.id, NudgeCard.day < before.date())
    snooze = (NudgeSnooze.tenant_id, NudgeSnooze.deal_id, NudgeSnooze.check_name)
    yield from prune_rows(database, "nudge_snoozes", snooze, NudgeSnooze.until, NudgeSnooze.until < at)


def _prune_api(database: Database, at: datetime, before: datetime) -> Iterator[Counter[str]]:
    """Delete what programs left: their tokens as late as all history, the rest once it has ended."""
    yield from prune_table(database, "api_sessions", ApiSession.id, ApiSession.expires_at <= at)
    yield from prune_table(database, "api_tokens", ApiToken.id, ApiToken.expires_at < before)
    answered = IdempotentAnswer.created_at
    key = (IdempotentAnswer.tenant_id, IdempotentAnswer.user_id, IdempotentAnswer.key_hash)
    yield from prune_rows(database, "idempotent_answers", key, answered, answered <= at - KEPT)


def has_ended(before: datetime) -> Any:
    """Hold for deliveries that ended. Those of one message end together, so they are deleted together."""
    sent_by_now = and_(Delivery.state == DeliveryState.DIGESTED, Delivery.finished_at < before - DIGEST_DAYS)
    ended = Delivery.state.in_((DeliveryState.DELIVERED, DeliveryState.SKIPPED, DeliveryState.DEAD))
    return and_(or_(ended, sent_by_now), Delivery.finished_at < before)


def is_processed(before: datetime) -> Any:
    of_event = and_(Delivery.tenant_id == Event.tenant_id, Delivery.event_id == Event.id)
    return and_(
        Event.state != EventState.NEW,
        Event.received_at < before,
        ~select(Delivery.id).where(of_event).exists(),
    )


def prune_table(
    database: Database, name: str, key: Any, is_old: Any, is_young: Any = None
) -> Iterator[Counter[str]]:
    """Delete old rows of a table in the order of its key.

    `is_young` holds for later rows: the walk ends at the first one for which it does, instead of reading the
    whole table.
    """
    with database.reading_all() as session:
        end = None if is_young is None else _first_key(session, key, is_young)
    found: Sequence[Any] = []
    while True:
        further = [key > found[-1]] if found else []
        limits = [*further, key < end] if end is not None else further
        with database.reading_all() as session:
            found = session.scalars(select(key).where(is_old, *limits).order_by(key).limit(BATCH)).all()
        if not found:
            return
        with database.writing_all() as session:
            gone = _delete_old(session, key, is_old, found)
        yield Counter({name: gone})


def prune_rows(
    database: Database, name: str, columns: Sequence[Any], order: Any, is_old: Any
) -> Iterator[Counter[str]]:
    """Delete old rows of a table whose key has several columns, the first in `order` first."""
    key, table = tuple_(*columns), columns[0].class_
    some = select(*columns).where(is_old).order_by(order).limit(BATCH)
    while True:
        with database.writing_all() as session:
            found = [tuple(row) for row in session.execute(some)]
            if found:
                old = delete(table).where(key.in_(found), is_old)
                session.execute(old.execution_options(synchronize_session=False))
        if not found:
            return
        yield Counter({name: len(found)})


def may_be_forgotten(at: datetime, days: int) -> Any:
    """Hold for what was closed so long ago, and for what is open and was not changed for a year."""
    is_closed = TrackedObject.is_open.is_(False)
    was_heard_of = TrackedObject.heard_at < at - timedelta(days=days)
    return and_(was_heard_of, or_(is_closed, TrackedObject.changed_at < at - MOST_IDLE))


def _first_key(session: Session, key: Any, condition: Any) -> Any:
    return session.scalars(select(key).where(condition).order_by(key).limit(1)).first()


def _delete_old(session: Session, key: Any, is_old: Any, found: Sequence[Any]) -> int:
    """Delete those that are still old and unlocked: a delivery may have been replayed meanwhile.

    What deliveries count stays in the figures.
    """
    still = select(key).where(key.in_(found), is_old).with_for_update(of=key.class_, skip_locked=True)
    gone = session.scalars(still).all()
    if gone and key.class_ is Delivery:
        keep_figures_of(session, list(gone), now())
    if gone:
        session.execute(delete(key.class_).where(key.in_(gone)).execution_options(synchronize_session=False))
    return len(gone)


def summary_line(removed: Counter[str]) -> str:
    """Return what was deleted as one line of text."""
    names = ("deliveries", "events", "interactions")
    return "deleted: " + ", ".join(f"{removed[name]:,} {name}" for name in names)
