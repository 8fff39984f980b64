"""Helpers of the rules: the project's modules as paths, names, trees and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("web", "jobs", "bot", "models")


def files(folder: str, pattern: str = "*.py") -> list[Path]:
    """Return the files below a folder of the project, sorted; [] if the folder does not exist."""
    return sorted(path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts)


def modules() -> list[Path]:
    """Return every Python file of the four packages. Never empty."""
    found = [path for package in PACKAGES for path in files(package)]
    assert len(found) > len(PACKAGES), "the rules look at the wrong place"
    return found


def place(path: Path) -> str:
    """Return a file's path as text: `models/tables/rules.py`."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """Return a module's dotted name: `models.tables.rules`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> set[str]:
    """Return what a module imports, dotted: `from bot import text` gives both `bot` and `bot.text`."""
    return set(_imported(tree(path)))


def _imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    """Return whether a dotted name is one of the packages or is inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `session.execute(...)` is `execute`."""
    target = call.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def first_text(call: ast.Call) -> str | None:
    """Return the first argument of a call if it is a literal text."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def listed(problems: Iterable[object]) -> str:
    """Return problems one a line, for an assertion, because pytest shows only the first of a long list."""
    return "\n" + "\n".join(str(problem) for problem in problems)
