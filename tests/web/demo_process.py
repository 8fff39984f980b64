"""`make demo` as its user runs it: real processes in a folder of its own, spoken to as the page does."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from tests.stack import ROOT, free_port, wait_until

READY_WITHIN_S: Final = 120
ENDS_WITHIN_S: Final = 15
READY: Final = re.compile(r"^ready (\S+)/playground$", re.MULTILINE)


class DemoProcess:
    """`python -m web demo`; `start` may be called again after `leave` or `kill`."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.data = folder / "data"
        self.output = folder / "output"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.url}/playground"

    @contextmanager
    def running(self) -> Iterator[DemoProcess]:
        """Start it; at the end kill it and print what it wrote."""
        try:
            self.start()
            yield self
        finally:
            self.kill()
            print(self.output.read_text())

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        env = os.environ | {"PORT": str(self.port), "PIPENOTIFY_DATA": str(self.data)}
        command = [sys.executable, "-m", "tests.leash", "-m", "web", "demo"]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        wait_until(self._is_ready, READY_WITHIN_S, "the ready line")

    def leave(self) -> float:
        """Press Ctrl-C; returns how many seconds it took to end."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(ENDS_WITHIN_S) == 0
        return time.monotonic() - began

    def kill(self) -> None:
        """End every process of it by kill -9, wherever it is in its work: starting another one, maybe."""
        wait_until(self._kill_all, 5, "the end of every process of the demo")

    def _kill_all(self) -> bool:
        """Kill what runs; true when nothing did."""
        running = set(self.processes())
        if self.process and self.process.poll() is None:
            running.add(self.process.pid)
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not running

    def processes(self) -> list[int]:
        """Find what runs with this demo's data, by what Linux tells of every process."""
        mark = f"PIPENOTIFY_DATA={self.data}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
        return found

    def state(self, space: str = "spaces/AAAA") -> dict[str, Any]:
        """What Ada sees."""
        seen = httpx.get(f"{self.address}/api/state", params={"space": space}, timeout=20, trust_env=False)
        return dict(seen.raise_for_status().json())

    def act(self, door: str, body: Mapping[str, Any]) -> dict[str, Any]:
        done = httpx.post(f"{self.address}/api/{door}", json=dict(body), timeout=20, trust_env=False)
        return dict(done.raise_for_status().json())

    def pipedrive(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self.act("pipedrive", {"action": action, "arguments": arguments})

    def connect(self) -> None:
        """Sign in as Ada and press Connect on the setup page, following what the pages offer."""
        with httpx.Client(follow_redirects=True, timeout=20, trust_env=False) as browser:
            chooser = browser.get(f"{self.url}/sign-in?next=/setup")
            browser.get(_target(chooser, r'href="([^"]+account=ada[^"]+)"')).raise_for_status()
            consent = browser.get(f"{self.url}/api/v1/oauth/pipedrive")
            fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', consent.text.partition("</form>")[0]))
            asked = {name: html.unescape(value) for name, value in fields.items()}
            back = browser.get(str(consent.url).partition("?")[0], params=asked)
            assert "Pipedrive is connected." in back.text, back.text

    def _is_ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.output.read_text()
        return READY.search(self.output.read_text()) is not None


def _target(page: httpx.Response, pattern: str) -> str:
    found = re.search(pattern, page.text)
    assert found, page.text
    return urljoin(str(page.url), html.unescape(found[1]))
