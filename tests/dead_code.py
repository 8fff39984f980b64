"""Finds unreachable code, and code that nothing calls, not even a test."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vulture.core import Item, Vulture

ROOT: Final = Path(__file__).parent.parent
# At 60 vulture reports mapped columns and methods of protocols as unused, at 100 the arguments of a protocol:
# ruff (ARG, F841) checks variables, and unused methods are found by reading the class.
COUNTS: Final = frozenset({"function", "class", "import", "unreachable_code"})
CALLED_BY_NAME: Final = ("upgrade", "downgrade", "rsgi")  # by alembic; by granian as "web.server:rsgi"
CALLED_BY_OTHERS: Final = ("@*",)  # a decorator registers the function with Flask, SQLAlchemy or a registry


def dead_code(folders: Sequence[Path], *, readers: Sequence[Path] = ()) -> list[Item]:
    """Return the dead code in `folders`; what `readers` use counts as used."""
    vulture = Vulture(ignore_names=list(CALLED_BY_NAME), ignore_decorators=list(CALLED_BY_OTHERS))
    vulture.scavenge([str(folder) for folder in (*folders, *readers)])
    return [
        item
        for item in vulture.get_unused_code(min_confidence=60)
        if item.typ in COUNTS and any(Path(item.filename).is_relative_to(folder) for folder in folders)
    ]


def main() -> int:
    """Print what is dead; return 1 if there is any."""
    packages = [ROOT / name for name in ("bot", "web", "jobs", "models")]
    found = dead_code(packages, readers=[ROOT / "tests"])
    for item in found:
        print(item.get_report())
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
