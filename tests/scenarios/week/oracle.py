"""What must become of every event, told by the product's promises alone and none of its code.

It walks through the week minute by minute with the rules, quiet hours, mutes, digests and pauses in view.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tests.scenarios.week.script import NEW_YORK, PRAGUE, Row

MINUTE: Final = timedelta(minutes=1)
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule of the week: these events, worth at least so much, go to these places."""

    name: str
    on: tuple[str, ...]
    to: tuple[str, ...]
    at_least: int = 0
    urgent: bool = False
    thread: str = "none"


ACME: Final = (
    Wanted("New deals", ("deal.created",), ("deals",)),
    Wanted("Moves", ("deal.stage_changed",), ("deals", "board"), thread="deal"),
    Wanted("Wins", ("deal.won",), ("deals", "wins")),
    Wanted("Big wins", ("deal.won",), ("wins", "ben"), at_least=10_000, urgent=True),
    Wanted("Losses", ("deal.lost",), ("ben", "board")),
    Wanted("Calls", ("activity.created",), ("leads",)),
)
BOLT: Final = (Wanted("All", ("deal.created", "deal.stage_changed", "deal.won", "deal.lost"), ("north",)),)
_TYPES: Final = {
    "new": "deal.created",
    "private": "deal.created",
    "burst": "deal.created",
    "move": "deal.stage_changed",
    "won": "deal.won",
    "lost": "deal.lost",
    "call": "activity.created",
}
_PRESSED: Final = {"deal.won": "won", "deal.move": "move"}


@dataclass(frozen=True, slots=True)
class Window:
    """Quiet hours; `by_day` are the days on which one begins."""

    starts: time
    ends: time
    zone: ZoneInfo
    by_day: tuple[str, ...] = DAYS
    urgent_passes: bool = True

    def holds(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        today, before = DAYS[local.weekday()] in self.by_day, DAYS[local.weekday() - 1] in self.by_day
        clock = local.time().replace(second=0, microsecond=0)
        if self.starts < self.ends:
            return today and self.starts <= clock < self.ends
        return (today and clock >= self.starts) or (before and clock < self.ends)


WORKDAYS: Final = DAYS[:5]
QUIET: Final = {
    "acme": Window(time(20), time(7), PRAGUE),
    "bolt": Window(time(18), time(8), NEW_YORK, WORKDAYS),
    "ben": Window(time(22), time(8), NEW_YORK, urgent_passes=False),
}


@dataclass(slots=True)
class Owed:
    """What becomes of one event in one place: `fate`, and when it is sent if it is."""

    title: str
    event_type: str
    place: str
    rules: tuple[str, ...]
    at: datetime
    urgent: bool
    private: bool
    fate: str = ""
    due: datetime | None = None


@dataclass(slots=True)
class _Mute:
    place: str
    rule: str
    until: datetime

    def covers(self, place: str, rule: str) -> bool:
        return self.place in ("", place) and self.rule in ("", rule)


@dataclass
class Oracle:
    """`tell` each row in the order of time; `owed` is what is to be found in the end."""

    owed: list[Owed] = field(default_factory=list)
    quiet: dict[str, Window] = field(default_factory=lambda: {"ben": QUIET["ben"]})
    history: list[tuple[datetime, dict[str, Window]]] = field(default_factory=list)
    _digests: set[str] = field(default_factory=set)
    _paused: set[str] = field(default_factory=set)
    _mutes: list[_Mute] = field(default_factory=list)
    _deals: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _waiting: list[Owed] = field(default_factory=list)
    _now: datetime | None = None

    def tell(self, row: Row) -> list[Owed]:
        """Go on to a row; return what is owed for it."""
        self.pass_time(row.at)
        if row.what.startswith("in "):
            if row.expected != "refused":
                self._set(row)
            return []
        return self._owe(row) if row.expected not in ("refused", "nowhere") else []

    def pass_time(self, to: datetime) -> None:
        """Release what is held, in the first minute that is not quiet."""
        while self._now is not None and self._now < to:
            self._now += MINUTE
            self._release(self._now)
        self._now = to

    def window(self, place: str, at: datetime) -> Window:
        """The quiet hours of a place: its own decide alone, else those of its team."""
        known = next((own for since, own in reversed(self.history) if since <= at), {"ben": QUIET["ben"]})
        return known.get(place, QUIET["bolt" if place == "north" else "acme"])

    def _release(self, at: datetime) -> None:
        for owed in [each for each in self._waiting if not self.window(each.place, at).holds(at)]:
            self._waiting.remove(owed)
            owed.due = at
            if owed.place in self._paused:
                owed.fate, owed.due = "paused", None

    def _owe(self, row: Row) -> list[Owed]:
        verb, title, pressed_in = _read(row.what)
        many = re.fullmatch(r"(\d+) (.+) (\d+)", title) if verb == "burst" else None
        if verb in ("new", "private"):
            title, _, value = title.rpartition(" ")
            self._deals[title] = (int(value), verb == "private")
        titles = [title]
        if many:
            titles = [f"{many[2]} {number}" for number in range(1, int(many[1]) + 1)]
            self._deals |= dict.fromkeys(titles, (int(many[3]), False))
        found = [owed for each in titles for owed in self._of_event(row, each, _TYPES[verb], pressed_in)]
        self.owed += found
        return found

    def _of_event(self, row: Row, title: str, event_type: str, pressed_in: str) -> list[Owed]:
        value, private = self._deals.get(title, (0, False))
        rules = [
            rule
            for rule in (ACME if row.of_acme else BOLT)
            if event_type in rule.on and value >= rule.at_least
        ]
        found = []
        for place in dict.fromkeys(place for rule in rules for place in rule.to):
            mine = tuple(rule for rule in rules if place in rule.to)
            urgent = any(rule.urgent for rule in mine)
            names = tuple(rule.name for rule in mine)
            owed = Owed(title, event_type, place, names, row.at, urgent, private)
            self._decide(owed, pressed_in)
            found.append(owed)
        return found

    def _decide(self, owed: Owed, pressed_in: str) -> None:
        window = self.window(owed.place, owed.at)
        if owed.place == pressed_in:
            owed.fate = "shown"
        elif owed.private and owed.place == "ben":
            owed.fate = "not shown"
        elif owed.place in self._paused:
            owed.fate = "paused"
        elif self._is_muted(owed, owed.at):
            owed.fate = "muted"
        elif window.holds(owed.at) and not (owed.urgent and window.urgent_passes):
            owed.fate = "held"
            self._waiting.append(owed)
        elif owed.place in self._digests and not owed.urgent:
            owed.fate = "digest"
        else:
            owed.fate, owed.due = "sent", owed.at

    def _is_muted(self, owed: Owed, at: datetime) -> bool:
        return any(
            at < mute.until and all(mute.covers(owed.place, rule) for rule in owed.rules)
            for mute in self._mutes
        )

    def _set(self, row: Row) -> None:
        place, _, said = row.what.removeprefix("in ").partition(": ")
        words = said.split()
        match words[0]:
            case "mute":
                self._mute(_Mute(*_target(place, words[2:]), _until(words[1], row.at)), row.at)
            case "digest":
                (self._digests.discard if words[1] == "off" else self._digests.add)(place)
            case "space":
                (self._paused.add if words[1] == "pause" else self._paused.discard)(place)
            case "quiet":
                self._set_quiet(place, words[1:], row.at)

    def _mute(self, mute: _Mute, at: datetime) -> None:
        """Mute what comes, and what waits for a moment in which it is still muted."""
        self._mutes.append(mute)
        for owed in list(self._waiting):
            leaves = at
            while self.window(owed.place, leaves).holds(leaves):
                leaves += MINUTE
            if leaves < mute.until and all(mute.covers(owed.place, rule) for rule in owed.rules):
                self._waiting.remove(owed)
                owed.fate = "muted"

    def _set_quiet(self, place: str, words: list[str], at: datetime) -> None:
        own = dict(self.history[-1][1] if self.history else {"ben": QUIET["ben"]})
        if words[0] == "off":
            own.pop(place)
        else:
            starts, _, ends = words[1].partition("-")
            own[place] = Window(time.fromisoformat(starts), time.fromisoformat(ends), PRAGUE)
        self.history.append((at, own))
        self._release(at)


def _read(what: str) -> tuple[str, str, str]:
    """Return what was done, with what, and the place where it was pressed if it was."""
    pressed = re.fullmatch(r"press (\S+) in (\w+): (.+)", what)
    if pressed:
        return _PRESSED[pressed[1]], pressed[3], pressed[2]
    verb, _, rest = what.partition(" ")
    return verb, rest, ""


def _target(place: str, words: list[str]) -> tuple[str, str]:
    return ("", " ".join(words[1:])) if words[0] == "rule" else (place, "")


def _until(word: str, at: datetime) -> datetime:
    if word != "tomorrow":
        return at + timedelta(hours=int(word.removesuffix("h")))
    local = at.astimezone(PRAGUE)  # 8:00 of the next working day
    day = local.date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(8), PRAGUE).astimezone(UTC)
