"""The tests of a module are in its folder below tests/: `test_<module>.py`, or a test that imports it."""

from functools import cache
from pathlib import Path

from tests.rules.house import ROOT, dotted, files, imports, listed, modules, place, within

EXEMPT = {"__init__.py", "__main__.py"}


def _mirrored(folder: Path) -> Path:
    return ROOT / "tests" / folder.relative_to(ROOT)


def _own_test(path: Path) -> Path:
    return _mirrored(path.parent) / f"test_{path.name}"


@cache
def _imported_in(folder: Path) -> frozenset[str]:
    """Return what the tests of one folder import, dotted."""
    return frozenset(name for test in folder.glob("test_*.py") for name in imports(test))


def _is_tested(path: Path) -> bool:
    """Return whether a test has the module's name, or a test of its folder (or of the folder) imports it."""
    folder_test = _mirrored(path.parent).with_name(f"test_{path.parent.name}.py")
    return (
        _own_test(path).exists()
        or dotted(path) in _imported_in(_mirrored(path.parent))
        or (folder_test.exists() and dotted(path.parent) in imports(folder_test))
    )


def _is_named_after(test: Path, tested: Path) -> bool:
    """`test_commands.py` and `test_commands_retry.py` both belong to `commands.py`."""
    return f"{test.stem}_".startswith(f"test_{tested.stem}_")


def test_every_module_is_tested_in_the_folder_that_mirrors_its_own() -> None:
    examined = [path for path in modules() if path.name not in EXEMPT and "migrations" not in path.parts]
    missing = [place(_own_test(path)) for path in examined if not _is_tested(path)]

    assert missing == [], listed(missing)
    assert len(examined) > 20


def test_every_test_file_of_a_package_stands_beside_what_it_tests() -> None:
    strays = []
    for package in ("bot", "jobs", "models", "web"):
        for path in files(f"tests/{package}", "test_*.py"):
            folder = ROOT / path.parent.relative_to(ROOT / "tests")
            has_namesake = any(_is_named_after(path, tested) for tested in folder.glob("*"))
            imports_folder = any(within(name, dotted(folder / "__init__.py")) for name in imports(path))
            if not (has_namesake or imports_folder):
                strays.append(place(path))

    assert strays == [], listed(strays)
