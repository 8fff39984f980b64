"""The process beside the one that delivers: it ends when asked to, and by itself when a job hangs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jobs.background_process import NICENESS
from tests.jobs.process.office import Office
from tests.postgresql import Databases
from tests.stack import ROOT

WITHIN_S = 30.0
PROGRAM = """
import os, signal, sys
from jobs import background_process, sweeper
from jobs.background_process import run_background

background_process.LOOK_EVERY_S = 0.1
if sys.argv[1] == "hangs":
    sweeper.STUCK_AFTER_S = 0.0
    run_background(lambda: None)
else:
    run_background(lambda: os.kill(os.getpid(), signal.SIGTERM))
print("returned with priority", os.getpriority(os.PRIO_PROCESS, 0))
"""


@pytest.mark.parametrize(("how", "hangs"), [("hangs", True), ("is asked to end", False)])
def test_it_returns_when_it_is_asked_to_end_and_when_a_job_hangs(
    office: Office, how: str, *, hangs: bool
) -> None:
    command = [sys.executable, "-c", PROGRAM, how]
    done = subprocess.run(
        command, cwd=ROOT, env=office.env, capture_output=True, text=True, timeout=WITHIN_S, check=True
    )
    assert "returned with priority 0" in done.stdout  # it may hold SQLite's only write lock
    assert ("background.hangs" in done.stdout) is hangs


def test_with_postgresql_cards_and_webhooks_go_before_the_jobs_of_the_clock(
    office: Office, postgresql: Databases
) -> None:
    with postgresql.fresh() as url:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "is asked to end"],
            cwd=ROOT,
            env=office.env | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=True,
        )
    assert f"returned with priority {NICENESS}" in done.stdout
