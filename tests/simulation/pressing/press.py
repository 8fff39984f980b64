"""What a seed decides about presses: who presses which button when, and what goes wrong at Pipedrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

PERSONS: Final = ("ada", "ben", "cyd")
CONNECTS_LATE: Final = "cyd"  # presses before they have connected their own Pipedrive account
NUMBERS: Final = {"ada": 11, "ben": 12, "cyd": 13}  # of their users in Pipedrive
BUTTONS: Final = ("deal.claim", "deal.won", "deal.lost", "deal.note", "deal.note")
STANDS_STILL: Final = "frozen"  # the process, for longer than its lease
TROUBLES: Final = ("lost reply", "503", "429", "hang", "late", "slow", STANDS_STILL)


@dataclass(frozen=True)
class ButtonPress:
    """Somebody presses a button of a card that they see then.

    `which` chooses the card, from 0 for the oldest to 1 for the newest; `words` are the note or the reason.
    `again_s`: Chat sends the same interaction once more so much later.
    """

    at: float
    tenant: str
    person: str
    button: str
    which: float
    words: str
    again_s: float | None


@dataclass
class CrmFaults:
    """The share of calls of Pipedrive that go wrong, and how."""

    share: float = 0.0
    kinds: tuple[str, ...] = TROUBLES


@dataclass
class Pressing:
    """All that a seed decides about presses. Late persons connect at `connects_at`, None for never."""

    presses: list[ButtonPress] = field(default_factory=list)
    faults: CrmFaults = field(default_factory=CrmFaults)
    connects_at: float | None = None


def plan_pressing(seed: int, active_s: float) -> Pressing:
    """Return what this seed decides; in four of ten worlds nobody presses anything."""
    random = Random(f"pressing {seed}")
    plan = Pressing()
    if random.random() < 0.4:
        return plan
    for number in range(random.choice((1, 3, 8))):
        at = random.uniform(20, active_s - 60)
        several = random.random() < 0.4  # two persons want the same at once
        tenant, button, which = random.choice("AAB"), random.choice(BUTTONS), random.choice((0.0, 0.5, 1.0))
        for person in random.sample(PERSONS, 2 if several else 1):
            again = random.uniform(0.1, 30) if random.random() < 0.3 else None
            words = f"words {number} of {person}"
            moment = at + random.uniform(0, 2)
            plan.presses.append(ButtonPress(moment, tenant, person, button, which, words, again))
    if random.random() < 0.5:
        plan.faults.share = random.uniform(0.05, 0.5)
        plan.faults.kinds = tuple(random.sample(TROUBLES, random.randint(1, 4)))
    plan.connects_at = random.choice((None, random.uniform(100, active_s - 30)))
    return plan
