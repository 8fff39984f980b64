"""The pipeline of GitHub: what starts it, what it needs, and that its commands exist and run in order."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.settings import from_env, variables
from tests.rules.house import ROOT
from tests.stack import KEYS
from web.releases.app_engine import NEEDED

FILE = ROOT / ".github/workflows/ci.yml"
ACTION = re.compile(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+")
SECRET = ("SECRET", "KEY", "TOKEN", "DATABASE", "REDIS", "WEBHOOK", "DSN")
OWN = {"TARGET", "PIPENOTIFY_JUNIT", "RELEASE", "ADDRESS"}  # of the pipeline itself
# Stands for gcloud, python and the rest: notes how it was called, and answers as they do.
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"versions list --service=default"*) echo 20261101t1 ;;
  *"versions list --service=worker"*) echo 20261101t2 ;;
  *"models current"*) echo "at 0045, the code at 0046" ;;
  *"$FAILING"*) exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(FILE.read_text())
    return found


def _steps(workflow: dict[Any, Any], job: str | None = None) -> list[dict[str, Any]]:
    jobs = workflow["jobs"]
    return [step for name in jobs if job in {None, name} for step in jobs[name]["steps"]]


def test_it_runs_for_main_and_for_pull_requests(workflow: dict[Any, Any]) -> None:
    assert workflow[True] == {"push": {"branches": ["main"]}, "pull_request": {"branches": ["main"]}}  # `on`
    assert workflow["permissions"] == {"contents": "read"}


def test_only_main_is_deployed_after_the_gate_and_where_it_is_set_up(workflow: dict[Any, Any]) -> None:
    jobs = workflow["jobs"]

    assert set(jobs["deploy"]["needs"]) == {"test", "audit"}
    conditions = {each.strip() for each in jobs["deploy"]["if"].split("&&")}
    assert conditions == {
        "github.event_name == 'push'",
        "github.ref == 'refs/heads/main'",
        "vars.GCP_WORKLOAD_IDENTITY_PROVIDER != ''",
    }
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == ["deploy"]


def test_the_gate_of_the_pipeline_is_the_gate(workflow: dict[Any, Any]) -> None:
    runs = [step["run"] for step in _steps(workflow, "test") if "run" in step]

    assert runs == ['.ci/run "$TARGET"']
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert 'make "${1:-test}"' in (ROOT / ".ci/run").read_text()
    targets = set(workflow["jobs"]["test"]["strategy"]["matrix"]["target"])
    assert {"test", "test-postgresql"} == targets <= _targets()


def test_the_security_of_code_and_pins_is_looked_at(workflow: dict[Any, Any]) -> None:
    runs = "\n".join(step.get("run", "") for step in _steps(workflow, "audit"))

    assert "make audit" in runs
    assert "ruff check --select S ." in runs
    assert "pip_audit" in (ROOT / "Makefile").read_text()
    assert 'select = ["ALL"]' in (ROOT / "pyproject.toml").read_text()  # S is in the gate, too


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_what_it_runs_exists(workflow: dict[Any, Any]) -> None:
    runs = "\n".join(step.get("run", "") for step in _steps(workflow))
    modules = {name for name in re.findall(r"python -m (\w+)", runs) if name not in {"pip", "ruff"}}

    assert set(re.findall(r"\bmake ([a-z-]+)", runs)) <= _targets()
    assert modules == {"jobs", "models", "web"}
    assert all((ROOT / name / "__main__.py").exists() for name in modules)


def test_actions_are_pinned_and_texts_of_others_run_nowhere(workflow: dict[Any, Any]) -> None:
    steps = _steps(workflow)

    assert [step["uses"] for step in steps if "uses" in step and not ACTION.fullmatch(step["uses"])] == []
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_only_our_variables_are_passed_and_secrets_are_secrets(workflow: dict[Any, Any]) -> None:
    passed = {name: value for step in _steps(workflow) for name, value in step.get("env", {}).items()}

    ours = {name: value for name, value in passed.items() if name not in OWN}
    assert set(ours) <= set(variables())
    assert set(NEEDED) <= set(ours)
    hidden = {name for name in ours if any(word in name for word in SECRET)}
    assert {name for name, value in ours.items() if "secrets." in value} == hidden
    assert [job for job, each in workflow["jobs"].items() if set(each.get("env", {})) - OWN] == []


def _run_deployment(
    folder: Path, workflow: dict[Any, Any], failing: str = "nothing"
) -> tuple[list[str], str]:
    """Run the commands of the deployment with stubs, as GitHub would; return the calls and what was said."""
    (folder / "bin").mkdir()
    for name in ("gcloud", "python"):
        (folder / "bin" / name).write_text(STUB)
        (folder / "bin" / name).chmod(0o755)
    calls, noted = folder / "calls", folder / "noted"
    noted.touch()
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "CALLS": str(calls),
        "GITHUB_ENV": str(noted),
    }
    environment |= {"FAILING": failing, "RELEASE": "r7-1", "ADDRESS": "https://acme.example"}
    said, failed = "", False
    for step in _steps(workflow, "deploy"):
        lines = dict(line.split("=", 1) for line in noted.read_text().splitlines())
        condition = step.get("if", "")
        lacks = [name for name in re.findall(r"env\.(\w+) != ''", condition) if not lines.get(name)]
        if "run" not in step or ("failure()" in condition) is not failed or lacks:
            continue
        command = ["bash", "-e", "-c", step["run"]]
        done = subprocess.run(command, env=environment | lines, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
        failed = failed or done.returncode != 0
    return [line for line in calls.read_text().splitlines() if " list " not in line], said


def test_the_deployment_goes_in_the_order_of_the_page(tmp_path: Path, workflow: dict[Any, Any]) -> None:
    calls, said = _run_deployment(tmp_path, workflow)

    assert calls == [
        "python -m pip install --quiet --no-input -r requirements.txt",
        "python -m web app-engine",
        "gcloud app deploy web.yaml --quiet --no-promote --version=r7-1",
        "python -m models current",
        "python -m models upgrade",
        "gcloud app services set-traffic default --splits=r7-1=1 --quiet",
        "gcloud app deploy worker.yaml --quiet --version=r7-1",
        "python -m web smoke https://acme.example --version",
    ]
    assert "go back" not in said


def test_a_release_that_is_not_well_says_how_to_go_back(tmp_path: Path, workflow: dict[Any, Any]) -> None:
    calls, said = _run_deployment(tmp_path, workflow, failing="web smoke")

    assert calls[-1].startswith("python -m web smoke")
    commands = [line.strip().partition("  #")[0] for line in said.splitlines() if line.startswith("  ")]
    assert commands == [
        "gcloud app versions stop r7-1 --service=worker",
        "python -m models downgrade 0045",
        "gcloud app versions start 20261101t2 --service=worker",
        "gcloud app services set-traffic worker --splits=20261101t2=1",
        "gcloud app services set-traffic default --splits=20261101t1=1",
    ]
    page = (ROOT / "docs/app-engine.md").read_text()
    shapes = [re.sub(r"r7-1|0045|20261101t\d", "", line) for line in commands]
    assert [line for line in shapes if line not in re.sub(r"<[^>]+>", "", page)] == []


def test_no_run_of_an_older_commit_overtakes_a_newer_one(workflow: dict[Any, Any]) -> None:
    assert workflow["concurrency"] == {"group": "ci-${{ github.ref }}", "cancel-in-progress": False}


def test_a_release_that_cannot_be_built_leaves_the_schema_as_it_is(
    tmp_path: Path, workflow: dict[Any, Any]
) -> None:
    calls, said = _run_deployment(tmp_path, workflow, failing="app deploy web.yaml")

    assert "--no-promote" in calls[-1]
    assert "go back" not in said


def test_nothing_is_deployed_on_a_schema_that_could_not_be_brought_up(
    tmp_path: Path, workflow: dict[Any, Any]
) -> None:
    calls, _ = _run_deployment(tmp_path, workflow, failing="models upgrade")

    assert calls[-1] == "python -m models upgrade"


def test_what_the_schema_step_is_given_suffices(tmp_path: Path, workflow: dict[Any, Any]) -> None:
    (step,) = [each for each in _steps(workflow, "deploy") if "models upgrade" in each.get("run", "")]
    values = {
        "DATABASE_URL": "postgresql+psycopg://p:q@127.0.0.1/p",
        "ENCRYPTION_KEYS": KEYS,
        "SECRET_KEY": "s",
    }

    assert set(step["env"]) == set(values)
    assert not from_env(values | {"PIPENOTIFY_DATA": str(tmp_path)}).is_sqlite
