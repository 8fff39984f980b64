"""Every admin page and button by every role, with what is one's own team's, another's, and nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.tables import ApiToken, Delivery, Destination, LeadImport, Rule, User
from models.tables.accounts import ROLES
from tests.web.admin.conftest import ADA, EVE, NOBODY, Desk, session_of
from tests.web.browser import Browser
from tests.web.security.rows import rows_of

# For the id in an address, or of a field, the table of the object that it names.
OF_PATH = {"deliveries": Delivery, "destinations": Destination, "people": User, "intake": LeadImport}
OF_FIELD: dict[str, dict[str, Any]] = {
    "/admin/people/role": {"user": User},
    "/admin/access/revoke": {"token": ApiToken},
    "/admin/access/end": {"session": None},
    **{
        f"/admin/intake/imports/{each}": {"import": LeadImport}
        for each in ("columns", "start", "discard", "undo")
    },
    "/admin/rules/change": {"id": Rule},
    "/admin/rules/undo": {"id": Rule},
}
MORE = {
    "/admin/people/role": {"role": "viewer"},
    "/admin/rules/change": {"change": "off"},
    "/admin/rules/undo": {"change": "off"},
}
ACTS_ON_MANY = ("/admin/rules/change", "/admin/rules/undo")  # what one may not touch is left out


def buttons_and_pages(desk: Desk) -> Iterator[tuple[str, str]]:
    """Yield (method, address) of every view below /admin."""
    for rule in desk.browser.app.url_map.iter_rules():
        if re.match(r"/admin(/|$)", rule.rule):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule


@pytest.fixture
def theirs(desk: Desk) -> Desk:
    """Theirs has an object of each kind; ours has a person of each role."""
    Browser(desk.browser.app).sign_in(EVE)
    ours, other = desk.tenants
    with desk.database.writing_all() as session:
        session.add_all(User(tenant_id=ours, email=f"{role}@example.com", role=role) for role in ROLES)
        eve = session.scalars(select(User).where(User.tenant_id == other)).one()
        token = {
            "token_hash": "x" * 64,
            "scopes": ["read:rules"],
            "expires_at": eve.created_at.replace(year=9999),
        }
        session.add(ApiToken(tenant_id=other, user_id=eve.id, **token))
        session.add(LeadImport(tenant_id=other, name="theirs.csv", content="Name\nJana\n"))
        session.add(Rule(tenant_id=other, name="Theirs", event_types=["deal.won"], made_by=EVE))
    return desk


def ask(desk: Desk, method: str, path: str, ids: dict[Any, int]) -> TestResponse:
    """Open a page or press a button with the ids of these objects, by their tables."""
    noun = path.split("/")[2] if path.count("/") > 1 else ""
    fields = {name: str(ids[table]) for name, table in OF_FIELD.get(path, {}).items()} | MORE.get(path, {})
    address = path.replace("<int:number>", str(ids.get(OF_PATH.get(noun), 0)))
    if method == "GET":
        return desk.browser.get(address)
    return desk.press(address, **fields)


def bare(answer: TestResponse) -> tuple[int, str]:
    text = re.sub(r'nonce="[^"]*"|[0-9a-f]{16,}', "", answer.text)
    return answer.status_code, text


def names_something(path: str) -> bool:
    return "<" in path or path in OF_FIELD


def test_what_is_another_teams_is_as_if_it_were_not_there(theirs: Desk) -> None:
    desk, other = theirs, theirs.tenants.theirs
    tables = (*OF_PATH.values(), ApiToken, Rule)
    foreign: dict[Any, int] = {table: desk.id_of(table, other) for table in tables}
    foreign[None] = session_of(desk, EVE)
    nobody = dict.fromkeys(foreign, NOBODY)
    before, lines = rows_of(desk.database, other), list[str]()
    views = [each for each in buttons_and_pages(desk) if names_something(each[1])]
    for method, path in views:
        statuses = []
        for role in ROLES:
            desk.browser.sign_in(f"{role}@example.com")
            there, nowhere = (ask(desk, method, path, ids) for ids in (foreign, nobody))
            statuses.append(str(there.status_code))
            assert bare(there) == bare(nowhere), f"{role} {method} {path}"
            assert there.status_code in (403, 404) or path in ACTS_ON_MANY, f"{role} {method} {path}"
        lines.append(f"{method:5} {path:44}" + "".join(f"{each:>10}" for each in statuses))

    print(f"\n{'foreign id':50}" + "".join(f"{role:>10}" for role in ROLES), *lines, sep="\n")
    assert len(views) > 12
    assert rows_of(desk.database, other) == before


def test_each_role_opens_what_the_table_of_rights_lets(theirs: Desk) -> None:
    pages = [path for method, path in buttons_and_pages(theirs) if method == "GET" and "<" not in path]
    lines = []
    for path in pages:
        statuses = []
        for role in ROLES:
            theirs.browser.sign_in(f"{role}@example.com")
            statuses.append(theirs.browser.get(path).status_code)
        assert set(statuses) <= {200, 403}, path
        assert statuses[0] == 200, f"an admin may not open {path}"
        lines.append(f"GET   {path:44}" + "".join(f"{each:>10}" for each in statuses))

    print(f"\n{'page':50}" + "".join(f"{role:>10}" for role in ROLES), *lines, sep="\n")


def test_no_button_does_anything_without_the_token_of_its_form(theirs: Desk) -> None:
    theirs.browser.sign_in(ADA)
    before = rows_of(theirs.database, theirs.tenants.ours, but=["sessions"])
    for method, path in buttons_and_pages(theirs):
        if method == "POST":
            address = path.replace("<int:number>", "1")
            assert theirs.browser.post(address, {}).status_code == 403, path

    assert rows_of(theirs.database, theirs.tenants.ours, but=["sessions"]) == before
