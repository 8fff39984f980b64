"""Errors: a clear page for people, JSON for other clients, and no internals in either."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Blueprint

from models.errors import NotFound
from tests.web.visitor import BROWSER, visitor


@pytest.mark.parametrize(
    ("path", "accept", "is_page"),
    [
        ("/nothing-here", BROWSER["Accept"], True),
        ("/nothing-here", "text/html", True),
        ("/nothing-here", "application/json", False),
        ("/nothing-here", "*/*", False),
        ("/nothing-here", "", False),
        ("/nothing-here", "application/json, text/html;q=0.5", False),
        ("/api/v1/nothing-here", BROWSER["Accept"], False),
    ],
)
def test_errors_are_pages_for_browsers_alone(
    tmp_path: Path, path: str, accept: str, *, is_page: bool
) -> None:
    said = visitor(tmp_path).get(path, headers={"Accept": accept})

    assert said.status_code == 404
    assert path.startswith("/api/") or "Accept" in said.headers["Vary"]
    assert ("<h1>Not Found</h1>" in said.text) is is_page
    assert said.is_json is not is_page
    assert "There is nothing at this address." in said.text
    if not is_page:
        assert said.json["code"] == "NOT_FOUND"  # type: ignore[index]


def test_a_method_that_is_not_there_needs_notice_as_a_page(tmp_path: Path) -> None:
    said = visitor(tmp_path).post("/setup", headers=BROWSER)

    assert said.status_code == 405
    assert "<h1>Method Not Allowed</h1>" in said.text


def _broken() -> Blueprint:
    page = Blueprint("broken", __name__)

    @page.get("/unforeseen")
    def unforeseen() -> str:
        raise RuntimeError("<b>inner 5ecret</b>")

    @page.get("/trouble")
    def trouble() -> str:
        raise NotFound(user_message="There is no rule “<img src=x>”.")

    return page


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/unforeseen", 500, "Something went wrong on our side."),
        ("/trouble", 404, "There is no rule “&lt;img src=x&gt;”."),
    ],
)
def test_an_error_page_tells_no_more_than_it_should(
    tmp_path: Path, path: str, status: int, told: str
) -> None:
    client = visitor(tmp_path, _broken())
    said = client.get(path, headers=BROWSER | {"X-Request-ID": "a.7"})

    assert said.status_code == status
    assert told in said.text
    assert "5ecret" not in said.text
    assert "<code>a.7</code>" in said.text
