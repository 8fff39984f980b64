"""Meaningless names are not allowed, and the top level keeps its files."""

import ast
import re

import pytest

from tests.rules.house import ROOT, files, modules, place, tree

FORBIDDEN = re.compile(
    r"(^|_)(utils?|helpers?|commons?|services?|managers?|misc|stuff)(_|$)|^(base|abstract)_"
)
GOOGLES_OWN = "service_account"
TOP = {"bot", "web", "jobs", "models", "tests", "docs", "app.yaml", "requirements.txt", "README.md"} | {
    "pyproject.toml",
    "Makefile",
    "LICENSE",
}


def _words(name: str) -> str:
    """Convert a CamelCase or snake_case name to snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def says_nothing(name: str) -> bool:
    return bool(FORBIDDEN.search(_words(name).replace(GOOGLES_OWN, "")))


def test_top_level_holds_only_what_was_agreed() -> None:
    # Files that git ignores (caches, the demo's data) are not checked.
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert there - {"build", "dist", "web.yaml", "worker.yaml"} - TOP == set()
    assert {"bot", "web", "jobs", "models", "tests", "requirements.txt", "app.yaml"} <= there


def test_files_and_folders_say_what_they_hold() -> None:
    names = [*modules(), *files("tests")]

    assert [place(path) for path in names if any(says_nothing(part) for part in _parts(place(path)))] == []


def _parts(name: str) -> list[str]:
    return [part.removeprefix("test_") for part in name.removesuffix(".py").split("/")]


def test_classes_say_what_they_are() -> None:
    classes = [
        (f"{place(path)} {node.name}", node.name)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]

    assert len(classes) > 20
    assert [where for where, name in classes if says_nothing(name)] == []


def test_every_module_opens_with_one_sentence() -> None:
    silent = [place(path) for path in modules() if tree(path).body and not ast.get_docstring(tree(path))]

    assert silent == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("utils", True),
        ("date_helpers", True),
        ("SessionManager", True),
        ("base_handler", True),
        ("base", False),
        ("common_words", True),
        ("serviceable", False),
        ("ServiceAccount", False),
        ("AccountService", True),
    ],
)
def test_what_counts_as_saying_nothing(name: str, *, wrong: bool) -> None:
    assert says_nothing(name) is wrong
