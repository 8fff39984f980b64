"""What a seed decides beforehand: companies, rules, presses, what happens in Pipedrive, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from tests.simulation.chat import ILL, KINDS, ChatFaults
from tests.simulation.outside.place import Place
from tests.simulation.outside.plan import Outside, plan_outside
from tests.simulation.ports import Faults
from tests.simulation.pressing.press import STANDS_STILL, Pressing, plan_pressing

ACTIVE_S: Final = 480.0  # people act, Pipedrive tells, things go wrong; afterwards all is well
# The clocks change four minutes after the beginning of all but the first.
DAYS: Final = (
    (datetime(2026, 11, 20, 12, 56, tzinfo=UTC), "Europe/Prague"),
    (datetime(2026, 3, 29, 0, 56, tzinfo=UTC), "Europe/Prague"),
    (datetime(2026, 10, 25, 0, 56, tzinfo=UTC), "Europe/Prague"),
    (datetime(2026, 11, 1, 5, 56, tzinfo=UTC), "America/New_York"),
)
PRESSES: Final = (
    *("mute", "mute", "mute rule", "unmute", "quiet", "quiet off", "urgent"),
    *("digest", "digest off", "digest now", "pause", "held now"),
)
MOST_PER_MINUTE: Final = 3000
TYPES: Final = ("deal.created", "deal.value_changed", "deal.won", "deal.lost")


@dataclass(frozen=True)
class RulePlan:
    """A rule: which event types it wants, from which value on, and the places it sends to."""

    tenant: str
    name: str
    on: tuple[str, ...]
    least: int
    is_urgent: bool
    places: tuple[Place, ...]
    is_threaded: bool
    shows_restricted: bool

    def wants(self, event: EventPlan) -> bool:
        is_meant = event.kind in self.on or "deal.*" in self.on
        return self.tenant == event.tenant and is_meant and event.value >= self.least

    def shows(self, event: EventPlan) -> bool:
        """Whether its cards tell what not everybody may see."""
        return self.shows_restricted or not event.is_restricted


@dataclass(frozen=True)
class Quiet:
    """Quiet hours of a place, or of a tenant where `space` is None."""

    tenant: str
    space: str | None
    starts: str
    ends: str
    zone: str
    lets_urgent_through: bool

    def contains(self, moment: datetime) -> bool:
        wall = f"{moment.astimezone(ZoneInfo(self.zone)):%H:%M}"
        return self.starts <= wall < self.ends


@dataclass(frozen=True)
class EventPlan:
    """One change of a deal. Its token is the title of the deal from then on, and in no other event."""

    at: float
    tenant: str
    deal: int
    token: str
    kind: str
    value: int
    is_repeated: bool
    is_told_twice: bool
    delay_s: float
    is_restricted: bool  # not everybody may see the deal in Pipedrive


@dataclass(frozen=True)
class Press:
    """What a person does: mute, unmute, quiet, digest ... `space` is where, None for the whole company."""

    at: float
    tenant: str
    what: str
    space: str | None = None
    rule: str | None = None
    seconds: float = 0.0
    quiet: Quiet | None = None
    is_on: bool = False


@dataclass
class Plan:
    """All that a seed decides beforehand."""

    seed: int
    start: datetime
    zone: str
    places: list[Place] = field(default_factory=list)
    rules: list[RulePlan] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)
    digests: list[tuple[Place, int]] = field(default_factory=list)  # and the minute of the hour
    events: list[EventPlan] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    chat: ChatFaults = field(default_factory=ChatFaults)
    is_prompt: bool = False  # nothing goes wrong but in one space, so that cards come at once in the others
    workers: int = 1
    skews: list[tuple[float, float]] = field(default_factory=list)  # when a clock jumps, and by how much
    others: list[tuple[float, str]] = field(default_factory=list)  # writes of another app
    wakes_lost: float = 0.1
    per_minute: int = MOST_PER_MINUTE
    pressing: Pressing = field(default_factory=Pressing)
    outside: Outside = field(default_factory=Outside)

    @property
    def most_skew(self) -> float:
        return max((abs(by) for _, by in self.skews), default=0.0)


def make_plan(seed: int) -> Plan:
    """Return what this seed decides; the same for the same seed."""
    random = Random(f"plan {seed}")
    start, zone = random.choice(DAYS)
    plan = Plan(seed, start, zone, workers=random.choice((1, 2, 2, 3)))
    for tenant in ("A", "B"):
        _add_company(plan, random, tenant)
    _add_events(plan, random)
    for _ in range(random.choice((0, 1, 3, 6))):
        plan.presses.append(_press(plan, random))
    if random.random() < 0.3:
        _add_ill_space(plan, random)
    else:
        _add_faults(plan, random)
    if plan.per_minute < MOST_PER_MINUTE and Random(f"refusals {seed}").random() < 0.1:
        plan.chat.share, plan.chat.kinds = 0.7, ("400",)  # each costs a second write
    plan.faults.latency_s = random.choice((0.002, 0.02, 0.2))
    plan.pressing = plan_pressing(seed, ACTIVE_S)
    if plan.is_prompt:
        plan.pressing.faults.kinds = tuple(
            each for each in plan.pressing.faults.kinds if each != STANDS_STILL
        )
    _add_outside(plan)
    return plan


def _add_outside(plan: Plan) -> None:
    rules = [(each.tenant, each.name) for each in plan.rules]
    plan.outside = plan_outside(plan.seed, plan.places, rules, ACTIVE_S, is_prompt=plan.is_prompt)
    plan.rules = [replace(each, places=each.places + plan.outside.further(each.name)) for each in plan.rules]
    plan.places += plan.outside.places
    plan.presses += [Press(at, each.tenant, "pause", each.space) for at, each in plan.outside.pauses]
    for space in [each.space for each in plan.places if not each.is_outside]:
        if space in plan.outside.gone_from:
            plan.chat.closed[space] = (plan.outside.gone_from[space], float("inf"))
    plan.chat.was_closed = set(plan.chat.closed)


def _add_company(plan: Plan, random: Random, tenant: str) -> None:
    places = [
        Place(tenant, f"spaces/{tenant}{number}", "chat_space") for number in range(random.choice((1, 2)))
    ]
    if random.random() < 0.4:
        places.append(Place(tenant, f"spaces/{tenant}w", "chat_webhook"))
    plan.places += places
    shows_restricted = random.random() < 0.3
    for number in range(random.choice((1, 2, 3))):
        on = random.choice((("deal.*",), ("deal.*",), TYPES[:2], TYPES[1:3], TYPES[2:]))
        chosen = tuple(random.sample(places, random.randint(1, len(places))))
        least = random.choice((0, 0, 500))
        is_urgent, is_threaded = random.random() < 0.3, random.random() < 0.3
        plan.rules.append(
            RulePlan(
                tenant,
                f"{tenant} rule {number}",
                on,
                least,
                is_urgent,
                chosen,
                is_threaded,
                shows_restricted,
            )
        )
    if random.random() < 0.6:
        space = random.choice([None, *(each.space for each in places if each.kind == "chat_space")])
        plan.quiet.append(_window(plan, random, tenant, space))
    if random.random() < 0.3:
        plan.digests.append((places[0], random.randint(0, 59)))


def _window(plan: Plan, random: Random, tenant: str, space: str | None) -> Quiet:
    """Return a window that begins around the first minutes and ends within a quarter, on one day."""
    zone = ZoneInfo(plan.zone)
    while True:
        begins, lasts = random.uniform(-180, 360), random.uniform(60, 600)
        starts, ends = (
            f"{(plan.start + timedelta(seconds=at)).astimezone(zone):%H:%M}"
            for at in (begins, begins + lasts)
        )
        if starts < ends:
            return Quiet(tenant, space, starts, ends, plan.zone, random.random() < 0.7)


def _add_events(plan: Plan, random: Random) -> None:
    bursts = [random.uniform(10, ACTIVE_S - 90) for _ in range(random.randint(1, 3))]
    for number in range(random.randint(8, 24)):
        tenant, deal = random.choice("AAB"), random.randint(1, 5)
        is_burst = random.random() < 0.6
        at = random.choice(bursts) + random.uniform(0, 4) if is_burst else random.uniform(5, ACTIVE_S - 60)
        delay = random.choice((0.0, 0.0, 0.0, random.uniform(0, 20)))
        plan.events.append(
            EventPlan(
                at,
                tenant,
                deal,
                f"{tenant}{deal}x{number}x",
                random.choice(TYPES),
                random.choice((100, 600, 5000)),
                random.random() < 0.1,
                random.random() < 0.1,
                delay,
                random.random() < 0.15,
            )
        )
    plan.events.sort(key=lambda event: event.at)


def _press(plan: Plan, random: Random) -> Press:
    at, tenant = random.uniform(1, ACTIVE_S - 120), random.choice("AAB")
    spaces = [each.space for each in plan.places if each.tenant == tenant and each.kind == "chat_space"]
    space = random.choice(spaces)
    what = random.choice(PRESSES)
    seconds = random.uniform(30, 270)
    if what == "mute" and random.random() < 0.3:
        return Press(at, tenant, "mute", None, None, seconds)
    if what == "mute rule":
        rule = random.choice([each.name for each in plan.rules if each.tenant == tenant])
        return Press(at, tenant, "mute", None, rule, seconds)
    if what == "quiet":
        return Press(at, tenant, what, space, quiet=_window(plan, random, tenant, space))
    return Press(at, tenant, what, space, None, seconds, is_on=random.random() < 0.5)


def _add_ill_space(plan: Plan, random: Random) -> None:
    """Let one space alone go wrong, and that mostly."""
    plan.is_prompt, plan.wakes_lost, plan.workers = True, 0.0, 1
    plan.chat.only = random.choice(plan.places).space
    plan.chat.share, plan.chat.kinds = random.uniform(0.5, 1.0), tuple(random.sample(ILL, 2))


def _add_faults(plan: Plan, random: Random) -> None:
    if random.random() < 0.6:
        plan.faults.kills = {random.randint(1, 800) for _ in range(random.randint(1, 5))}
    if random.random() < 0.3:
        numbers = [random.randint(1, 800) for _ in range(random.randint(1, 3))]
        plan.faults.freezes = {each: random.uniform(20, 90) for each in numbers}
    if random.random() < 0.6:
        kinds = tuple(random.sample(KINDS, random.randint(1, 4)))
        plan.chat.share, plan.chat.kinds = random.uniform(0.05, 0.4), kinds
    if random.random() < 0.3:
        begins, space = random.uniform(30, 320), random.choice(plan.places).space
        plan.chat.closed[space] = (begins, begins + random.uniform(20, 120))
    if random.random() < 0.35:
        plan.faults.refused, plan.faults.unheard = random.uniform(0, 0.05), random.uniform(0, 0.03)
    if random.random() < 0.15:
        plan.skews = [(random.uniform(0, 420), random.uniform(-4, 4)) for _ in range(random.randint(1, 3))]
    if random.random() < 0.15:
        space = random.choice(plan.places).space
        plan.others = [(random.uniform(0, ACTIVE_S), space) for _ in range(40)]
    plan.wakes_lost = random.choice((0.0, 0.1, 0.5))
    plan.per_minute = random.choice((*[MOST_PER_MINUTE] * 3, 15))
