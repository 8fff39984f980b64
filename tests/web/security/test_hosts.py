"""Pages are served under our own host names only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.visitor import visitor
from web.security.hosts import is_loopback


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("pipenotify.example.com", 200),
        ("PIPENOTIFY.example.com", 200),
        ("pipenotify.example.com:8443", 200),
        ("pipenotify.example.com.", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("127.8.8.8", 200),
        ("[::1]:8080", 200),
        ("intranet.example", 200),
        ("two.example", 200),
        ("evil.example", 400),
        ("pipenotify.example.com.evil.example", 400),
        ("xpipenotify.example.com", 400),
        ("localhost.evil.example", 400),
        ("10.0.0.7", 400),
        ("user@pipenotify.example.com@evil.example", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
def test_only_our_own_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    client = visitor(tmp_path, TRUSTED_HOSTS="Intranet.example, two.example:8080")

    assert client.get("/privacy", headers={"Host": host}).status_code == status


def test_a_name_that_resolves_to_us_needs_notice_so_without_echo(tmp_path: Path) -> None:
    said = visitor(tmp_path).get("/privacy", headers={"Host": "evil.example", "Accept": "text/html"})

    assert "Nothing is served under this name." in said.text
    assert "evil.example" not in said.text


@pytest.mark.parametrize("name", ["0.0.0.0", "localhost.", "128.0.0.1", "::", "", "example.com"])
def test_other_names_are_not_this_machine(name: str) -> None:
    assert not is_loopback(name)
