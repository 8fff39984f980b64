"""A PgBouncer in transaction mode in front of a PostgreSQL, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from tests.postgresql import SERVER_USER, step_down
from tests.stack import wait_until

PORT: Final = 6432  # only the name of its socket
CONFIG: Final = """
[databases]
* = host={server} user={user}
[pgbouncer]
unix_socket_dir = {home}
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 4
pidfile = {home}/pid
"""


class NoPooler(Exception):
    """Raised when this machine has no PgBouncer; the text says so."""


@contextmanager
def pooler(url: str) -> Iterator[str]:
    """Yield the URL of a database as a new PgBouncer offers it, with four sessions for all clients."""
    program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    server = make_url(url)
    if program is None or "host" not in server.query:
        raise NoPooler("no pgbouncer, or a PostgreSQL that is reached otherwise than by its socket")
    home = Path(tempfile.mkdtemp(prefix="pb-", dir="/tmp"))  # short: a socket's path has 107 bytes
    try:
        config = home / "pgbouncer.ini"
        config.write_text(CONFIG.format(server=server.query["host"], user=SERVER_USER, home=home, port=PORT))
        home.chmod(0o755)
        command = [*step_down(home), program, "--quiet", str(config)]
        process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until((home / f".s.PGSQL.{PORT}").exists, 10, "PgBouncer's socket")
            through = {"host": str(home), "port": str(PORT)}
            yield server.set(query=through).render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(home, ignore_errors=True)
