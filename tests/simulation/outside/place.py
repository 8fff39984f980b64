"""Where a rule of the simulation sends to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EMAIL: Final = "email"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True)
class Place:
    """A destination. Its `space` is its own; outside Chat that is its name."""

    tenant: str
    space: str
    kind: str

    @property
    def is_outside(self) -> bool:
        """Whether it is no space of Chat."""
        return self.kind in (EMAIL, WEBHOOK)
