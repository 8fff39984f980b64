"""What was found about a part of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
NOTE: Final = "note"
WRONG: Final = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a part: `ok`, a `note` that may be intended, or `wrong`; and what to do."""

    part: str
    level: str
    words: str

    def as_line(self) -> str:
        return f"{self.level:<5} {self.part}: {self.words}"
