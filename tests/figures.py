"""Figures of the code's structure: `python -m tests.figures [FOLDER]` prints them for a checkout.

They are for comparing two states of the tree, not limits: those are in `tests/rules`.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGES: Final = ("web", "jobs", "bot", "models")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path) -> dict[str, Path]:
    """Return every module of the four packages by its dotted name, without migrations."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts and "__pycache__" not in path.parts:
                parts = path.relative_to(root).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def importers(found: dict[str, Path]) -> Counter[str]:
    """Count, for each module, the other modules that import it or a name of it."""
    counted: Counter[str] = Counter()
    for name, path in found.items():
        imported = {each for each in _imported(ast.parse(path.read_text())) if each in found}
        counted.update(imported - {name})
    return counted


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(found: dict[str, Path]) -> list[tuple[str, int]]:
    """Return name and length in lines of every function and method."""
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in found.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, Function)
    ]


def is_one_word(name: str) -> bool:
    """Return whether a function's name is a single word; special methods do not count."""
    return not name.startswith("__") and "_" not in name.strip("_")


def figures(root: Path) -> dict[str, str]:
    """Return the measurements with their values, in the order of printing."""
    found = modules(root)
    named = [name for name, _ in functions(found) if not name.startswith("__")]
    lengths = sorted(length for _, length in functions(found))
    per_folder = Counter(path.parent for path in found.values() if path.name != "__init__.py")
    counted = importers(found)
    alone = [name for name, path in found.items() if path.stem[:2] != "__" and counted[name] <= 1]
    sql = [path for name, path in found.items() if _has_sql(path) and not name.startswith("models")]
    lines = sum(len(path.read_text().splitlines()) for path in found.values())
    one_word = sum(map(is_one_word, named))
    return {
        "lines": f"{lines:,}",
        "modules": str(len(found)),
        "files in a folder, largest / median": (
            f"{max(per_folder.values())} / {statistics.median(per_folder.values()):g}"
        ),
        "functions": str(len(lengths)),
        "lines of a function, median / p90": f"{statistics.median(lengths):g} / {_p90(lengths)}",
        "one-word function names": f"{one_word} ({one_word / len(named):.0%})",
        "modules with at most one importer": str(len(alone)),
        "modules outside models/ that import sqlalchemy": str(len(sql)),
    }


def _p90(lengths: list[int]) -> int:
    return lengths[int(len(lengths) * 0.9)]


def _has_sql(path: Path) -> bool:
    names = _imported(ast.parse(path.read_text()))
    return any(name == "sqlalchemy" or name.startswith("sqlalchemy.") for name in names)


if __name__ == "__main__":
    for what, value in figures(Path(sys.argv[1] if len(sys.argv) > 1 else ".")).items():
        print(f"{what:<50} {value}")
