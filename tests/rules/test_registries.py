"""Every file of a registry (command, dialog, button, channel, entity) registers its entries, once."""

import ast
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from models.pipedrive.entity import ENTITIES
from tests.rules.house import ROOT, called, files, first_text, listed, place, tree

SHELVES = {
    "bot/*/commands.py": {"command"},
    "bot/*/dialogs.py": {"dialog", "press"},
    "bot/*/buttons.py": {"press"},
    "jobs/channels/*.py": {"channel"},
}


def registered(module: ast.Module, by: AbstractSet[str]) -> list[str]:
    """Return the names that a module registers with a decorator such as `@command("rule list", ...)`."""
    decorators = [
        decorator
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    ]
    calls = [call for call in decorators if isinstance(call, ast.Call) and called(call) in by]
    return [f"{called(call)} {first_text(call)}" for call in calls]


def _makes_the_shelf(path: Path, by: AbstractSet[str]) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name in by for node in tree(path).body)


def _held(shelf: str) -> list[Path]:
    by = SHELVES.get(shelf, set())
    found = [path for path in sorted(ROOT.glob(shelf)) if path.name != "__init__.py"]
    held = [path for path in found if not _makes_the_shelf(path, by)]
    if not held:
        pytest.skip(f"{shelf} holds nothing yet")
    return held


@pytest.mark.parametrize("shelf", SHELVES)
def test_every_file_registers_something(shelf: str) -> None:
    silent = [place(path) for path in _held(shelf) if not registered(tree(path), SHELVES[shelf])]

    assert silent == [], listed(silent)


def test_nothing_is_registered_twice() -> None:
    shelves = {decorator for by in SHELVES.values() for decorator in by}
    names = [name for path in (*files("bot"), *files("jobs")) for name in registered(tree(path), shelves)]

    assert names
    assert sorted(names) == sorted(set(names))


def test_every_entity_file_is_on_the_shelf_under_its_name() -> None:
    declared = {path.stem for path in _held("models/pipedrive/entities/*.py")}

    assert declared == set(ENTITIES)
    assert [entity.key for entity in ENTITIES.values()] == list(ENTITIES)


def test_registrations_are_read_from_decorators() -> None:
    module = ast.parse('@command("mute", summary="..")\ndef mute(): ...\n\n@other("x")\ndef f(): ...')

    assert registered(module, {"command"}) == ["command mute"]
