"""Who finds a line in the log finds its event in docs/operating.md, and what stands there is logged."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

from tests.rules.house import ROOT, called, first_text, listed, modules, tree

PAGE: Final = ROOT / "docs" / "operating.md"
LEVELS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
EVENT: Final = re.compile(r"[a-z_]+(?:\.[a-z_]+)?")
# Made of a name and a state: `jobs/deliveries/results.py`.
ASSEMBLED: Final = {"delivery.delivered", "delivery.pending", "delivery.dead"}


def _logs(path: Path) -> set[str]:
    """Return the events that a module hands to a method of `log`."""
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    said = {first_text(each) for each in calls if called(each) in LEVELS and _is_log(each.func)}
    return {event for event in said if event and EVENT.fullmatch(event)}


def _is_log(method: ast.expr) -> bool:
    return (
        isinstance(method, ast.Attribute) and isinstance(method.value, ast.Name) and method.value.id == "log"
    )


def _all_logged() -> set[str]:
    playground = ROOT / "web" / "playground"
    return {event for path in modules() if playground not in path.parents for event in _logs(path)}


def _section() -> str:
    return PAGE.read_text().partition("\n## Logs\n")[2].partition("\n## ")[0]


def _first_cells() -> set[str]:
    rows = re.findall(r"^\| (`[^|]+) \|", _section(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)}


def test_every_event_of_the_log_is_explained() -> None:
    missing = sorted(_all_logged() - _first_cells())

    assert missing == [], listed(missing)


def test_no_event_is_explained_that_nobody_logs() -> None:
    texts = "".join(path.read_text() for path in modules())
    stale = sorted(name for name in _first_cells() - ASSEMBLED - {"event"} if f'"{name}"' not in texts)

    assert stale == [], listed(stale)
    assert len(_first_cells()) > 100
