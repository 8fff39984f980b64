"""A worker of the simulation: the real engine, driven as `jobs.drain` and `jobs.sweeper` drive it."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

from jobs.card_actions.update_copies import CopyUpdater
from jobs.card_actions.write import CardActionWriter
from jobs.channels import ChatClients
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.recent_changes import RecentChanges
from jobs.deliveries.results import SendResult
from jobs.deliveries.retry import LEASE
from jobs.drain_step import DrainStep
from jobs.events.fan_out import FanOut
from jobs.names.cache import NameCache
from jobs.scheduled.clear_removed import skip_held
from jobs.scheduled.digests import Digests
from jobs.scheduled.fall_back import fall_back
from jobs.scheduled.heal_lanes import heal_lanes
from jobs.scheduled.mutes import Mutes
from jobs.scheduled.release_held import HeldDeliveries
from jobs.scheduled.summary_cards import SummaryCards
from jobs.scheduled.wake_drain import is_anything_due
from jobs.to_pipedrive.client import Pipedrive
from models.clock import monotonic, now
from models.errors import DatabaseUnavailable
from models.rules.rulesets import Rulesets
from models.security.vault import Vault
from models.settings import Settings
from tests.engine import NoSource
from tests.simulation.chat import ChatApiPort, ChatWebhookPort, PosterPort
from tests.simulation.outside.quota import WatchedShare
from tests.simulation.outside.receivers import Receivers
from tests.simulation.ports import SimulatedDatabase
from tests.simulation.pressing.crm import CrmWire
from tests.simulation.scheduler import Process, Scheduler, Signal

IN_FLIGHT: Final = 16
LEASED_NAP_S: Final = 2.0
MOST_NAP_S: Final = 20.0  # a real drain looks each second; here a sweep wakes it as well
AWAY_S: Final = 1.0
RENEW_S: Final = 10.0
AT_TIMES: Final = 6  # every so many sweeps
GATHER_S: Final = 0.2  # a real drain stores results after a fifth of that: kills come between more often here
PRESSES_S: Final = 5.0  # a real worker looks for presses each second


class Worker:
    """One worker process. `wake` wakes its drain; `sweep_s` is how long its sweeper rests."""

    def __init__(
        self,
        process: Process,
        scheduler: Scheduler,
        settings: Settings,
        database: SimulatedDatabase,
        clients: tuple[ChatApiPort, ChatWebhookPort, Receivers],
        crm: CrmWire,
    ) -> None:
        self.process = process
        self.wake = Signal()
        self.sweep_s = 25.0
        self._scheduler = scheduler
        self._database = database
        names = NameCache(database, NoSource())
        rulesets = Rulesets(settings.rules_fresh_s)
        vault = Vault(settings.encryption_keys)
        recent = RecentChanges()
        self._fan_out = FanOut(database, names, rulesets, recent)
        preparation = Preparation(database, names, rulesets, recent)
        chat, chat_webhook, outside = cast(tuple[Any, Any, Any], clients)
        all_clients = replace(
            ChatClients.of(settings, chat), chat_webhook=chat_webhook, mailer=outside, webhook=outside
        )
        self._deliver = Deliver(settings, database, vault, preparation, all_clients)
        self._deliver._quota_share = self.share = WatchedShare(settings.chat_project_writes_per_minute)
        self._step = DrainStep(database, self._fan_out, self._deliver)
        self._deliver.sender._poster = cast(Any, PosterPort(clients[0]))
        pipedrive = Pipedrive(database, vault, settings, cast(Any, crm))
        copies = CopyUpdater(settings, database, preparation, chat)
        self._presses = (CardActionWriter(database, pipedrive).step, copies.step)
        self._each_sweep = list(_sweeps(settings, database, names, outside))
        self._at_times: list[Callable[[], Any]] = [
            partial(heal_lanes, database),
            partial(skip_held, database),
        ]
        self._sending: set[OutgoingMessage] = set()
        self._results: list[SendResult] = []
        self._stores_at = 0.0  # the results, at the latest

    def start(self) -> None:
        for work in (self._drain, self._sweep, self._keep_leases):
            self._scheduler.start(self.process, work)
        for step in self._presses:
            self._scheduler.start(self.process, partial(self._work_off, step))

    def _drain(self) -> None:
        is_woken = True
        while True:
            try:
                has_worked = self._round(expected=is_woken)
                is_woken = False
            except DatabaseUnavailable:
                self._scheduler.pause(AWAY_S)
                continue
            if not has_worked:
                is_woken = self._scheduler.wait(self.wake, self._nap_s())

    def _round(self, *, expected: bool) -> bool:
        """Do what can be done now; return whether anything was. As `jobs.drain.Drain` does."""
        finished = list(self._results) if self._store_in_s() <= 0 else []
        still_sending = self._sending.difference(each.message for each in finished)
        if any(message.is_alone for message in still_sending):
            if finished:
                self._deliver.finish(finished)
                self._forget(finished)
            return bool(finished)
        begun = self._step.begin(finished, expected=expected)
        free, is_idle = IN_FLIGHT - len(still_sending), not still_sending
        has_room = is_idle or (free >= IN_FLIGHT // 4 and not self._deliver.needs_idle)
        messages = self._step.end(begun, free if has_room else 0, is_idle=is_idle)
        self._forget(finished)
        self.share.note_claimed(messages)
        for message in messages:
            self._sending.add(message)
            self._scheduler.start(self.process, partial(self._send, message))
        return bool(finished or begun.events or messages)

    def _forget(self, finished: list[SendResult]) -> None:
        """Drop what is stored; other results may have come meanwhile."""
        self._results = [each for each in self._results if each not in finished]
        self._sending.difference_update(each.message for each in finished)

    def _send(self, message: OutgoingMessage) -> None:
        sender = self._deliver.sender
        if sender.goes_by_loop(message):
            result = _result_of(sender.post(sender.draw(message)))
        else:
            result = sender.send(message)
        if not self._results:
            self._stores_at = monotonic() + GATHER_S
        self._results.append(result)  # the list may be another one by now
        self._scheduler.set(self.wake)

    def _store_in_s(self) -> float:
        """Return in how many seconds results are to be stored: a few wait for others."""
        if not self._results:
            return math.inf
        is_waited_for = self._deliver.needs_idle or any(message.is_alone for message in self._sending)
        is_enough = is_waited_for or len(self._results) >= IN_FLIGHT // 4
        return 0.0 if is_enough else self._stores_at - monotonic()

    def _work_off(self, step: Callable[[], bool]) -> None:
        """Do steps of a kind of work while there are any, and look again after a while."""
        while True:
            try:
                while step():
                    pass
            except DatabaseUnavailable:
                pass
            self._scheduler.pause(PRESSES_S)

    def _nap_s(self) -> float:
        due, most = self._deliver.next_due, min(MOST_NAP_S, max(0.005, self._store_in_s()))
        if due is None:
            return most
        left = due - now()
        most = min(most, LEASED_NAP_S) if left <= LEASE else most  # a lease may end sooner
        return min(most, max(0.005, left.total_seconds()))

    def _sweep(self) -> None:
        sweeps = 0
        while True:
            for job in (*self._each_sweep, *(self._at_times if sweeps % AT_TIMES == 0 else ())):
                try:
                    job()
                except DatabaseUnavailable:
                    continue
            sweeps += 1
            self._wake_if_due()
            self._scheduler.pause(self.sweep_s)

    def _wake_if_due(self) -> None:
        try:
            if is_anything_due(self._database):
                self._scheduler.set(self.wake)
        except DatabaseUnavailable:
            pass

    def _keep_leases(self) -> None:
        while True:
            self._scheduler.pause(RENEW_S)
            try:
                self._fan_out.renew()
                if tokens := sorted({message.lease_token for message in self._sending}):
                    self._deliver.renew(tokens)
            except DatabaseUnavailable:
                continue


def _result_of(sending: Coroutine[Any, Any, SendResult]) -> SendResult:
    """Run a coroutine that never waits for an event loop; return its result."""
    try:
        sending.send(None)
    except StopIteration as ended:
        result: SendResult = ended.value
        return result
    raise AssertionError("it waits for an event loop, which this world does not have")


def _sweeps(
    settings: Settings, database: SimulatedDatabase, names: NameCache, receivers: Receivers
) -> Iterator[Callable[[], Any]]:
    """Yield what each sweep does."""
    cards = SummaryCards(database, names, Rulesets(settings.rules_fresh_s))
    yield HeldDeliveries(database, Rulesets(settings.rules_fresh_s)).release_due
    yield Mutes(database, cards).run
    yield Digests(database, cards).run
    if receivers.are_there:
        yield partial(fall_back, database)
