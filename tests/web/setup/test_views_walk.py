"""Every button of the setup page and of Pipedrive's consents, by every role, with what is another team's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from models.database.engine import Database
from models.tables import Destination, User
from models.tables.accounts import ROLES
from tests.conftest import TwoTenants
from tests.web.admin.conftest import NOBODY
from tests.web.browser import Browser, csrf_of
from tests.web.security.rows import rows_of
from tests.web.setup.conftest import EVE

# The field of a button that names something, and the table of what it names; None for a secret of a consent.
NAMES: Final[dict[str, tuple[str, Any]]] = {
    "/setup/test": ("place", Destination),
    "/setup/match": ("user", User),
    "/setup/role": ("user", User),
    "/setup/remove": ("user", User),
    "/api/v1/oauth/confirm": ("install", None),
}
NAMES_NOTHING: Final = {
    "/setup/check": "looks after one's own connection",
    "/setup/rotate": "makes new secrets for one's own",
    "/setup/invite": "names somebody by an e-mail, who may be in any number of teams",
    "/setup/disconnect": "ends one's own connection",
    "/api/v1/oauth/callback": "brings a state, which is a secret of one browser",
}
MORE: Final = {"/setup/match": {"pipedrive": "by-email"}, "/setup/role": {"role": "viewer"}}
SECRET: Final = "a" * 43


def buttons(browser: Browser) -> Iterator[str]:
    for rule in browser.app.url_map.iter_rules():
        if re.match(r"/(setup|api/v1/oauth)(/|$)", rule.rule) and "POST" in (rule.methods or set()):
            yield rule.rule


@pytest.fixture
def people(browser: Browser, filled: Database, tenants: TwoTenants) -> Browser:
    """Ours has a person of each role besides Ada; Eve of theirs is signed in, and has begun a consent."""
    with filled.writing_all() as session:
        session.add_all(
            User(tenant_id=tenants.ours, email=f"{role}@example.com", role=role) for role in ROLES
        )
    eves = Browser(browser.app)
    eves.sign_in(EVE)
    assert eves.get("/api/v1/oauth/pipedrive").status_code == 302
    return browser


def press(browser: Browser, path: str, value: str) -> TestResponse:
    form = {NAMES[path][0]: value, "csrf": csrf_of(browser.get("/setup"))}
    return browser.post(path, form | MORE.get(path, {}))


def bare(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, re.sub(r'nonce="[^"]*"|[0-9a-f]{16,}', "", answer.text)


def id_of(database: Database, table: Any, tenant_id: int) -> str:
    with database.reading_all() as session:
        return str(session.query(table.id).filter_by(tenant_id=tenant_id).order_by(table.id).first()[0])


def test_every_button_is_walked_or_names_nothing(browser: Browser) -> None:
    assert set(buttons(browser)) == {*NAMES, *NAMES_NOTHING}


def test_what_is_another_teams_is_as_if_it_were_not_there(
    people: Browser, filled: Database, tenants: TwoTenants
) -> None:
    before, lines = rows_of(filled, tenants.theirs), list[str]()
    for path, (_, table) in NAMES.items():
        foreign = id_of(filled, table, tenants.theirs) if table is not None else SECRET
        statuses = []
        for role in ROLES:
            people.sign_in(f"{role}@example.com")
            there, nowhere = (press(people, path, each) for each in (foreign, str(NOBODY)))
            assert bare(there) == bare(nowhere), f"{role} {path}"
            assert there.status_code in (400, 403, 404), f"{role} {path}: {there.status_code}"
            statuses.append(str(there.status_code))
        lines.append(f"{path:30}" + "".join(f"{each:>10}" for each in statuses))

    print(f"\n{'foreign id':30}" + "".join(f"{role:>10}" for role in ROLES), *lines, sep="\n")
    assert rows_of(filled, tenants.theirs) == before


@pytest.mark.parametrize("role", ROLES)
def test_what_names_nothing_acts_in_ones_own_team_alone(
    people: Browser, filled: Database, tenants: TwoTenants, role: str
) -> None:
    before = rows_of(filled, tenants.theirs)
    people.sign_in(f"{role}@example.com")
    for path in (each for each in NAMES_NOTHING if each.startswith("/setup")):
        form = {"email": "new@example.com", "role": "viewer", "data": "keep"}
        answer = people.post(path, form | {"csrf": csrf_of(people.get("/setup"))})
        assert answer.status_code == (303 if role == "admin" else 403), f"{role} {path}"

    assert rows_of(filled, tenants.theirs) == before
