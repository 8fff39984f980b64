"""The smoke check: what it makes of a release that is well, one that is not, and one that is another."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot.version import VERSION
from models.errors import InvalidRequest
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping
from tests.stack import ROOT, Stack
from tests.web.releases.health_server import WELL, Answer, HealthServer
from web.__main__ import main
from web.releases.smoke import MOST_BYTES, smoke


def _failed(other: dict[str, Answer], version: str | None = None) -> dict[str, str]:
    """Return what the smoke check says of the paths that failed."""
    with HealthServer(WELL | other) as server:
        answers = smoke(server.url, version, within_s=0)
    assert [each.path for each in answers] == list(WELL)
    return {each.path: each.message for each in answers if not each.is_well}


def test_a_release_that_is_well_passes_with_one_line_for_each_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with HealthServer(WELL) as server:
        assert main(["smoke", server.url, "--version", "1.2.3", "--within", "0"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", path] for path in WELL]
    assert lines[-1].endswith("healthy, version 1.2.3")


def test_a_release_that_comes_up_is_waited_for() -> None:
    with HealthServer(WELL, starting=4) as server:
        answers = smoke(server.url, within_s=20, every_s=0.01)

    assert all(each.is_well for each in answers)
    assert len(server.asked) == 9  # three paths, three times


def test_another_version_is_waited_for_and_fails() -> None:
    assert _failed({}, "1.2.4") == {"/health": "version 1.2.3 answers, not 1.2.4"}
    assert "version" in _failed({"/health": (200, {"status": "healthy"})}, "1.2.4")["/health"]


def test_what_is_amiss_is_named() -> None:
    body = {
        "status": "unhealthy",
        "services": {"redis": {"status": "unhealthy"}, "chat": {"status": "healthy"}},
    }

    assert _failed({"/health": (503, body)}) == {"/health": "503, unhealthy (redis unhealthy)"}
    assert set(_failed({"/health/ready": (503, {"status": "unready"})})) == {"/health/ready"}


def test_an_outage_of_others_fails_no_release() -> None:
    body = {"status": "degraded", "version": "1", "services": {"pipedrive": {"status": "degraded"}}}

    assert _failed({"/health": (200, body)}) == {}


@pytest.mark.parametrize(
    "body",
    [b"<html>It works!</html>", b"[]", b"[" * 50_000, b"\xff", b"", {"status": "up"}, {"status": ["ready"]}],
)
def test_a_page_of_somebody_else_is_no_release(body: Any) -> None:
    assert set(_failed({"/health/ready": (200, body)})) == {"/health/ready"}


def test_an_answer_without_end_is_cut_off() -> None:
    assert "too long" in _failed({"/health": (200, b" " * (MOST_BYTES + 1))})["/health"]


@pytest.mark.parametrize("beginning", [HEADERS, BODY, CHUNK_SIZE])
def test_an_answer_that_drips_is_cut_off_in_time(beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.releases.smoke.ANSWER_WITHIN_S", LIMIT_S)
    began = time.monotonic()
    with dripping(beginning) as url:
        answers = smoke(url, within_s=0)
    assert {each.message for each in answers} == {"no answer: it took longer than 0.3 seconds"}
    assert time.monotonic() - began < MOST_S


def test_what_the_other_side_says_changes_no_terminal() -> None:
    answer = {"status": "healthy", "version": "\x1b[2J\n" + "9" * 1000}

    (message,) = _failed({"/health": (200, answer)}, "1").values()

    assert message.isprintable()
    assert len(message) < 300


def test_no_redirect_is_followed_nor_waited_for() -> None:
    with HealthServer(WELL) as elsewhere:
        leads = {"/health": (302, f"{elsewhere.url}/health")}
        with HealthServer(WELL | leads) as server:
            answers = smoke(server.url, within_s=60)

        assert elsewhere.asked == []
    assert f"leads to '{elsewhere.url}/health'" in answers[-1].message
    assert len(server.asked) == len(WELL)


@pytest.mark.parametrize(
    "url",
    [
        "pipenotify.example.com",
        "",
        "ftp://x.example",
        "https://",
        "https://x.example/health",
        "https://x.example?a=1",
        "https://ada:secret@x.example",
        "http://[::1",
        "http://x:99999",
        "http://a b",
        "https://x.example\n",
        "http://\u2100.example",
    ],
)
def test_what_is_no_address_is_refused_in_words(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidRequest):
        smoke(url)

    assert main(["smoke", url]) == 1
    assert "like https://pipenotify.example.com" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["-1", "nan", "1e9", "soon"])
def test_how_long_it_may_take_has_bounds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["smoke", "http://127.0.0.1:9", "--within", seconds])

    assert "invalid number of seconds value" in capsys.readouterr().err


def test_nobody_there_is_a_failure_of_every_path() -> None:
    answers = smoke("http://127.0.0.1:9/", within_s=0)

    assert [each.is_well for each in answers] == [False] * 3
    assert "no answer" in answers[0].message


@pytest.mark.integration
def test_the_running_product_passes_and_fails_without_its_redis(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        stack.start_web()
        command = [sys.executable, "-m", "web", "smoke", stack.url, "--version"]
        alone = subprocess.run(
            [*command, "--within", "0"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert stack.http.get("/health/live").headers.get_list("Server") == ["web"]  # no program's name
        stack.start_worker()  # starts Redis
        whole = subprocess.run([*command, VERSION], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (alone.returncode, whole.returncode) == (1, 0), alone.stdout + whole.stdout + whole.stderr
    assert "redis unhealthy" in alone.stdout
    assert f"healthy, version {VERSION}" in whole.stdout
