"""Reports that come by themselves: every day, week or month, to a space or to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action, Scope
from models.accounts.tokens import actor_of_user
from models.attention.mutes import MuteTarget
from models.attention.quiet import require_change
from models.attention.schedule import MONDAY, MORNING, Schedule, next_due
from models.chance import new_id
from models.destinations.linking import add_direct_message
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.reports.report import GROUPINGS, RULE
from models.security.audit import record
from models.tables.accounts import User
from models.tables.attention import Every, MuteScope
from models.tables.destinations import Destination
from models.tables.reports import ReportEvery, ReportSchedule, SalesReportKind

RANGE_OF: Final = {ReportEvery.DAILY: "1d", ReportEvery.WEEKLY: "7d", ReportEvery.MONTHLY: "30d"}
READER: Final = "report"
SALES_KINDS: Final = tuple(SalesReportKind)


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """How often a report comes, when and of what. `day` is of a weekly one, a monthly one is on the first.

    `pipeline` is the id of the only pipeline that a sales report is about, empty for all.
    """

    every: ReportEvery
    clock: str = MORNING
    day: str = MONDAY
    by: str = RULE
    pipeline: str = ""


def next_report(draft: ReportDraft, after: datetime, timezone: str) -> datetime:
    """Return the first moment after `after` at which a report is due, by the clock on the wall of a zone."""
    if draft.every is not ReportEvery.MONTHLY:
        return next_due(Schedule(Every(draft.every), draft.clock, draft.day), after, timezone)
    zone, wanted = ZoneInfo(timezone), time.fromisoformat(draft.clock)
    today = after.astimezone(zone).date()
    firsts = (each for ahead in range(63) if (each := today + timedelta(days=ahead)).day == 1)
    moments = (datetime.combine(each, wanted, zone).astimezone(UTC) for each in firsts)
    return next(moment for moment in moments if moment > after)


def list_schedules(session: Session, actor: Actor) -> list[ReportSchedule]:
    """Return the scheduled reports that an actor may see: not those of other people. Raises NotAllowed."""
    require(session, actor, Action.LOG_READ)
    found = session.scalars(
        select(ReportSchedule).where(ReportSchedule.tenant_id == actor.tenant).order_by(ReportSchedule.id)
    )
    if actor.scope(Action.LOG_READ) is Scope.TENANT:
        return [each for each in found if each.user_id in (None, actor.user_id)]
    return [each for each in found if each.user_id is not None and each.user_id == actor.user_id]


def set_schedule(
    session: Session, actor: Actor, target: MuteTarget, draft: ReportDraft, timezone: str, at: datetime
) -> ReportSchedule:
    """Send a report to a space or a person from now on; it replaces the same one that came as often there.

    The same sales report of another pipeline is another one.

    What a space gets is of the whole team, so only who may read all of it sets it. Raises NotAllowed,
    FeatureDisabled, and InvalidRequest for the whole team as a place.
    """
    _require(session, actor, target)
    require_feature(session, actor.tenant, Feature.ANALYTICS)
    own = (ReportSchedule.space_id, target.space_id), (ReportSchedule.user_id, target.user_id)
    same: list[ColumnElement[bool]] = [
        column.is_(None) if value is None else column == value for column, value in own
    ]
    mine = (ReportSchedule.tenant_id == actor.tenant, ReportSchedule.every == draft.every)
    kinds = [draft.by] if draft.by in SALES_KINDS else [*GROUPINGS]
    same += [ReportSchedule.by.in_(kinds), ReportSchedule.pipeline == draft.pipeline]
    found = session.scalar(select(ReportSchedule).where(*mine, *same)) or ReportSchedule(
        tenant_id=actor.tenant, space_id=target.space_id, user_id=target.user_id, every=draft.every
    )
    found.pipeline = draft.pipeline
    found.clock, found.day, found.by, found.timezone = draft.clock, draft.day, draft.by, timezone
    found.due_at, found.token = next_report(draft, at, timezone), new_id()
    session.add(found)
    session.flush()
    record(session, actor, "report.scheduled", _name(found), every=draft.every, at=draft.clock, by=draft.by)
    return found


def stop_schedule(session: Session, actor: Actor, schedule_id: int) -> ReportSchedule:
    """Send a scheduled report no more; return it. Raises NotFound, NotAllowed."""
    found = next((each for each in list_schedules(session, actor) if each.id == schedule_id), None)
    if found is None:
        raise NotFound
    require_change(session, actor, target_of(found))
    session.delete(found)
    session.flush()
    record(session, actor, "report.stopped", _name(found), every=found.every)
    return found


def stop_in(session: Session, actor: Actor, target: MuteTarget) -> int:
    """Send no scheduled report to a place any more; return how many there were. Raises NotAllowed."""
    _require_place(target)
    require_change(session, actor, target)
    found = [each for each in list_schedules(session, actor) if target_of(each) == target]
    for each in found:
        stop_schedule(session, actor, each.id)
    return len(found)


def target_of(schedule: ReportSchedule) -> MuteTarget:
    """Return the place to which a report is sent."""
    scope = MuteScope.SPACE if schedule.space_id is not None else MuteScope.USER
    return MuteTarget(scope, schedule.space_id, schedule.user_id)


def draft_of(schedule: ReportSchedule) -> ReportDraft:
    return ReportDraft(
        ReportEvery(schedule.every), schedule.clock, schedule.day, schedule.by, schedule.pipeline
    )


def tenants_with_due(session: Session, at: datetime) -> list[int]:
    """Return the tenants with reports that are due. The session sees all tenants."""
    query = select(ReportSchedule.tenant_id).where(ReportSchedule.due_at <= at).distinct()
    return list(session.scalars(query.order_by(ReportSchedule.tenant_id)))


def due_schedules(session: Session, tenant_id: int, at: datetime) -> Sequence[ReportSchedule]:
    """Return a tenant's scheduled reports that are due, oldest first."""
    mine = (ReportSchedule.tenant_id == tenant_id, ReportSchedule.due_at <= at)
    return session.scalars(select(ReportSchedule).where(*mine).order_by(ReportSchedule.due_at)).all()


def reader_of(session: Session, schedule: ReportSchedule) -> Actor | None:
    """Return as whom a report is read: its person, or the team for a space; None for a person who is gone."""
    if schedule.user_id is None:
        return system(schedule.tenant_id, READER)
    user = session.scalar(
        select(User).where(User.tenant_id == schedule.tenant_id, User.id == schedule.user_id)
    )
    return actor_of_user(session, user) if user is not None else None


def destination_of(session: Session, schedule: ReportSchedule) -> Destination | None:
    """Return where a report goes; the first direct message makes its destination. The session writes."""
    if schedule.space_id is not None:
        mine = (Destination.tenant_id == schedule.tenant_id, Destination.space_id == schedule.space_id)
        return session.scalar(select(Destination).where(*mine).order_by(Destination.id).limit(1))
    reader = reader_of(session, schedule)
    return add_direct_message(session, schedule.tenant_id, reader.name) if reader is not None else None


def advance(session: Session, schedule: ReportSchedule, at: datetime) -> None:
    """Let the next report be due, once this one's delivery exists. What was set meanwhile stays."""
    mine = (ReportSchedule.tenant_id == schedule.tenant_id, ReportSchedule.id == schedule.id)
    step = update(ReportSchedule).where(*mine, ReportSchedule.token == schedule.token)
    step = step.values(due_at=next_report(draft_of(schedule), at, schedule.timezone), token=new_id())
    session.execute(step.execution_options(synchronize_session=False))


def _require(session: Session, actor: Actor, target: MuteTarget) -> None:
    _require_place(target)
    scope = require(session, actor, Action.LOG_READ)
    if target.scope is MuteScope.SPACE and scope is not Scope.TENANT:
        raise refusal(session, actor, Action.LOG_READ)
    require_change(session, actor, target)


def _require_place(target: MuteTarget) -> None:
    if target.scope not in (MuteScope.SPACE, MuteScope.USER):
        raise InvalidRequest.of_field("scope", tr("A report goes to a space or to yourself: say here or me."))


def _name(schedule: ReportSchedule) -> str:
    target = target_of(schedule)
    own = target.space_id if target.space_id is not None else target.user_id
    return f"{target.scope} {own}"
