"""One world: a seed, its companies, and the engine among them; and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from models.security.vault import Vault
from models.settings import Settings
from tests.crm import settings_for
from tests.simulation.accounts import Evidence
from tests.simulation.chat import Chat, ChatApiPort, ChatWebhookPort
from tests.simulation.company import fill
from tests.simulation.ground import Ground
from tests.simulation.left import what_is_left
from tests.simulation.oracle import judge, judge_held
from tests.simulation.outside.quota import judge_quota
from tests.simulation.outside.receivers import Receivers
from tests.simulation.people import Decisions, People
from tests.simulation.pipedrive import Door, Pipedrive
from tests.simulation.plan import ACTIVE_S, EventPlan, Plan, Press, make_plan
from tests.simulation.ports import Borders, SeededChance, VirtualClock, giving_up_after, installed
from tests.simulation.pressing.colleagues import Colleagues
from tests.simulation.pressing.crm import CrmWire, Deal, Deals
from tests.simulation.pressing.judged import Deeds, judge_presses
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.story import Story
from tests.simulation.worker import Worker

WITHIN_S: Final = 45 * 60.0  # after the end of all faults nothing may be left to do
LOOK_S: Final = 30.0
OURS: Final = 1000  # from here on, tokens of events that a press caused


@dataclass(frozen=True)
class Outcome:
    """What became of a world. `violations` is empty where all promises were kept."""

    seed: int
    violations: list[str]
    story: str
    calls: int
    messages: int
    virtual_s: float


class World:
    """The world of a plan, in a copy of a migrated database."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self.plan = plan
        self._scheduler = Scheduler()
        self._clock = VirtualClock(self._scheduler, plan.start)
        self._story = Story(self._scheduler, plan.start)
        self._random = Random(f"world {plan.seed}")
        self._borders = Borders(self._scheduler, self._story, self._random, plan.faults)
        self._chat = Chat(self._borders, self._story, Random(f"chat {plan.seed}"), plan.chat)
        calls = Random(f"receivers {plan.seed}")
        self._receivers = Receivers(self._borders, self._story, calls, plan.outside, self._chat.shown)
        self._deals, self._crm_process = Deals(), Process("Pipedrive")
        self._pipedrive = Pipedrive(
            self._scheduler, self._clock, self._story, Random(f"crm {plan.seed}"), self._deals
        )
        self._crm = CrmWire(
            self._deals,
            self._borders,
            self._clock,
            self._story,
            Random(f"calls {plan.seed}"),
            plan.pressing.faults,
        )
        ground.renew(self._borders)
        self._database, self._looking = ground.database, ground.looking
        self._settings: Settings = settings_for(
            "http://127.0.0.1:9",
            ground.folder,
            CHAT_PROJECT_WRITES_PER_MINUTE=str(plan.per_minute),
            MAIL_FROM="pipenotify@example.com",
        )
        self._workers: list[Worker] = []
        self._chat_was_ill = plan.chat.share > 0 or bool(plan.chat.closed)
        self._count = 0
        self._door = self._new_door()

    def run(self) -> Outcome:
        """Let everything happen, and judge it."""
        ids, gives_up_s = Random(f"ids {self.plan.seed}"), self.plan.outside.gives_up_s
        with installed(self._clock, SeededChance(ids)), giving_up_after(gives_up_s), self._story.heard():
            try:
                self._begin()
                self._go_on()
                self._judge()
            finally:
                self._scheduler.close()
        return Outcome(
            self.plan.seed,
            self._story.violations,
            self._story.text(),
            self._borders.calls,
            len(self._chat.shown),
            self._scheduler.at,
        )

    def _begin(self) -> None:
        decisions = Decisions()
        vault = Vault(self._settings.encryption_keys)
        self._tenants = fill(self._looking, vault, self.plan, decisions)
        self._people = People(self._database, self._clock, self._story, self._tenants)
        self._people.decisions = decisions
        self._colleagues = Colleagues(
            self._database, vault, self._chat, self._clock, self._scheduler, self._story
        )
        self._door.start()
        for _ in range(self.plan.workers):
            self._start_worker()
        people, crm, nature = Process("people"), self._crm_process, Process("nature")
        for event in self.plan.events:
            tell = partial(self._pipedrive.tell, event, self._tenants[event.tenant], self._take)
            self._scheduler.start(crm, tell, event.at)
        for press in self.plan.presses:
            self._scheduler.start(people, partial(self._people.press, press), press.at)
        self._plan_presses(people)
        for at, by in self.plan.skews:
            self._scheduler.start(nature, partial(self._skew, by), at)
        for at, space in self.plan.others:
            self._scheduler.start(nature, partial(self._chat.write_of_another_app, space), at)
        self._scheduler.start(nature, self._replace_the_dead)
        self._scheduler.start(nature, self._calm, ACTIVE_S)
        for after in (15.0, 400.0, 1200.0):
            resume = partial(self._people.resume_all, sorted(self._tenants))
            self._scheduler.start(people, resume, ACTIVE_S + after)

    def _plan_presses(self, people: Process) -> None:
        plan = self.plan.pressing
        self._crm.on_ended = self._tell_of_ending
        for press in plan.presses:
            self._scheduler.start(people, partial(self._colleagues.press, press), press.at)
        if plan.connects_at is not None:
            for name, number in self._tenants.items():
                connect = partial(self._colleagues.connect, name, number)
                self._scheduler.start(people, connect, plan.connects_at)

    def _tell_of_ending(self, deal: Deal, status: str) -> None:
        """Let Pipedrive tell of a deal that somebody won or lost by a card, as of any other event."""
        tenant, number = deal
        at, token = self._scheduler.at, f"{tenant}{number}x{OURS + len(self.plan.events)}x"
        event = EventPlan(at, tenant, number, token, f"deal.{status}", 600, False, False, 0.0, False)
        self.plan.events.append(event)
        tell = partial(self._pipedrive.tell, event, self._tenants[tenant], self._take)
        self._scheduler.start(self._crm_process, tell, self._random.uniform(0.01, 3))

    def _go_on(self) -> None:
        while self._scheduler.at < ACTIVE_S + WITHIN_S:
            self._guarded_run(self._scheduler.at + LOOK_S)
            self._look_at_held()
            if self._scheduler.at > ACTIVE_S + 30 and not what_is_left(self._evidence()):
                return
        left = what_is_left(self._evidence())
        self._story.object(f"after {WITHIN_S / 60:g} minutes without faults there is left: {left}")

    def _guarded_run(self, until: float) -> None:
        try:
            self._scheduler.run(until)
        except Exception as error:  # noqa: BLE001 - the engine must not crash, whatever it is
            self._story.object(f"the engine crashed: {type(error).__name__}: {error}"[:300])

    def _evidence(self) -> Evidence:
        return Evidence(
            self.plan,
            self._clock,
            self._people.decisions,
            self._chat,
            self._receivers,
            self._pipedrive,
            self._tenants,
            self._looking,
        )

    def _look_at_held(self) -> None:
        for violation in judge_held(self._evidence(), self._scheduler.at):
            self._story.object(violation)

    def _judge(self) -> None:
        quota = judge_quota(self.plan, [each.share for each in self._workers])
        for violation in (*judge(self._evidence()), *judge_presses(self._deeds()), *quota):
            self._story.object(violation)

    def _deeds(self) -> Deeds:
        faults = self.plan.faults
        is_calm = not (faults.kills or faults.freezes or faults.refused or faults.unheard)
        return Deeds(
            self.plan.pressing,
            self._clock,
            self._tenants,
            self._deals,
            self._colleagues.pressed,
            self._looking,
            is_calm=is_calm and not self._chat_was_ill,
        )

    def _take(self, *request: object) -> None:
        self._door.take(*request)  # type: ignore[arg-type]

    def _new_door(self) -> Door:
        self._count += 1
        process = Process(f"web {self._count}")
        self._borders.mortal.add(process)
        return Door(process, self._scheduler, self._database, self._wake)

    def _start_worker(self) -> None:
        self._count += 1
        process = Process(f"worker {self._count}")
        self._borders.mortal.add(process)
        clients = ChatApiPort(self._chat), ChatWebhookPort(self._chat), self._receivers
        worker = Worker(process, self._scheduler, self._settings, self._database, clients, self._crm)
        self._workers.append(worker)
        worker.start()

    def _wake(self) -> None:
        if self._workers and self._random.random() >= self.plan.wakes_lost:
            self._scheduler.set(self._random.choice(self._workers).wake)

    def _replace_the_dead(self) -> None:
        """Start a new process a few seconds after one has ended, as a supervisor does."""
        while True:
            self._scheduler.pause(1.0 if self._scheduler.at < ACTIVE_S + 10 else 60.0)
            for worker in [each for each in self._workers if each.process.is_dead]:
                self._workers.remove(worker)
                self._later(self._start_worker)
            if self._door.process.is_dead:
                self._door = self._new_door()
                self._later(self._door.start)

    def _later(self, work: Callable[[], None]) -> None:
        self._scheduler.start(self._scheduler.process, work, self._random.uniform(0, 5))

    def _skew(self, by: float) -> None:
        process = self._random.choice([*(each.process for each in self._workers), self._door.process])
        process.skew_s = by
        self._story.tell("the clock of %s is %+.1f s off", process.name, by)

    def _calm(self) -> None:
        """End all faults; people open what they closed, and clocks are right again."""
        self._story.tell("all faults end")
        self._borders.mortal.clear()
        self._crm.faults.share = 0.0
        self._chat.faults.recover()
        self._receivers.recover()
        for worker in self._workers:
            worker.process.skew_s = 0.0
        self._door.process.skew_s = 0.0
        off = [
            Press(0.0, each.tenant, "digest off", each.space)
            for each in self._people.decisions.digests
            if each.ends == float("inf")
        ]
        for press in off:
            self._scheduler.start(Process("people"), partial(self._people.press, press), 1.0)


def run_seed(seed: int, ground: Ground) -> Outcome:
    """Run the world of a seed."""
    return World(make_plan(seed), ground).run()


def run_ten(first: int, ground: Ground) -> str:
    """Run ten seeds; return the story of the first world where a promise was broken, "" where none was."""
    for seed in range(first, first + 10):
        outcome = run_seed(seed, ground)
        if outcome.violations:
            again = f"python -m tests.simulation --seed {seed}"
            return "\n".join([outcome.story, *outcome.violations, f"again: {again}"])
    return ""
