"""The people of the companies: what they press, and from when until when it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import select

from models.accounts.actor import Actor, system
from models.attention import actions as mutes
from models.attention import digests, quiet
from models.attention.mutes import MuteTarget
from models.attention.schedule import Schedule
from models.attention.window_words import NewWindow
from models.clock import now
from models.database.engine import Session
from models.deliveries.actions import retry_failed
from models.destinations.actions import pause_destination, resume_destination
from models.errors import InvalidRequest
from models.tables import Delivery, Destination, Rule, Space
from models.tables.attention import Every, MuteScope
from models.tables.deliveries import DeliveryState
from tests.simulation.plan import ACTIVE_S, Press, Quiet
from tests.simulation.ports import SimulatedDatabase, VirtualClock
from tests.simulation.story import Story

FOREVER: Final = float("inf")


@dataclass
class Span:
    """Something that holds from `begins` until `ends`, in virtual seconds: in a space, for a rule, or both.

    None as space or rule means all of the company.
    """

    tenant: str
    space: str | None
    rule: str | None
    begins: float
    ends: float = FOREVER
    quiet: Quiet | None = None

    def covers(self, tenant: str, space: str, rule: str | None) -> bool:
        return (
            self.tenant == tenant and self.space in (None, space) and (self.rule is None or self.rule == rule)
        )


@dataclass
class Decisions:
    """All that people decided, as far as it was committed."""

    mutes: list[Span] = field(default_factory=list)
    quiet: list[Span] = field(default_factory=list)
    digests: list[Span] = field(default_factory=list)
    pauses: list[Span] = field(default_factory=list)
    released: list[tuple[float, str]] = field(default_factory=list)  # when held cards of a space were sent
    replayed: set[int] = field(default_factory=set)  # ids of deliveries


class People:
    """Everybody, in a process that never dies: what they press is committed when they see it."""

    def __init__(
        self, database: SimulatedDatabase, clock: VirtualClock, story: Story, tenants: dict[str, int]
    ) -> None:
        self.decisions = Decisions()
        self._database = database
        self._clock = clock
        self._story = story
        self._tenants = tenants

    def press(self, press: Press) -> None:
        """Do what somebody wants, and note that it was done."""
        actor = system(self._tenants[press.tenant], "sam@example.com")
        self._story.tell("%s %s %s", press.what, press.space or "everywhere", press.rule or "")
        try:
            with self._database.writing(actor.tenant) as session:
                getattr(self, "_" + press.what.replace(" ", "_"))(session, actor, press)
        except InvalidRequest as refused:
            self._story.tell("is refused: %s", refused.user_message)

    def resume_all(self, names: list[str]) -> None:
        """Open again what Chat has closed, and send again what failed meanwhile."""
        for name in names:
            actor = system(self._tenants[name], "sam@example.com")
            with self._database.writing(actor.tenant) as session:
                mine = select(Destination).where(Destination.tenant_id == actor.tenant)
                for each in session.scalars(mine.where(Destination.is_active.is_(False))).all():
                    resume_destination(session, actor, each)
                    self._story.tell("resumes %s", each.name)
                dead = select(Delivery.id).where(
                    Delivery.tenant_id == actor.tenant, Delivery.state == DeliveryState.DEAD
                )
                self.decisions.replayed |= set(session.scalars(dead))
                if self.decisions.replayed:
                    count = retry_failed(session, actor).count
                    self._story.tell("sends %s failed cards again", count)

    def _at(self) -> float:
        return self._clock.seconds(now())

    def _target(self, session: Session, actor: Actor, press: Press) -> MuteTarget:
        space_id = rule_id = None
        if press.space is not None:
            mine = (Space.tenant_id == actor.tenant, Space.name == press.space)
            space_id = session.scalars(select(Space.id).where(*mine)).one()
        if press.rule is not None:
            of_rule = (Rule.tenant_id == actor.tenant, Rule.name == press.rule)
            rule_id = session.scalars(select(Rule.id).where(*of_rule)).one()
            return MuteTarget(MuteScope.RULE, space_id=space_id, rule_id=rule_id)
        return MuteTarget(MuteScope.SPACE if space_id else MuteScope.TENANT, space_id=space_id)

    def _mute(self, session: Session, actor: Actor, press: Press) -> None:
        until = self._clock.moment(self._at() + press.seconds)
        mutes.mute(session, actor, self._target(session, actor, press), until, now())
        self._cut(self.decisions.mutes, press)
        span = Span(press.tenant, press.space, press.rule, self._at(), self._at() + press.seconds)
        self.decisions.mutes.append(span)

    def _unmute(self, session: Session, actor: Actor, press: Press) -> None:
        mutes.unmute(session, actor, self._target(session, actor, press), now())
        self._cut(self.decisions.mutes, press)

    def _quiet(self, session: Session, actor: Actor, press: Press) -> None:
        assert press.quiet is not None
        window = NewWindow(
            press.quiet.starts, press.quiet.ends, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        )
        quiet.set_quiet_hours(session, actor, self._target(session, actor, press), [window], press.quiet.zone)
        self._cut(self.decisions.quiet, press)
        made = replace(press.quiet, lets_urgent_through=True)
        self.decisions.quiet.append(Span(press.tenant, press.space, None, self._at(), quiet=made))

    def _quiet_off(self, session: Session, actor: Actor, press: Press) -> None:
        quiet.remove_quiet_hours(session, actor, self._target(session, actor, press))
        self._cut(self.decisions.quiet, press)

    def _urgent(self, session: Session, actor: Actor, press: Press) -> None:
        quiet.let_urgent_through(session, actor, self._target(session, actor, press), on=press.is_on)
        for each in self._cut(self.decisions.quiet, press):
            assert each.quiet is not None
            changed = replace(each.quiet, lets_urgent_through=press.is_on)
            self.decisions.quiet.append(replace(each, begins=self._at(), ends=FOREVER, quiet=changed))

    def _held_now(self, session: Session, actor: Actor, press: Press) -> None:
        quiet.send_held_now(session, actor, self._target(session, actor, press), now())
        self.decisions.released.append((self._at(), press.space or ""))

    def _digest(self, session: Session, actor: Actor, press: Press) -> None:
        target = self._target(session, actor, press)
        digests.set_digest(session, actor, target, Schedule(Every.HOURLY), "Europe/Prague", now())
        if not any(each.ends == FOREVER and each.space == press.space for each in self.decisions.digests):
            self.decisions.digests.append(Span(press.tenant, press.space, None, self._at()))

    def _digest_off(self, session: Session, actor: Actor, press: Press) -> None:
        digests.switch_off(session, actor, self._target(session, actor, press), now())
        self._cut(self.decisions.digests, press)

    def _digest_now(self, session: Session, actor: Actor, press: Press) -> None:
        digests.send_now(session, actor, self._target(session, actor, press), now())

    def _pause(self, session: Session, actor: Actor, press: Press) -> None:
        mine = (Destination.tenant_id == actor.tenant, Destination.name == press.space)
        pause_destination(session, actor, session.scalars(select(Destination).where(*mine)).one())
        self.decisions.pauses.append(Span(press.tenant, press.space, None, self._at(), ACTIVE_S))

    def _cut(self, spans: list[Span], press: Press) -> list[Span]:
        """End now what holds for this target; return it."""
        holding = [
            each
            for each in spans
            if each.ends > self._at()
            and (each.tenant, each.space, each.rule) == (press.tenant, press.space, press.rule)
        ]
        for each in holding:
            each.ends = self._at()
        return holding
