"""What nothing may run beside is refused while a worker or another process uses the database."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest
from models.operating.running import refuse_while_running
from models.operating.workers import WorkerIdentity, record_alive


def test_a_living_worker_is_named_and_a_dead_one_is_not_in_the_way(database: Database) -> None:
    refuse_while_running(database)
    worker = WorkerIdentity("w", "box", 17, "", now())
    with database.writing_all() as session:
        record_alive(session, worker, now() - timedelta(minutes=1))
    refuse_while_running(database)
    with database.writing_all() as session:
        record_alive(session, worker, now())
    if database.is_sqlite:  # nobody has the file open, so it was killed
        refuse_while_running(database)
    else:
        with pytest.raises(InvalidRequest, match="box:17"):
            refuse_while_running(database)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows who has a file open")
def test_a_process_that_has_the_file_open_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/pipenotify.db")
    command = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", command, f"{tmp_path}/pipenotify.db"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(InvalidRequest, match=str(other.pid)):
            refuse_while_running(database)
    refuse_while_running(database)
    database.close()
