"""The admin pages are worked with in a browser: rules, people, tokens, the trail, forms, imports, mails."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models.accounts.queries import tenant_id_of
from models.accounts.tokens import find_caller
from models.database.engine import Database
from models.destinations.outside import add_email_address
from models.errors import TokenInvalid
from models.security.signed_links import UNSUBSCRIBE, sign
from models.tables import Destination, User
from tests.browser.admin.busy_team import busy
from tests.browser.axe import violations
from tests.browser.site import Site, keep_picture, site, watched

LEADS: Final = (
    "Name,E-mail,Organization,Value\n"
    "Grace Hopper,grace@example.com,Globex,1200\n"
    "Alan Turing,no e-mail,Initech,300\n"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("work")
    with site(folder, busy) as serving:
        yield serving


@pytest.fixture
def page(browser: Browser, served: Site) -> Iterator[Page]:
    with watched(served.visit(browser, viewport={"width": 1280, "height": 900})) as opened:
        yield opened


def _kept(page: Page, name: str, **how: Any) -> None:
    """Check a state that only appears after a press, and keep its picture."""
    assert violations(page) == []
    keep_picture(page, name, **how)


def test_rules_are_switched_off_together_and_back(page: Page) -> None:
    page.goto("/admin/rules")
    page.get_by_label("Big wins").check()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("1 rule (Big wins)")
    expect(page.locator(".log .chip")).to_have_text("off")
    _kept(page, "admin-rules")
    page.get_by_role("button", name="Undo", exact=True).click()

    expect(page.locator(".log .chip")).to_have_text("on")


def test_somebody_is_invited_and_gets_another_role(page: Page, served: Site) -> None:
    page.goto("/admin/people")
    page.get_by_text("Invite somebody").click()
    page.get_by_label("E-mail", exact=True).fill("kim@example.com")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Invited.")).to_be_visible()
    person = page.get_by_role("listitem").filter(has_text="kim@example.com")
    person.locator("summary").click()
    person.get_by_label("Role").select_option("manager")
    assert violations(page) == []
    person.get_by_role("button", name="Save the role").click()

    expect(page.get_by_text("The new role holds from now on.")).to_be_visible()
    with served.database.reading_all() as session:
        assert session.scalars(select(User.role).where(User.email == "kim@example.com")).all() == ["manager"]


def test_a_token_is_made_shown_once_and_revoked(page: Page, served: Site) -> None:
    page.goto("/admin/access")
    page.get_by_text("Make a token of your own").click()
    page.get_by_label("Name").fill("Lamp sync")
    page.get_by_label("read:rules").check()
    page.get_by_role("button", name="Make it").click()
    secret = page.get_by_role("status").locator("code").inner_text()
    with served.database.reading_all() as session:
        assert find_caller(session, secret).scopes == {"read:rules"}
    page.goto("/admin/access")
    assert secret not in page.content()
    _kept(page, "admin-access")
    page.get_by_role("button", name=f"Revoke the token …{secret[-4:]}").click()

    expect(page.get_by_text("Revoked: it is refused from now on.")).to_be_visible()
    with served.database.reading_all() as session, pytest.raises(TokenInvalid):
        find_caller(session, secret)


def test_the_plan_says_what_it_has_and_usage_is_a_file(page: Page) -> None:
    page.goto("/admin/destinations")
    page.get_by_text("What the plan has").click()
    expect(page.get_by_text("REST, for programs")).to_be_visible()
    _kept(page, "admin-destinations")
    with page.expect_download() as started:
        page.get_by_role("link", name="Usage by month as CSV").click()

    assert started.value.path().read_text().startswith("month,since,cards")


def test_the_trail_is_checked_and_taken_as_a_file(page: Page) -> None:
    page.goto("/admin/audit")
    page.get_by_role("button", name="Check the whole trail").click()
    expect(page.get_by_role("status")).to_contain_text("The trail is unbroken")
    _kept(page, "admin-audit")
    page.get_by_label("Action or noun").fill("rule.edited")
    page.get_by_role("combobox", name="How far back").select_option("7 days")
    page.get_by_role("button", name="Search").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="All of these as CSV").click()

    rows = list(csv.DictReader(started.value.path().read_text().splitlines()))
    assert [(row["action"], row["object"]) for row in rows] == [("rule.edited", "Big deals")]


def test_a_form_is_made_with_its_html_and_revoked(page: Page) -> None:
    page.goto("/admin/intake")
    page.get_by_label("Name").fill("Contact page")
    page.get_by_label("Sites whose pages may send it").fill("https://www.example.com")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("For your page")).to_contain_text("<form")
    assert violations(page) == []
    page.get_by_role("button", name="Revoke the form Contact page").click()

    expect(page.get_by_text("Revoked: it is refused from now on.")).to_be_visible()


def test_a_file_of_leads_is_chosen_looked_at_started_and_undone(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)
    page.goto("/admin/intake/imports")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("1 lead will be made, 1 row cannot be.")).to_be_visible()
    expect(page.get_by_text("“no e-mail” is no e-mail address")).to_be_visible()
    _kept(page, "admin-import", full_page=True)
    page.get_by_label("Currency of values without one").fill("CZK")
    page.get_by_role("button", name="Keep, and look again").click()
    expect(page.get_by_text("1,200.00 CZK")).to_be_visible()
    page.get_by_role("button", name="Write 1 lead to Pipedrive").click()
    expect(page.get_by_text("is written now: 1 waiting, 1 failed")).to_be_visible()
    page.get_by_role("button", name="Undo …").click()
    page.get_by_role("button", name="Undo it").click()

    expect(page.get_by_text("Being undone: what the import made")).to_be_visible()


def test_the_link_of_a_mail_switches_it_off_by_a_press(page: Page, served: Site) -> None:
    uid = _mail_address(served.database)
    page.goto(f"/unsubscribe/{sign(served.settings.secret_key, UNSUBSCRIBE, uid)}")
    assert violations(page) == []
    page.get_by_role("button", name="Send no more").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="No more mails")).to_be_visible()
    with served.database.reading_all() as session:
        assert session.scalars(select(Destination.is_active).where(Destination.uid == uid)).all() == [False]


def _mail_address(database: Database) -> str:
    with database.writing_all() as session:
        return add_email_address(session, tenant_id_of(session, "Acme"), "Orders", "orders@example.com").uid
