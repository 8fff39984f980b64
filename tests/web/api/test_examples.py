"""The examples of docs/api.md run as they stand there, one after the other, in a shell."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Final

import pytest
from werkzeug.serving import make_server

from tests.rules.house import ROOT
from tests.web.api.conftest import Api
from web.api.routes import PREFIX

BLOCKS: Final = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
# What is another one in each installation; curl fails on every answer that is no success.
GIVEN: Final = ("TOKEN=", "API=")
FAILING: Final = 'set -euo pipefail\ncurl() { command curl -sS --max-time 20 --fail-with-body "$@"; }\n'


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    """The address of REST, served on loopback."""
    server = make_server("127.0.0.1", 0, api.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="NO CURL: the examples of docs/api.md were not run")
def test_the_examples_of_the_page_do_what_they_say(api: Api, address: str) -> None:
    api.connect_admin()
    lines = [line for block in BLOCKS for line in block.splitlines() if not line.startswith(GIVEN)]
    script = "\n".join(lines).replace("spaces/AAAA", "spaces/acme")
    assert script.count("curl") > 12

    ran = subprocess.run(
        ["/bin/bash", "-c", f"{FAILING}TOKEN={api.token()}\nAPI={address}\n{script}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert {rule["name"]: rule["urgent"] for rule in api.data("GET", "/admin/rules")} == {
        "Wins": True,
        "Big wins": False,
    }
