"""Access control of pages, redirects, and the limit on guessing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from models.database.engine import Database
from models.tables import User
from tests.conftest import TwoTenants
from tests.models.rows import add
from tests.web.browser import HOST, Browser, Standing, app_of
from web.security.guards import FAILURES, path_of_ours

ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window of time ends while a test counts."""
    monkeypatch.setattr("web.security.rate_limit.time", Standing())


@pytest.fixture
def browser(database: Database, database_url: str, tmp_path: Path) -> Iterator[Browser]:
    with app_of(database, tmp_path, database_url) as app:
        yield Browser(app)


@pytest.mark.parametrize("path", ["/for/people", "/for/admins"])
def test_a_browser_is_sent_to_sign_in_and_back(browser: Browser, path: str) -> None:
    said = browser.get(f"{path}?a=1&b=x")

    assert said.status_code == 303
    assert said.headers["Location"] == f"/sign-in?next={path.replace('/', '%2F')}%3Fa%3D1%26b%3Dx"


@pytest.mark.parametrize("path", ["/for/people", "/for/admins"])
@pytest.mark.parametrize("wanted", ["application/json", "*/*", ""])
def test_others_are_told_401(browser: Browser, path: str, wanted: str) -> None:
    said = browser.client.get(path, base_url=browser.base, headers={"Accept": wanted})

    assert (said.status_code, said.get_json()["code"]) == (401, "UNAUTHORIZED")


def test_an_admin_is_one_in_the_tenant_looked_at(
    browser: Browser, tenants: TwoTenants, database: Database
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    add(database, User(tenant_id=tenants.theirs, email=ADA, role="viewer"))

    browser.sign_in(ADA, tenant_id=tenants.theirs)
    assert [browser.get(path).status_code for path in ("/for/people", "/for/admins")] == [200, 403]
    assert "A viewer may not do this." in browser.get("/for/admins").text

    browser.sign_in(ADA, tenant_id=tenants.ours)
    assert browser.get("/for/admins").text == "hello admin"


@pytest.mark.parametrize("role", ["manager", "sales_rep", "analyst", "viewer"])
def test_no_other_role_is_an_admin(
    browser: Browser, tenants: TwoTenants, database: Database, role: str
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role=role))
    browser.sign_in(ADA)

    assert browser.get("/for/admins").status_code == 403


def test_an_admin_who_was_removed_is_out_at_once(
    browser: Browser, tenants: TwoTenants, database: Database
) -> None:
    add(database, User(tenant_id=tenants.ours, email=ADA, role="admin"))
    browser.sign_in(ADA)
    assert browser.get("/for/admins").status_code == 200

    with database.writing_all() as session:
        session.execute(update(User).where(User.tenant_id == tenants.ours).values(role="sales_rep"))
    assert browser.get("/for/admins").status_code == 403
    with database.writing_all() as session:
        session.execute(delete(User).where(User.tenant_id == tenants.ours))
    assert browser.get("/for/admins").status_code == 403


@pytest.mark.parametrize(
    "path", ["/setup", "/setup?connected=1", "/a/b?next=https://x.example", "/x?q=%2Fsetup", "/x#there"]
)
def test_paths_of_ours_are_followed(path: str) -> None:
    assert path_of_ours(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "setup",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https://evil.example",
        "https:evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/%2Fevil.example",
        "/%2f/evil.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/\n/evil.example",
        "/setup\r\nSet-Cookie: a=b",
        "/setup%0d%0aSet-Cookie:%20a=b",
        " //evil.example",
        "/ /evil.example",
        "@evil.example",
        "/\u2028evil",
        "/\x00",
        "/ünïcode",
        "/" + "x" * 500,
    ],
)
def test_nothing_leads_out_of_here(path: str | None) -> None:
    assert path_of_ours(path) == "/setup"
    assert path_of_ours(path, "/") == "/"


def guess(browser: Browser, word: str, address: str, **headers: str) -> int:
    return browser.get(f"/guess/{word}", environ_base={"REMOTE_ADDR": address}, headers=headers).status_code


def test_ten_failures_make_an_address_wait_and_nobody_else(browser: Browser) -> None:
    assert [guess(browser, "wrong", "203.0.113.9") for _ in range(FAILURES)] == [404] * FAILURES

    assert guess(browser, "right", "203.0.113.9") == 429
    assert guess(browser, "right", "203.0.113.10") == 200
    said = browser.get("/guess/right", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert said.headers["Retry-After"] == "300"
    assert "Please wait five minutes." in said.text
    assert browser.get("/privacy", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200


def test_whoever_does_well_is_never_counted(browser: Browser) -> None:
    assert {guess(browser, "right", "203.0.113.9") for _ in range(FAILURES * 3)} == {200}


def test_this_very_machine_is_never_shut_out(browser: Browser) -> None:
    assert {guess(browser, "wrong", "127.0.0.1") for _ in range(FAILURES * 2)} == {404}


@pytest.mark.parametrize(
    ("hops", "told", "counted"),
    [
        ("0", "198.51.100.1", "203.0.113.9"),
        ("1", "198.51.100.1", "198.51.100.1"),
        ("1", "192.0.2.7, 198.51.100.1", "198.51.100.1"),
        ("2", "192.0.2.7, 198.51.100.1", "192.0.2.7"),
        ("2", "198.51.100.1", "203.0.113.9"),
    ],
)
def test_addresses_are_those_that_our_own_proxies_saw(
    database: Database, database_url: str, tmp_path: Path, hops: str, told: str, counted: str
) -> None:
    with app_of(database, tmp_path, database_url, PROXY_HOPS=hops) as app:
        browser = Browser(app)
        for _ in range(FAILURES):
            guess(browser, "wrong", "203.0.113.9", **{"X-Forwarded-For": told})
        direct = Browser(app)
        chain = [counted] * int(hops)
        headers = {"X-Forwarded-For": ", ".join(chain)} if chain else {}

        assert guess(direct, "right", counted if not chain else "203.0.113.200", **headers) == 429


def test_doors_with_their_own_proof_answer_under_any_name(browser: Browser) -> None:
    said = browser.client.post("/chat/events", base_url="https://elsewhere.example", data=b"{}")
    alive = browser.client.get("/health/live", base_url="https://10.0.0.7:8080")
    page = browser.client.get("/privacy", base_url="https://elsewhere.example")

    assert (said.status_code, alive.status_code, page.status_code) == (401, 200, 400)
    assert browser.client.get("/privacy", base_url=f"https://{HOST}").status_code == 200
