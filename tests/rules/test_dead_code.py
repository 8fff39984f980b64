"""The definition of dead code."""

from pathlib import Path

import pytest

from tests.dead_code import dead_code


@pytest.mark.parametrize(
    ("source", "dead"),
    [
        ("def lonely():\n    pass", ["lonely"]),
        ("class Lonely:\n    pass", ["Lonely"]),
        ("import os", ["os"]),
        ("def f():\n    return 1\n    print(2)\n\n\nf()", ["return"]),
        ("@shelf('x')\ndef handler():\n    pass", []),
        ("def upgrade():\n    pass", []),
        ("class Row:\n    column = 1\n\n\nRow()", []),
        ("def act(unused):\n    pass\n\n\nact(1)", []),
        ("def called_by_a_test():\n    pass", []),
    ],
)
def test_what_nobody_reaches_is_dead(tmp_path: Path, source: str, dead: list[str]) -> None:
    package, tests = tmp_path / "package", tmp_path / "tests"
    package.mkdir()
    tests.mkdir()
    (package / "module.py").write_text(source)
    (tests / "test_module.py").write_text("called_by_a_test()")

    assert [item.name for item in dead_code([package], readers=[tests])] == dead
