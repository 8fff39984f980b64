"""The files that an operator deploys are valid, start our own commands, and use only existing settings."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.settings import from_env, variables
from tests.rules.house import ROOT, files
from web.incoming.connections import MOST_CONNECTIONS, SPARE_FILES

SERVICES = ("app.yaml", "jobs/worker.yaml")
UNITS = ("pipenotify-web.service", "pipenotify-jobs.service")
# `NAME=value` of a shell or an environment file, `NAME: value` of YAML; in a comment too.
SET = re.compile(r"^\s*(?:# )?(?:export )?([A-Z][A-Z_]{3,})(?:=|: )", re.MULTILINE)
LISTED = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
NOT_OURS = {"PGOPTIONS"}


def _service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return found


def _unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(ROOT / "docs/systemd" / name)
    return parser["Service"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_of_app_engine_starts_one_of_our_commands(name: str) -> None:
    service = _service(name)
    words = service["entrypoint"].split()

    assert words[:2] == ["python", "-m"]
    assert (ROOT / words[2] / "__main__.py").exists()
    assert service["runtime"] in {"python312", "python313"}
    assert service.get("service", "worker") == "worker"


def test_the_worker_runs_all_the_time_and_answers_its_platform() -> None:
    worker = _service("jobs/worker.yaml")

    assert worker["manual_scaling"]["instances"] >= 1
    assert worker["entrypoint"] == "python -m jobs --listen"
    assert "automatic_scaling" not in worker


def test_the_web_part_is_always_there_and_only_by_https() -> None:
    web = _service("app.yaml")

    assert web["automatic_scaling"]["min_instances"] >= 1
    assert web["automatic_scaling"]["max_instances"] > web["automatic_scaling"]["min_instances"]
    assert {handler["secure"] for handler in web["handlers"]} == {"always"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_sets_is_taken_at_the_start(name: str, tmp_path: Path) -> None:
    told = {key: str(value) for key, value in _service(name)["env_variables"].items()}

    assert set(told) <= set(variables())
    settings = from_env(told | {"PIPENOTIFY_DATA": str(tmp_path)})
    assert settings.host == "0.0.0.0"


@pytest.mark.parametrize("name", SERVICES)
def test_what_the_comments_of_a_service_name_exists(name: str) -> None:
    comments = "\n".join(line for line in (ROOT / name).read_text().splitlines() if "#" in line)

    assert set(LISTED.findall(comments)) <= set(variables())


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_one_of_our_commands_as_nobody_special(name: str) -> None:
    unit = _unit(name)
    python, option, part = unit["ExecStart"].split()

    assert (python, option) == ("/srv/pipenotify/.venv/bin/python", "-m")
    assert (ROOT / part / "__main__.py").exists()
    assert (unit["User"], unit["Restart"], unit["KillMode"]) == ("pipenotify", "always", "mixed")
    assert int(unit["TimeoutStopSec"]) > {"web": 10, "jobs": 30}[part]


def test_the_web_part_may_have_all_its_connections_and_its_proxy_waits_for_bodies() -> None:
    assert int(_unit("pipenotify-web.service")["LimitNOFILE"]) >= MOST_CONNECTIONS + SPARE_FILES
    assert re.search(
        r"reverse_proxy 127\.0\.0\.1:8080 \{\s+request_buffers \d+MiB", (ROOT / "docs/one-box.md").read_text()
    )


def test_both_units_read_the_same_settings() -> None:
    web, jobs = (_unit(name) for name in UNITS)

    same = ("EnvironmentFile", "WorkingDirectory", "StateDirectory", "User", "UMask", "ProtectSystem")
    assert [web[key] for key in same] == [jobs[key] for key in same]


@pytest.mark.parametrize("page", ["one-box.md", "app-engine.md", "operating.md"])
def test_a_page_for_operators_sets_only_what_is_read(page: str) -> None:
    set_there = set(SET.findall((ROOT / "docs" / page).read_text())) - NOT_OURS

    assert set_there <= set(variables())


def test_the_example_of_an_environment_names_every_variable_and_no_other(tmp_path: Path) -> None:
    lines = re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(name for name, _ in lines) == sorted(variables())
    given = {name: value for name, value in lines if value} | {"PIPENOTIFY_DATA": str(tmp_path)}
    unset = from_env({"PIPENOTIFY_DATA": str(tmp_path)})
    assert from_env(given) == unset  # it shows the values that apply if nothing is set


def test_the_pages_for_operators_name_the_files_that_are_there() -> None:
    text = "".join(path.read_text() for path in files("docs", "*.md"))

    assert set(re.findall(r"[\w-]+\.service\b", text)) <= set(UNITS)
    assert "jobs/worker.yaml" in text
