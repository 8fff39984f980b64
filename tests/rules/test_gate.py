"""The gate itself: what it runs, in which order, and what it prints."""

from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.__main__ import Step, _own_pins, changed_folders, compiled_tests, main, skipped, static_steps

REPORT = """<testsuites><testsuite>
<testcase name="a"><skipped type="pytest.skip" message="no chromium"/></testcase>
<testcase name="b"><skipped message="no chromium"/></testcase><testcase name="c"/></testsuite></testsuites>"""


def test_skipped_tests_are_counted_by_their_reason(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    assert skipped(report) == Counter({"no chromium": 2})


def test_types_are_checked_after_everything_faster() -> None:
    names = [step.name for step in static_steps("pins.txt")]

    assert names[0] == "format"
    assert names[-1] == "mypy"
    assert set(names) == {"format", "lint", "imports", "dead code", "deptry", "mypy"}


@pytest.mark.parametrize(("code", "mark"), [(0, "ok"), (3, "RED")])
def test_a_step_says_its_colour_and_its_seconds(
    code: int, mark: str, capfd: pytest.CaptureFixture[str]
) -> None:
    step = Step("colour", ("-c", f"import sys; print('what it said'); sys.exit({code})"))

    assert step.run() == code
    said = capfd.readouterr().out
    assert said.splitlines()[-1].startswith(f"{mark:<8} colour")
    assert ("what it said" in said) is (code != 0)


def test_a_step_that_hangs_is_red(capfd: pytest.CaptureFixture[str]) -> None:
    step = Step("hang", ("-c", "import time; time.sleep(60)"), minutes=0.005)

    assert step.run() == 1
    assert "took longer than 0.005 minutes" in capfd.readouterr().out


def test_the_gate_stops_at_the_first_red(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(step: Step) -> int:
        ran.append(step.name)
        return int(step.name == "lint")

    monkeypatch.setattr(Step, "run", run)
    monkeypatch.setattr("tests.__main__.compiled_tests", nullcontext)

    assert main([]) == 1
    assert ran == ["format", "lint"]


def test_the_report_of_the_tests_is_kept_where_a_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(step: Step) -> int:
        (named,) = [each for each in step.command if each.startswith("--junitxml=")]
        Path(named.partition("=")[2]).write_text(REPORT)
        return 0

    monkeypatch.setattr(Step, "run", run)
    monkeypatch.setenv("PIPENOTIFY_JUNIT", str(tmp_path / "tests.xml"))

    assert main(["--postgresql", "rest"]) == 0
    assert (tmp_path / "tests.xml").read_text() == REPORT
    assert "no chromium (2)" in capfd.readouterr().out


def test_tests_are_compiled_beside_the_checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What pytest stores of a file lies beside it."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("def test_one() -> None:\n    assert 1\n")
    monkeypatch.setattr("tests.__main__.ROOT", tmp_path)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)

    with compiled_tests():
        pass

    assert [each.name[:9] for each in (tmp_path / "tests" / "__pycache__").iterdir()] == ["test_one."]


def test_the_quick_gate_tests_the_folders_of_what_changed() -> None:
    changed = ["bot/rules/form.py", "tests/models/test_clock.py", "docs/rules.md", "tests/rules/test_gate.py"]

    assert changed_folders(changed) == ["tests/rules", "tests/bot/rules", "tests/models"]


def test_deptry_sees_only_what_we_import_ourselves() -> None:
    with _own_pins() as file:
        pins = Path(file).read_text()

    assert "Flask==" in pins
    assert "Jinja2" not in pins
