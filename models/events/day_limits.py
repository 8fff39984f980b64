"""How much of its webhooks a tenant may store a day. The settings import it, so it imports nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayLimits:
    """How many webhooks, and how many bytes of them, are stored for one tenant a day (UTC)."""

    events: int
    bytes: int
