"""The link in a mail switches the mails of its destination off, by a button, without signing in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from models.database.engine import Database
from models.database.migrate import prepare
from models.destinations.outside import add_email_address
from models.security.audit import Auditor
from models.security.signed_links import UNSUBSCRIBE, sign
from models.tables import AuditEntry, Destination, Tenant
from tests.crm import settings_for
from web.app import create_app
from web.waker import Waker


class Page:
    """The app of one installation with a tenant that mails to two addresses."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_for("http://127.0.0.1:9", folder, REDIS_URL="redis://127.0.0.1:9/0")
        self.database = Database(self.settings.database_url, Auditor(self.settings.secret_key))
        prepare(self.database)
        with self.database.writing_all() as session:
            tenant = Tenant(name="Acme")
            session.add(tenant)
            session.flush()
            made = [add_email_address(session, tenant.id, f"M{each}", f"m{each}@x.test") for each in range(2)]
            self.uids = [each.uid for each in made]
        self.client: FlaskClient = create_app(
            self.settings, self.database, Waker(self.settings)
        ).test_client()

    def path(self, uid: str) -> str:
        return f"/unsubscribe/{sign(self.settings.secret_key, UNSUBSCRIBE, uid)}"

    def active(self) -> list[bool]:
        with self.database.reading_all() as session:
            rows = session.query(Destination).order_by(Destination.id)
            return [each.is_active for each in rows]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)


def test_opening_the_page_changes_nothing(page: Page) -> None:
    answer = page.client.get(page.path(page.uids[0]))

    assert "m0@x.test" in answer.text
    assert page.active() == [True, True]


@pytest.mark.parametrize("form", [{}, {"List-Unsubscribe": "One-Click"}])
def test_the_button_switches_this_address_off_and_no_other(page: Page, form: dict[str, str]) -> None:
    for _ in range(2):
        answer = page.client.post(page.path(page.uids[0]), data=form)
        assert (answer.status_code, "No more mails" in answer.text) == (200, True)

    assert page.active() == [False, True]
    with page.database.reading_all() as session:
        row = session.query(Destination).filter_by(uid=page.uids[0]).one()
        assert row.paused_because == "paused by m0@x.test"
        trail = session.query(AuditEntry).filter_by(action="space.paused").all()
        assert [(each.actor, each.object) for each in trail] == [("m0@x.test", "M0")]


def test_a_link_that_is_not_ours_does_nothing(page: Page) -> None:
    forged = page.path(page.uids[0])[:-4] + "0000"

    for answer in (page.client.get(forged), page.client.post(forged)):
        assert answer.status_code == 403
        assert "m0@x.test" not in answer.text
    assert page.active() == [True, True]


def test_a_destination_that_is_no_mail_has_no_such_link(page: Page) -> None:
    with page.database.writing_all() as session:
        session.query(Destination).filter_by(uid=page.uids[1]).one().kind = "webhook"

    assert page.client.post(page.path(page.uids[1])).status_code == 403
    assert page.active() == [True, True]
