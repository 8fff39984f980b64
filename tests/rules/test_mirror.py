"""Where is the test of a module? At the same path below tests/, with test_ in front."""

import ast
from pathlib import Path

from tests.rules.house import ROOT, files, listed, modules, place, tree

EXEMPT = {"__init__.py", "__main__.py"}


def _own_test(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")


def _faces_outward(folder: Path) -> bool:
    """Tell whether a package speaks through its `__init__`: then one test of it may do, too."""
    face = folder / "__init__.py"
    return face.exists() and any(
        isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        for node in tree(face).body
    )


def _tests_of(path: Path) -> list[Path]:
    shared = [_own_test(path.parent.with_suffix(".py"))] if _faces_outward(path.parent) else []
    return [_own_test(path), *shared]


def test_every_module_has_its_test() -> None:
    examined = [path for path in modules() if path.name not in EXEMPT and "migrations" not in path.parts]
    missing = [place(_own_test(path)) for path in examined if not any(t.exists() for t in _tests_of(path))]

    assert missing == [], listed(missing)
    assert len(examined) > 20


def test_every_test_file_of_a_package_has_its_module() -> None:
    strays = []
    for package in ("bot", "jobs", "models", "web"):
        for path in files(f"tests/{package}", "test_*.py"):
            tested = ROOT / path.relative_to(ROOT / "tests").with_name(path.name.removeprefix("test_"))
            if not tested.exists() and not tested.with_suffix("").is_dir():
                strays.append(place(path))

    assert strays == [], listed(strays)
