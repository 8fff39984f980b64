"""The demo reports what prevents its start and stops its processes; the browser test shows that it works."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.settings import Settings
from models.tables import Rule, Tenant
from tests.crm import settings_for
from tests.stack import ROOT, free_port
from web import demo
from web.demo import Demo
from web.playground.faults import Faults
from web.playground.outages import Outages
from web.playground.saved.state_file import StateFile
from web.playground.serve import TENANT
from web.playground.start import lock_folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    port = str(free_port())
    return settings_for("http://127.0.0.1:9", tmp_path, PORT=port, BASE_URL=f"http://127.0.0.1:{port}")


@pytest.fixture
def signals() -> Iterator[None]:
    """What a demo does about signals is undone."""
    set_by_it = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
    kept = [(each, signal.getsignal(each)) for each in set_by_it]
    yield
    for each, handler in kept:
        signal.signal(each, handler)


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = os.environ | {"PORT": str(port), "PIPENOTIFY_DATA": str(tmp_path / "data")}
        command = [sys.executable, "-m", "web", "demo"]
        ended = subprocess.run(
            command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr == f"port {port} is taken; say another: PORT=8081 make demo\n"
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hand_over", ["/dev/null", "/dev/null/below"])
def test_a_data_folder_that_is_a_file_is_said_in_one_line(hand_over: str) -> None:
    env = os.environ | {"PORT": str(free_port()), "PIPENOTIFY_DATA": hand_over}
    command = [sys.executable, "-m", "web", "demo"]
    ended = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    words = "is a file or below one; say another: PIPENOTIFY_DATA=/tmp/demo make demo"
    assert ended.stderr == f"PIPENOTIFY_DATA={hand_over} {words}\n"
    assert (ended.returncode, ended.stdout) == (1, "")


def test_a_second_demo_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    lock = lock_folder(tmp_path, "http://127.0.0.1:8080/playground")
    env = os.environ | {"PORT": str(free_port()), "PIPENOTIFY_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "web", "demo"]
    ended = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    os.close(lock)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"a demo at http://127.0.0.1:8080/playground uses {tmp_path} already; "
        "say another: PIPENOTIFY_DATA=/tmp/demo make demo\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == ["demo.lock"]


def test_a_part_that_does_not_start_ends_the_demo_with_one(
    settings: Settings, signals: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []

    def start(self: Demo, arguments: list[str], env: dict[str, str]) -> None:
        started.append(arguments)
        self._children.append(subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], env=env))

    monkeypatch.setattr(Demo, "_start", start)

    assert Demo(settings).run() == 1

    said = capsys.readouterr()
    assert said.err == "a part of the demo did not start; its lines above say why\n"
    assert "ready" not in said.out
    assert started == [["-m", "web.playground"]]


def test_ctrl_c_ends_every_part_and_is_no_failure(
    settings: Settings, signals: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    variables: list[dict[str, str]] = []

    def start(self: Demo, _arguments: list[str], env: dict[str, str]) -> None:
        variables.append(env)
        children.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        self._children.append(children[-1])

    def watch(_self: Demo) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)

    for name, value in (("_start", start), ("_watch", watch)):
        monkeypatch.setattr(Demo, name, value)
    for name in ("_web_answers", "_worker_answers"):
        monkeypatch.setattr(Demo, name, lambda _self: True)

    assert Demo(settings).run() == 0

    assert [child.poll() for child in children] == [-signal.SIGTERM] * 2
    assert capsys.readouterr().out == f"ready {settings.base_url}/playground\n"
    assert variables[0]["BASE_URL"] == settings.base_url
    assert variables[0]["CHAT_AUDIENCE"] == settings.chat_events_url


def test_the_page_kills_the_worker_and_starts_another(
    settings: Settings, signals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    outages = Outages(Faults(), os.getpid())

    def start(self: Demo, _arguments: list[str], _env: dict[str, str]) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        self._children.append(started[-1])
        return started[-1]

    def press(self: Demo) -> None:
        for on in (True, False):
            outages.switch("worker", on=on)
            self._attend_to_worker()
            assert self._all_live()

    for name, value in (("_start", start), ("_watch", press)):
        monkeypatch.setattr(Demo, name, value)
    for name in ("_web_answers", "_worker_answers"):
        monkeypatch.setattr(Demo, name, lambda _self: True)

    Demo(settings).run()

    assert [each.poll() for each in started] == [-signal.SIGTERM, -signal.SIGKILL, -signal.SIGTERM]


def test_nothing_answers_before_it_runs(settings: Settings) -> None:
    started = time.monotonic()
    made = Demo(settings)
    assert not made._web_answers()
    assert not made._worker_answers()
    assert time.monotonic() - started < 20


def test_the_first_start_brings_the_tenant_and_later_ones_leave_it_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PIPENOTIFY_DATA", str(settings.pipenotify_data))
    StateFile(settings.pipenotify_data).write({"of": "an earlier database"})
    demo._create_tenant(settings)
    assert StateFile(settings.pipenotify_data).read() is None
    database = Database(settings.database_url)
    with database.writing_all() as session:
        assert session.scalars(select(Tenant.name)).all() == [TENANT]
        for rule in session.scalars(select(Rule)):
            rule.is_enabled = False

    demo._create_tenant(settings)

    assert "both begin anew" in capsys.readouterr().err
    with database.reading_all() as session:
        assert set(session.scalars(select(Rule.is_enabled))) <= {False}
        assert session.scalars(select(Tenant.name)).all() == [TENANT]
    database.close()


@pytest.mark.skipif(shutil.which("make") is None, reason="NOT RUN: there is no make here")
@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("PYTHON=nowhere", "There is no 'nowhere' here. Install Python 3.11 or newer, or name it: "),
        ("VENV=/etc/hostname", "/etc/hostname is no folder that you may read and write. Move it away, "),
    ],
)
def test_make_says_in_one_line_what_it_lacks(tmp_path: Path, variable: str, line: str) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("Makefile", "requirements.txt", "tests/requirements.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    command = ["make", "demo", variable]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ended = subprocess.run(
        command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=30, check=False
    )
    told, *others = ended.stderr.splitlines()
    assert told.startswith(line)
    assert [each.split(":")[0] for each in others] == ["make"]  # its own line about the failure
    assert ended.returncode == 2
