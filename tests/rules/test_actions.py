"""A button names its action by a string: a handler must exist for each."""

import ast
from collections.abc import Iterator

import pytest

from tests.rules.house import called, files, first_text, listed, tree

NAMES_AN_ACTION = {"press", "Press"}
ANSWERS = {"press", "dialog"}


def named(module: ast.Module) -> set[str]:
    """Return the actions named by a module's buttons: `press("rule.on")`, or any `do="rule.on"`."""
    decorators = set(_decorators(module))
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and node not in decorators]
    pressed = (first_text(call) for call in calls if called(call) in NAMES_AN_ACTION)
    keyed = (_literal(word.value) for call in calls for word in call.keywords if word.arg == "do")
    return {name for name in (*pressed, *keyed) if name}


def handled(module: ast.Module) -> set[str]:
    """Return the actions that a module handles: `@press("rule.on")`."""
    answering = (call for call in _decorators(module) if called(call) in ANSWERS)
    return {name for call in answering if (name := first_text(call))}


def _decorators(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from (call for call in node.decorator_list if isinstance(call, ast.Call))


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_button_has_its_handler() -> None:
    drawn = {name for path in files("bot") for name in named(tree(path))}
    answered = {name for path in files("bot") for name in handled(tree(path))}

    if not answered:
        pytest.skip("bot/ registers no handler yet")
    assert drawn, "no card of bot/ has a button: the rule looks at the wrong place"
    assert drawn - answered == set(), listed(sorted(drawn - answered))


def test_names_and_handlers_are_told_apart() -> None:
    module = ast.parse('@press("a")\ndef f():\n    return [Press("b"), button(do="c"), press("d", id=1)]')

    assert named(module) == {"b", "c", "d"}
    assert handled(module) == {"a"}
