"""The Dockerfile, without Docker: what it copies is there, suffices, and runs as nobody special.

The steps that make up the image are done in an empty folder, and both parts start from it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from bot.version import VERSION
from models.settings import variables
from tests.rules.house import ROOT
from tests.stack import free_port

MODULES: Final = ("models", "bot", "jobs", "web")
KNOWN: Final = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "CMD"}


def _steps() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each on one line, with what follows them."""
    lines = [
        line
        for line in (ROOT / "docs/container/Dockerfile").read_text().splitlines()
        if line and line[0] != "#"
    ]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def _all(instruction: str) -> list[str]:
    return [rest for name, rest in _steps() if name == instruction]


def _environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in _all("ENV") for pair in line.split())


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what makes up the image; packages are those of the venv, whose versions are the pinned ones."""
    folder = tmp_path_factory.mktemp("image")
    for line in _all("COPY"):
        source, target = line.split()
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, folder / target)
    (compiling,) = [line.split() for line in _all("RUN") if "compileall" in line]
    subprocess.run([sys.executable, *compiling[1:]], cwd=folder, check=True)
    return folder


def test_it_knows_the_steps_that_are_tested_here() -> None:
    assert {name for name, _ in _steps()} <= KNOWN


def test_what_is_copied_is_there_and_is_all_that_docker_sees() -> None:
    sources = [line.split()[0] for line in _all("COPY")]
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]

    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert set(sources) == {*MODULES, "requirements.txt"}
    assert rules == ["*", *(f"!{name}" for name in sources), "**/__pycache__"]


def test_its_python_is_one_that_is_run_elsewhere_too() -> None:
    (base,) = _all("FROM")

    assert base == "python:3.12.12-slim-bookworm"
    assert "image: python:3.12.12-bookworm" in (ROOT / ".github/workflows/ci.yml").read_text()
    assert "runtime: python312" in (ROOT / "app.yaml").read_text()


def test_it_runs_as_a_user_who_owns_only_the_data() -> None:
    names = [name for name, _ in _steps()]
    (user,) = _all("USER")
    (data,) = _all("VOLUME")

    assert user not in {"root", "0"}
    assert any(line.startswith("useradd") and line.endswith(f" {user}") for line in _all("RUN"))
    assert f"install --directory --owner {user} --mode 0700 {data}" in _all("RUN")
    assert max(at for at, name in enumerate(names) if name in {"RUN", "COPY"}) < names.index("USER")
    assert _environment()["PIPENOTIFY_DATA"] == data
    assert set(_environment()) <= set(variables())


def test_its_packages_are_the_pinned_ones() -> None:
    (installing,) = [line for line in _all("RUN") if "pip install" in line]

    assert installing.endswith("-r requirements.txt")


@contextmanager
def _running(
    image: Path, command: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the image with nothing of ours in reach but what was copied."""
    with subprocess.Popen(
        [sys.executable, *command[1:]],
        cwd=image,
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(40)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.integration
def test_both_parts_start_from_what_was_copied_and_health_answers(image: Path, tmp_path: Path) -> None:
    before = sorted(image.rglob("*"))
    port = free_port()
    environment = _environment() | {
        "PIPENOTIFY_DATA": str(tmp_path),
        "PORT": str(port),
        "PATH": os.environ["PATH"],
    }
    (command,) = _all("CMD")
    url = f"http://127.0.0.1:{port}"

    with (
        _running(image, json.loads(command), environment) as web,
        _running(image, ["python", "-m", "jobs"], environment) as worker,
    ):
        smoke = [sys.executable, "-m", "web", "smoke", url, "--version"]
        done = subprocess.run(smoke, cwd=image, env=environment, capture_output=True, text=True, check=False)
        seen = httpx.get(f"{url}/health", timeout=20, trust_env=False).json()

    assert done.returncode == 0, done.stdout + done.stderr
    assert (seen["version"], seen["status"]) == (VERSION, "healthy")
    assert (web.returncode, worker.returncode) == (0, 0)  # SIGTERM ends both in order
    assert sorted(image.rglob("*")) == before  # nothing is written beside the data
