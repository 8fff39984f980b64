"""A browser caches a file as long as its content is the same, and no longer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.visitor import visitor

FOR_EVER = "public, max-age=31536000, immutable"
BUDGET = 60_000  # bytes of scripts and styles, uncompressed (row S0-92)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return visitor(tmp_path)


@pytest.mark.parametrize("file", ["pages.css", "pages.js", "setup.js", "avatar.png"])
def test_files_of_a_page_are_asked_for_by_their_content_and_kept(client: FlaskClient, file: str) -> None:
    address = re.search(rf'"(/static/{file}\?v=[0-9a-f]{{12}})"', client.get("/setup").text)

    assert address
    with client.get(address[1]) as said:
        assert (said.status_code, said.headers["Cache-Control"]) == (200, FOR_EVER)


@pytest.mark.parametrize("address", ["/static/pages.css", "/static/pages.css?v=0123456789ab"])
def test_a_file_asked_for_otherwise_is_not_kept(client: FlaskClient, address: str) -> None:
    with client.get(address) as said:
        assert (said.status_code, said.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["nothing.css", "../app.py", "%2e%2e/app.py", ""])
def test_what_is_no_file_of_ours_stays_unknown(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}?v=0123456789ab").status_code == 404


def test_all_scripts_and_styles_of_the_pages_are_light() -> None:
    folder = Path(__file__).parents[2] / "web/static"
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.suffix in {".css", ".js"}}

    assert sizes
    assert sum(sizes.values()) < BUDGET, sizes
