"""Migrations are one linear, numbered sequence, and each has a downgrade."""

import ast
import re
from pathlib import Path

from tests.rules.house import files, tree

NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9]+(_[a-z0-9]+)*\.py")


def _versions() -> list[Path]:
    found = files("models/migrations/versions", "[0-9]*.py")
    assert found, "there are no migrations"
    return found


def _constant(path: Path, name: str) -> str | None:
    """Return the value that a migration assigns to `revision` or `down_revision`."""
    for node in tree(path).body:
        target, value = (
            (node.targets[0], node.value)
            if isinstance(node, ast.Assign)
            else (node.target, node.value)
            if isinstance(node, ast.AnnAssign)
            else (None, None)
        )
        if isinstance(target, ast.Name) and target.id == name and isinstance(value, ast.Constant):
            return None if value.value is None else str(value.value)
    return None


def test_migrations_are_numbered_without_gaps() -> None:
    names = [path.name for path in _versions()]

    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_there_is_one_line_and_one_head() -> None:
    versions = _versions()
    numbers = [path.name[:4] for path in versions]

    assert [_constant(path, "revision") for path in versions] == numbers
    assert [_constant(path, "down_revision") for path in versions] == [None, *numbers[:-1]]


def test_every_migration_goes_down_again() -> None:
    for path in _versions():
        functions = {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}

        assert {"upgrade", "downgrade"} <= set(functions), path.name
        assert not isinstance(functions["downgrade"].body[-1], ast.Pass), path.name
