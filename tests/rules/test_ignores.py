"""Every exception from a rule has its reason next to it."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.rules.house import ROOT, listed, modules, place

IGNORE = re.compile(
    r"#\s*(noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type: ignore(?:\[[\w, -]+\])?)(?P<rest>.*)$"
)


def unexplained(source: str) -> list[int]:
    """Return the lines that ignore a rule without a reason after it or in a comment right above."""
    lines = source.splitlines()
    return [
        number
        for number, line in enumerate(lines, start=1)
        if (found := IGNORE.search(line))
        and not re.search(r"\w{3}", found["rest"])
        and not (number > 1 and lines[number - 2].lstrip().startswith("#"))
    ]


def test_every_ignore_in_the_code_has_a_reason() -> None:
    sources: dict[Path, str] = {path: path.read_text() for path in modules()}

    silent = [f"{place(path)}:{line}" for path, source in sources.items() for line in unexplained(source)]

    assert silent == [], listed(silent)
    assert any(IGNORE.search(line) for source in sources.values() for line in source.splitlines())


def test_every_ignored_lint_rule_has_a_reason() -> None:
    source = (ROOT / "pyproject.toml").read_text()
    lint = tomllib.loads(source)["tool"]["ruff"]["lint"]
    ignored = [*lint["ignore"], *(rule for rules in lint["per-file-ignores"].values() for rule in rules)]

    silent = [rule for rule in ignored if not re.search(rf'"{rule}".*# \S', source)]

    assert len(ignored) > 10
    assert silent == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = 1  # noqa: S311 - jitter is no secret", []),
        ("x = 1  # noqa: S311", [1]),
        ("x = 1  # type: ignore[attr-defined]", [1]),
        ("x = 1  # type: ignore[attr-defined]  # the stubs lag behind", []),
        ("# the stubs lag behind\nx = 1  # type: ignore[attr-defined]", []),
        ("x = 1", []),
    ],
)
def test_what_counts_as_a_reason(source: str, lines: list[int]) -> None:
    assert unexplained(source) == lines
