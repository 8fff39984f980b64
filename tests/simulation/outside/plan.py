"""What a seed decides about what is outside Chat: mails, outgoing webhooks, fallbacks, and their faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.outside.place import EMAIL, WEBHOOK, Place

TROUBLES: Final = ("failed", "failed", "refused", "gone", "hang", "lost reply", "lost reply", "late", "slow")
FOREVER: Final = float("inf")


@dataclass
class Outside:
    """All that a seed decides about destinations outside Chat, and about fallbacks.

    `share` of the calls go wrong, in one of the ways of `kinds`. From `gone_from` on a place refuses us for
    good, to the end of the world; what it misses goes to its fallback. While it is `down`, a receiver fails
    at each call. `gives_up_s`: after so many seconds of nothing but failures a destination is given up, which
    takes five days elsewhere.
    """

    places: list[Place] = field(default_factory=list)
    wanted: set[tuple[str, str]] = field(default_factory=set)  # a rule, and a place that it sends to as well
    share: float = 0.0
    kinds: tuple[str, ...] = TROUBLES
    fallbacks: dict[str, str] = field(default_factory=dict)
    gone_from: dict[str, float] = field(default_factory=dict)
    down: dict[str, tuple[float, float]] = field(default_factory=dict)
    gives_up_s: float | None = None
    pauses: list[tuple[float, Place]] = field(default_factory=list)  # by people, and when

    def further(self, rule: str) -> tuple[Place, ...]:
        """Return the places outside Chat that a rule sends to."""
        return tuple(each for each in self.places if (rule, each.space) in self.wanted)


def plan_outside(
    seed: int, there: Sequence[Place], rules: Sequence[tuple[str, str]], active_s: float, *, is_prompt: bool
) -> Outside:
    """Return what this seed decides; in three of four worlds nothing is outside Chat.

    `there` are the places in Chat, `rules` the (tenant, name) of each rule. With `is_prompt` nothing of Chat
    may be made to go wrong.
    """
    random, plan = Random(f"outside {seed}"), Outside()
    if random.random() < 0.75:
        return plan
    for tenant in ("A", "B"):
        for kind in random.choice(((EMAIL,), (WEBHOOK,), (EMAIL, WEBHOOK), (EMAIL, WEBHOOK))):
            plan.places.append(Place(tenant, f"{kind}-{tenant}", kind))
    for tenant, rule in rules:
        mine = [each for each in plan.places if each.tenant == tenant]
        plan.wanted |= {(rule, each.space) for each in mine if random.random() < 0.6}
    if random.random() < 0.7:
        plan.share = random.uniform(0.1, 0.6)
        plan.kinds = tuple(random.sample(TROUBLES, random.randint(1, 4)))
    _add_fallbacks(plan, random, [] if is_prompt else there, active_s)
    webhooks = [each for each in plan.places if each.kind == WEBHOOK]
    if webhooks and random.random() < 0.35:
        plan.down[random.choice(webhooks).space] = (random.uniform(5, 60), active_s)
        plan.gives_up_s = random.uniform(90, 130)
    if random.random() < 0.3:
        plan.pauses.append((random.uniform(20, active_s - 180), random.choice(plan.places)))
    return plan


def _add_fallbacks(plan: Outside, random: Random, there: Sequence[Place], active_s: float) -> None:
    """Let a place of each tenant have a fallback outside Chat, and mostly need it."""
    for tenant in ("A", "B"):
        mine = [each for each in plan.places if each.tenant == tenant]
        fallback = random.choice(mine)
        others = [each for each in (*there, *mine) if each.tenant == tenant and each != fallback]
        if not others or random.random() < 0.4:
            continue
        refused = random.choice(others)
        plan.fallbacks[refused.space] = fallback.space
        if random.random() < 0.7:
            plan.gone_from[refused.space] = random.uniform(20, active_s - 120)
