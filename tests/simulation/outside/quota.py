"""Watches what a worker uses of the project's quota of writes to Chat: nothing for what goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from jobs.deliveries.chat_quota.share import QuotaShare
from jobs.deliveries.message import OutgoingMessage
from tests.simulation.outside.judged import is_calm
from tests.simulation.plan import Plan

BY_THE_APP: Final = ("chat_space", "chat_dm")
MOST_LATENCY_S: Final = 0.02  # where all is slower, some messages of a claim are given back


class WatchedShare(QuotaShare):
    """A worker's share, which counts what is used of it, and what was claimed to be written by the app."""

    def __init__(self, per_minute: int) -> None:
        super().__init__(per_minute)
        self.used = self.claimed = 0

    def take_kept(self, most: int, at: datetime) -> int:
        granted = super().take_kept(most, at)
        self.used += granted
        return granted

    def give_back(self, unused: int) -> None:
        super().give_back(unused)
        self.used -= unused

    def note_claimed(self, messages: Sequence[OutgoingMessage]) -> None:
        self.claimed += sum(each.head.kind in BY_THE_APP for each in messages)


def judge_quota(plan: Plan, shares: Sequence[WatchedShare]) -> Iterator[str]:
    """Yield what was used of the quota for nothing, in worlds where each claim comes to its end."""
    if not is_calm(plan) or plan.faults.latency_s > MOST_LATENCY_S:
        return
    for each in shares:
        if each.used != each.claimed:
            yield f"{each.claimed} messages of the app have used {each.used} writes of the quota"
