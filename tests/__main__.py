"""The gate: every check from the fastest to the slowest; it stops at the first failure.

Without arguments all of it; `--static` leaves the tests out, `--quick` runs the unit tests of what changed,
`--postgresql all|rest` selects the tests that run on PostgreSQL (`tests/suites.py`), and `--long` runs those
that the gate leaves out because they take minutes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET

from tests.suites import POSTGRESQL

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("bot", "web", "jobs", "models")
BORROWED: Final = "# ----"  # in requirements.txt: below this line are the dependencies of our pins
PYTEST: Final = ("-m", "pytest", "-q", "-rfE")
PARALLEL: Final = ("-n3", "--dist=loadfile", "--no-loadscope-reorder")
LINT_IMPORTS: Final = (
    "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One check. `command` follows the interpreter; after `minutes` it counts as hung."""

    name: str
    command: tuple[str, ...]
    minutes: float = 3
    shows_progress: bool = False

    def run(self) -> int:
        """Run to the end; print the output if it fails. Return its exit code."""
        said = None if self.shows_progress else subprocess.PIPE
        start = time.monotonic()
        try:
            ended = subprocess.run(
                (sys.executable, *self.command),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=self.minutes * 60,
                check=False,
            )
            code, words = ended.returncode, ended.stdout
        except subprocess.TimeoutExpired:
            code, words = 1, f"took longer than {self.minutes:g} minutes"
        if code and words:
            print(words)
        _line("ok" if code == 0 else "RED", f"{self.name:<10}{time.monotonic() - start:7.1f} s")
        return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gate, or the part of it that the arguments name. Return 0 if all of it passes."""
    options = _options(arguments)
    if options.long:
        return _long_tests()
    if options.postgresql == "rest":
        return _tests(("--postgresql", "rest"))
    runs_all = not (options.static or options.quick)
    with _own_pins() as pins, compiled_tests() if runs_all else nullcontext():
        for step in static_steps(pins):
            if step.run():
                return 1
    if runs_all:
        return _tests(("--postgresql", options.postgresql))
    return _quick() if options.quick else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--postgresql", choices=POSTGRESQL, default="some")
    return parser.parse_args(arguments)


def static_steps(pins: str) -> tuple[Step, ...]:
    """Return the static checks, fastest first; `pins` is the file of our direct dependencies."""
    return (
        Step("format", ("-m", "ruff", "format", "--check", "--quiet", "--diff", ".")),
        Step("lint", ("-m", "ruff", "check", "--quiet", ".")),
        Step("deptry", ("-m", "deptry", ".", "--no-ansi", "--requirements-files", pins)),
        Step("imports", ("-c", LINT_IMPORTS, "--no-logo")),
        Step("dead code", ("-m", "tests.dead_code")),
        Step("mypy", ("-m", "mypy", "--no-error-summary", *PACKAGES, "tests"), minutes=5),
    )


@contextmanager
def compiled_tests() -> Iterator[None]:
    """Let pytest compile all test files meanwhile, if it has not, and wait for that.

    In a fresh clone each of the processes that run the tests would compile all of them, at the same time.
    """
    collect = (sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider")
    quiet = subprocess.DEVNULL
    with subprocess.Popen(collect, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet) as collecting:
        try:
            yield
        except BaseException:
            collecting.kill()
            raise


def _quick() -> int:
    """Run the unit tests in the folders of what changed since the last commit, and `tests/rules`."""
    folders = changed_folders(_changed_files())
    return Step("unit tests", (*PYTEST, "-m", "unit", *PARALLEL, *folders), shows_progress=True).run()


def changed_folders(files: Iterable[str]) -> list[str]:
    """Return the test folders of changed files: `tests/bot/rules` for `bot/rules/form.py` and its test."""
    places = [Path(each.removeprefix("tests/")) for each in files if each.endswith(".py")]
    folders = {f"tests/{each.parent.as_posix()}" for each in places if each.parts[0] in PACKAGES}
    return ["tests/rules", *sorted(each for each in folders if (ROOT / each).is_dir())]


def _changed_files() -> list[str]:
    """Ask git what differs from the last commit, new files included."""
    commands = (("diff", "--name-only", "HEAD"), ("ls-files", "--others", "--exclude-standard"))
    asked = [
        subprocess.run(("git", *each), cwd=ROOT, capture_output=True, text=True, check=True)
        for each in commands
    ]
    return [line for each in asked for line in each.stdout.splitlines()]


def _tests(options: Sequence[str]) -> int:
    """Run the tests, without those that take minutes each; say what did not run, and why.

    Their JUnit report is kept where PIPENOTIFY_JUNIT names a file for it.
    """
    with TemporaryDirectory() as folder:
        report = os.environ.get("PIPENOTIFY_JUNIT") or f"{folder}/report.xml"
        command = (*PYTEST, *options, f"--junitxml={report}", "-m", "not long", *PARALLEL)
        if Step("tests", command, minutes=30, shows_progress=True).run():
            return 1
        for why, count in sorted(skipped(Path(report)).items()):
            _line("NOT RUN", f"{why} ({count})")
    _line(
        "NOT RUN", "what is marked `long`, by `make test-long`; PostgreSQL's rest, by `make test-postgresql`"
    )
    return 0


def _long_tests() -> int:
    """Run what is marked `long`, but for the fault tests, which `make faults` runs."""
    command = (*PYTEST, "-m", "long", "--ignore=tests/faults", *PARALLEL)
    return Step("long tests", command, minutes=120, shows_progress=True).run()


def skipped(report: Path) -> Counter[str]:
    """Count the skipped tests of a JUnit report by their reason."""
    found = ET.parse(report).iter("skipped")
    return Counter(test.get("message", "no reason given") for test in found)


@contextmanager
def _own_pins() -> Iterator[str]:
    """Write the pins of our direct dependencies, so that deptry also sees imports of indirect ones."""
    own, line, _borrowed = (ROOT / "requirements.txt").read_text().partition(BORROWED)
    if not line:
        raise ValueError(f"requirements.txt should have a line that begins with {BORROWED!r}")
    with TemporaryDirectory() as folder:
        pins = Path(folder) / "requirements.txt"
        pins.write_text(own)
        yield str(pins)


def _line(mark: str, words: str) -> None:
    print(f"{mark:<8} {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
