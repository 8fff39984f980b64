"""The scripted week: who does what at which local time, and what becomes of it in each place.

European summer time ends in it, on Sunday the 25th at 03:00; New York keeps its own for another week.
`sent`, `held <until>` and then sent, `digest`, `muted`, `paused`, `not shown` (to a person who may not see
it), `shown` (by the card that was pressed), `answered` and `refused` (of what is said to the app).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

PRAGUE, NEW_YORK = ZoneInfo("Europe/Prague"), ZoneInfo("America/New_York")
ZONES: Final = {"Prague": PRAGUE, "New York": NEW_YORK}
ROOMS: Final = {"deals": "spaces/AAAA", "wins": "spaces/BBBB", "leads": "spaces/CCCC"}
PLACES: Final = {**ROOMS, "board": "spaces/DDDD", "ben": "spaces/DM1002", "north": "spaces/NORTH"}
PEOPLE: Final = {name: f"users/{1001 + number}" for number, name in enumerate(("Ada", "Ben", "Cora", "Gil"))}
DAN: Final = "users/1005"
PERSONS: Final = {**PEOPLE, "Dan": DAN}

WEEK: Final = """
Wed 21 08:30 Prague |Ben |in ben: help                        |answered
Wed 21 09:00 Prague |Ada |new Hooli 12000                     |deals sent
Wed 21 09:05 Prague |Ada |in board: digest daily 09:00 here   |answered
Wed 21 09:10 Prague |Ben |move Hooli                          |deals sent; board digest
Wed 21 10:00 Prague |Dan |in deals: mute 1h here              |answered
Wed 21 10:20 Prague |Ada |new Initrode 900                    |deals muted
Wed 21 10:40 Prague |Ada |won Hooli                           |deals muted; wins sent; ben held Wed 21 14:00
Wed 21 12:00 Prague |Ada |burst 12 Umbrella 500               |deals sent
Wed 21 13:00 Prague |Gil |in deals: mute 4h here              |refused
Wed 21 13:05 Prague |Ada |new Vandelay 4000                   |deals sent
Wed 21 13:10 Prague |Cora|press deal.won in deals: Vandelay   |refused
Wed 21 13:12 Prague |Gil |press deal.won in deals: Vandelay   |refused
Wed 21 13:15 Prague |Ben |press deal.won in deals: Vandelay   |deals shown; wins sent
Wed 21 21:00 Prague |Ada |new Nakatomi 50000                  |deals held Thu 22 07:00
Wed 21 21:30 Prague |Ada |won Nakatomi                        |deals held Thu 22 07:00; wins sent; ben sent
Thu 22 09:30 Prague |Ada |private Skunkworks 8000             |deals sent
Thu 22 09:40 Prague |Ada |lost Skunkworks                     |ben not shown; board digest
Thu 22 10:00 New York|Una |new Wonka 700                       |north sent
Thu 22 17:00 Prague |Ben |in ben: mute tomorrow me            |answered
Thu 22 18:00 Prague |Ada |lost Initrode                       |ben muted; board digest
Thu 22 19:00 New York|Una |won Wonka                           |north held Fri 23 14:00
Fri 23 10:00 Prague |Dan |in leads: space pause here          |answered
Fri 23 10:30 Prague |Ada |call Dentist                        |leads paused
Fri 23 11:00 Prague |Ada |in deals: mute 4h rule Moves        |answered
Fri 23 11:30 Prague |Ada |move Umbrella 1                     |deals muted; board muted
Fri 23 15:00 Prague |Dan |in leads: space resume here         |answered
Fri 23 15:10 Prague |Ben |call Plumber                        |leads sent
Fri 23 19:30 Prague |Dan |in wins: mute 2h here               |answered
Fri 23 19:45 Prague |Ada |won Umbrella 2                      |deals sent; wins muted
Sat 24 21:00 Prague |Ada |new Gekko 2000                      |deals held Sun 25 07:00
Sun 25 02:30 Prague |Ada |new Soylent 100                     |deals held Sun 25 07:00
Sun 25 02:31 again  |Ada |new Oscorp 100                      |deals held Sun 25 07:00
Sun 25 07:30 Prague |Ada |move Gekko                          |deals sent; board digest
Sun 25 11:00 Prague |Ada |lost Soylent                        |ben held Sun 25 13:00; board digest
Mon 26 08:00 Prague |Ada |in deals: quiet set 12:00-13:00 here|answered
Mon 26 12:15 Prague |Ada |new Duff 70                         |deals held Mon 26 12:30
Mon 26 12:30 Prague |Ada |in deals: quiet off here            |answered
Mon 26 21:00 Prague |Ada |new Pied Piper 60                   |deals muted
Mon 26 22:00 Prague |Dan |in deals: mute tomorrow here        |answered
Tue 27 10:00 Prague |Ada |new Stark 600                       |deals sent
Tue 27 10:10 Prague |Ben |press deal.claim in deals: Stark    |nowhere
Tue 27 10:20 Prague |Ben |press deal.move in deals: Stark     |deals shown; board digest
Tue 27 11:00 Prague |Ada |in board: digest off here           |answered
Tue 27 11:30 Prague |Ben |move Oscorp                         |deals sent; board sent
"""
END: Final = datetime(2026, 10, 28, 14, 30, tzinfo=PRAGUE).astimezone(UTC)
_LINE: Final = re.compile(r"(\w+ \d+ \d\d:\d\d) (Prague|New York|again) *\| *(\w+) *\| *(.+?) *\| *(.+)")
OF_ACME: Final = ("Ada", "Ben")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the week. `expected` is None where only the oracle says it."""

    at: datetime
    who: str
    what: str
    expected: str | None

    @property
    def of_acme(self) -> bool:
        return self.who != "Una"


def read_week() -> list[Row]:
    """Read the table above; in the order of time."""
    rows = []
    for line in WEEK.strip().splitlines():
        found = _LINE.fullmatch(line)
        assert found, line
        when, zone, who, what, expected = found.groups()
        rows.append(Row(moment(when, zone), who, what, expected))
    return sorted(rows, key=lambda row: row.at)


def moment(when: str, zone: str = "Prague") -> datetime:
    """Read `Wed 21 09:00` as UTC; `again` is an hour that Prague's clocks show for the second time."""
    local = datetime.strptime(f"2026-10 {when} +0000", "%Y-%m %a %d %H:%M %z")
    assert local.strftime("%a") == when[:3], when
    aware = local.replace(tzinfo=ZONES.get(zone, PRAGUE), fold=1 if zone == "again" else 0)
    return aware.astimezone(UTC)


def some_more(seed: int, deals: int) -> list[Row]:
    """The everyday life of so many deals at random minutes of the week, the same for the same seed."""
    random, first, rows = Random(seed), moment("Wed 21 08:00"), list[Row]()
    minutes = int((moment("Tue 27 22:00") - first).total_seconds() // 60)
    for number in range(deals):
        who, title = random.choice(("Ada", "Ben", "Una")), f"Everyday {number}"
        times = sorted(random.sample(range(minutes), 3))
        value, end = random.randrange(500, 30_000, 500), random.choice(("won", "lost", "lost"))
        kind = "private" if who == "Ada" and random.random() < 0.1 else "new"
        whats = [f"{kind} {title} {value}", f"move {title}", f"{end} {title}"]
        if random.random() < 0.15:
            whats = [f"burst {random.randrange(4, 9)} {title} {value}", f"call {title}"]
        rows += [
            Row(datetime.fromtimestamp(first.timestamp() + 60 * at, UTC), who, what, None)
            for at, what in zip(times, whats, strict=False)
        ]
    return rows
