"""Runs the checks over a team's deals: what is found, for whom, the worst first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from models.nudges.checks import CHECKS, Check, CheckScope
from models.nudges.facts import DealFacts, NudgeFinding
from models.nudges.reading import KnownDeal, TeamDeals
from models.stalled.queries import Sees

MOST_LINES: Final = 50  # of one morning


@dataclass(frozen=True, slots=True)
class FoundLine:
    """What one check found in one deal."""

    check: Check
    deal: KnownDeal
    finding: NudgeFinding

    @property
    def key(self) -> tuple[str, str]:
        return self.deal.id, self.check.name


@dataclass(frozen=True, slots=True)
class NudgeReader:
    """Who is asked: their id in Pipedrive, their clock, what they see, and whether they manage the team."""

    pipedrive_id: str | None
    zone: ZoneInfo
    sees: Sees
    manages: bool = False


def find_lines(
    team: TeamDeals, reader: NudgeReader, at: datetime, snoozed: Collection[tuple[str, str]] = ()
) -> list[FoundLine]:
    """Return what a person is asked for now, the worst first, at most 50 lines.

    Left out are the pairs of deal and check that are `snoozed`.
    """
    checks = [CHECKS[name] for name in team.plan.checks]
    found = [
        line
        for deal in team.deals
        if reader.sees(deal.permitted)
        for line in _lines_of(team, deal, checks, reader, at)
        if line.key not in snoozed
    ]
    return sorted(found, key=_worst_first)[:MOST_LINES]


def _lines_of(
    team: TeamDeals, deal: KnownDeal, checks: Sequence[Check], reader: NudgeReader, at: datetime
) -> list[FoundLine]:
    mine = [check for check in checks if is_asked(check, deal, reader)]
    if not mine:
        return []
    facts = team.facts(deal, at, reader.zone)
    pairs = ((check, run(check, facts, reader.sees)) for check in mine)
    return [FoundLine(check, deal, finding) for check, finding in pairs if finding is not None]


def is_asked(check: Check, deal: KnownDeal, reader: NudgeReader) -> bool:
    """Tell whether a person is the one whom a check asks about a deal."""
    if check.scope is CheckScope.NOBODYS:
        return reader.manages
    return deal.owner_id is not None and deal.owner_id == reader.pipedrive_id


def run(check: Check, facts: DealFacts, sees: Sees) -> NudgeFinding | None:
    """Return what a check finds, None for nothing, and for an activity that the reader may not see."""
    if facts.is_open is (check.scope is CheckScope.LOST):
        return None
    finding = check.look(facts)
    if finding is None or not finding.activity_id:
        return finding
    permitted = next(each.permitted for each in facts.activities or () if each.id == finding.activity_id)
    return finding if sees(permitted) else None


def _worst_first(line: FoundLine) -> tuple[float, float, float, str]:
    return (-line.check.gravity, -line.deal.value, -line.finding.days, line.deal.id)
