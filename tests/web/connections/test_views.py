"""The endpoints of Pipedrive's OAuth: redirect, callback, confirmation, and each error's page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.destinations.linking import link_space
from models.security.vault import Vault, associated_data
from models.tables import Connection, Delivery, OAuthFlow, Tenant, User
from tests.conftest import TwoTenants
from tests.models.consents import company, person
from tests.web.browser import BASE, BROWSER_COOKIE
from tests.web.consenting import (
    ADA,
    BEN,
    CALLBACK,
    CONFIRM,
    START,
    Bench,
    allowed,
    bench,
    changed,
    confirm,
    connect,
    way_back,
)


def test_the_way_there_names_all_that_pipedrive_needs(deps: Bench) -> None:
    answer = deps.browser(ADA).get(START)
    parts = urlsplit(answer.location)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert answer.status_code == 302
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{deps.pipedrive.url}/oauth/authorize"
    assert asked.pop("client_id") == "playground-client"
    assert asked.pop("redirect_uri") == f"{BASE}{CALLBACK}"
    assert asked.pop("code_challenge_method") == "S256"
    assert {name: len(value) for name, value in asked.items()} == {"state": 43, "code_challenge": 43}


def test_a_consent_becomes_a_connection_and_the_page_says_so(deps: Bench, vault: Vault) -> None:
    browser = deps.browser(ADA)
    answer = connect(browser)
    assert (answer.status_code, answer.location) == (303, "/setup?connected=1&also=founded#said")
    with deps.database.reading_all() as session:
        row = session.scalars(select(Connection)).one()
        tenant = session.scalars(select(Tenant)).one()
        user = session.scalars(select(User)).one()
        assert session.scalars(select(OAuthFlow)).all() == []
    assert (tenant.name, user.email, user.role, user.pipedrive_user_id) == ("Acme", ADA, "admin", "1")
    assert (row.company_id, row.user_id, row.is_admin, row.connected_by) == ("12345", "1", True, ADA)
    assert (row.state, row.keeps_webhooks) == ("connected", True)
    token = vault.open(
        row.refresh_token or "", associated_data(tenant.id, "connections", "refresh_token", tenant.id)
    )
    assert deps.pipedrive.oauth._refresh[token].user_id == 1
    assert browser.person()["tenant_id"] == tenant.id
    assert "Pipedrive is connected" in browser.get(answer.location).text


def test_the_space_it_was_asked_from_hears_of_it(deps: Bench) -> None:
    connect(deps.browser(ADA, space="spaces/A", space_title="Deals"))
    with deps.database.reading_all() as session:
        (told,) = session.scalars(select(Delivery))
    assert told.destination_name == "spaces/A"
    assert told.notice is not None
    assert told.notice["title"] == "Pipedrive is connected: Acme"


def test_a_space_of_another_team_needs_notice_about_on_the_page(deps: Bench, tenants: TwoTenants) -> None:
    with deps.database.writing(tenants.theirs) as session:
        link_space(session, tenants.theirs, "spaces/A", "Theirs")
    answer = connect(deps.browser(ADA, space="spaces/A"))
    assert answer.location == "/setup?connected=1&also=founded%2Cspace-taken#said"
    assert "belongs to another team" in deps.browser(ADA).get(answer.location).text


def test_connecting_again_renews(deps: Bench) -> None:
    browser = deps.browser(ADA)
    connect(browser)
    assert connect(browser).location == "/setup?connected=1&also=renewed#said"
    assert len(deps.connections()) == 1


def test_what_was_started_for_one_team_stays_with_it_whatever_is_looked_at_meanwhile(
    deps: Bench, tenants: TwoTenants
) -> None:
    for each in tenants:
        person(deps.database, each, ADA)
    browser = deps.browser(ADA, tenant_id=tenants.ours)
    path = allowed(browser)
    browser.sessions._database = deps.database
    with browser.app.test_request_context():
        browser.sessions.switch_tenant(browser.person()["session_id"], tenants.theirs)
    assert browser.person()["tenant_id"] == tenants.theirs
    assert browser.get(path).location == "/setup?connected=1#said"
    assert deps.connections() == {"12345": (tenants.ours, "connected")}
    assert browser.person()["tenant_id"] == tenants.ours


def test_a_marketplace_install_is_nobodys_until_a_person_says_it_is_theirs(deps: Bench) -> None:
    browser = deps.browser()
    path = deps.pipedrive.oauth.install_from_marketplace(f"{BASE}{CALLBACK}").removeprefix(BASE)
    sent_on = browser.get(path)
    assert sent_on.status_code == 303
    assert sent_on.location.startswith("/sign-in?next=%2Fapi%2Fv1%2Foauth%2Fconfirm%3Finstall%3D")
    assert deps.asked() == 0
    browser.sign_in(ADA)
    back = parse_qs(urlsplit(sent_on.location).query)["next"][0]
    page = browser.get(back)
    assert ADA in page.text
    assert "a new one is made for the company" in page.text
    assert confirm(browser, back).location == "/setup?connected=1&also=founded#said"
    assert deps.connections()["12345"][1] == "connected"


def test_whoever_is_signed_in_is_asked_before_an_install_is_theirs(deps: Bench, tenants: TwoTenants) -> None:
    person(deps.database, tenants.ours, ADA)
    browser = deps.browser(ADA)
    path = deps.pipedrive.oauth.install_from_marketplace(f"{BASE}{CALLBACK}").removeprefix(BASE)
    sent_on = browser.get(path)
    assert sent_on.location.startswith(f"{CONFIRM}?install=")
    page = browser.get(sent_on.location).text
    assert "<dd>Acme</dd>" in page
    assert deps.asked() == 0
    assert confirm(browser, sent_on.location).status_code == 303
    assert deps.connections() == {"12345": (tenants.ours, "connected")}


def test_what_began_before_signing_in_goes_on_after(deps: Bench) -> None:
    browser = deps.browser()
    sent_on = connect(browser)
    assert sent_on.location.startswith("/sign-in?next=")
    browser.sign_in(ADA)
    back = parse_qs(urlsplit(sent_on.location).query)["next"][0]
    assert confirm(browser, back).status_code == 303
    assert deps.connections()["12345"][1] == "connected"


def test_a_kept_code_is_good_once(deps: Bench) -> None:
    browser = deps.browser(ADA)
    path = deps.pipedrive.oauth.install_from_marketplace(f"{BASE}{CALLBACK}").removeprefix(BASE)
    back = browser.get(path).location
    assert confirm(browser, back).status_code == 303
    again = confirm(browser, back)
    assert again.status_code == 400
    assert "was used already" in again.text
    assert deps.asked() == 1


def test_saying_no_at_pipedrive_needs_notice_with_the_way_on(deps: Bench) -> None:
    deps.pipedrive.oauth.consent = False
    browser = deps.browser(ADA)
    path = allowed(browser)
    answer = browser.get(path)
    assert answer.status_code == 400
    assert "you did not allow it" in answer.text
    assert f'href="{START}">Start again</a>' in answer.text
    assert "nobody here asked" in browser.get(path).text  # the state was used up


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "<script>alert(1)</script>"])
def test_another_error_of_pipedrive_needs_notice_and_not_repeated(deps: Bench, error: str) -> None:
    browser = deps.browser(ADA)
    answer = browser.get(changed(allowed(browser), error=error, code=""))
    assert answer.status_code == 400
    assert "could not ask for your consent" in answer.text
    assert error not in answer.text


@pytest.mark.parametrize("path", [CALLBACK, f"{CALLBACK}?state=", f"{CALLBACK}?code="])
def test_a_callback_that_brings_nothing_says_so(deps: Bench, path: str) -> None:
    answer = deps.browser(ADA).get(path)
    assert answer.status_code == 400
    assert "brought nothing along" in answer.text


@pytest.mark.parametrize("code", ["x" * 2001, "line\nbreak", "ünïcode"])
def test_what_cannot_be_a_code_is_not_kept(deps: Bench, code: str) -> None:
    answer = deps.browser().get(changed(f"{CALLBACK}?", code=code))
    assert answer.status_code == 400
    with deps.database.reading_all() as session:
        assert session.scalars(select(OAuthFlow)).all() == []


def test_a_consent_older_than_ten_minutes_needs_notice_to_be(deps: Bench) -> None:
    browser = deps.browser(ADA)
    path = allowed(browser)
    with time_machine.travel(now().timestamp() + 601):
        answer = browser.get(path)
    assert answer.status_code == 400
    assert "took longer than the 10 minutes" in answer.text
    assert deps.asked() == 0


def test_a_code_older_than_five_minutes_is_refused_by_pipedrive_and_told(deps: Bench) -> None:
    browser = deps.browser(ADA)
    path = allowed(browser)
    deps.pipedrive.clock.forward(301)
    answer = browser.get(path)
    assert answer.status_code == 400
    assert "good once, and for five minutes" in answer.text
    assert deps.connections() == {}


def test_who_may_not_connect_needs_notice_whom_to_ask_and_nothing_changes(
    deps: Bench, tenants: TwoTenants
) -> None:
    company(deps.database, tenants.ours)
    person(deps.database, tenants.ours, BEN, "sales_rep")
    answer = connect(deps.browser(BEN))
    assert answer.status_code == 403
    assert "Only an admin of Acme may connect Pipedrive" in answer.text
    assert deps.connections() == {"12345": (tenants.ours, "none")}


@pytest.mark.parametrize("missing", ["PIPEDRIVE_CLIENT_ID", "PIPEDRIVE_CLIENT_SECRET"])
def test_without_an_app_of_ours_the_page_names_what_is_missing(
    missing: str, database: Database, database_url: str, tmp_path: Path
) -> None:
    with bench(database, database_url, tmp_path, **{missing: ""}) as deps:
        answer = deps.browser(ADA).get(START)
    assert answer.status_code == 503
    assert f"{missing} is not set" in answer.text
    assert "Start again" not in answer.text


def test_by_invitation_alone_a_stranger_connects_nothing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with bench(database, database_url, tmp_path, SIGN_UP="invited") as deps:
        answer = connect(deps.browser(ADA))
        assert answer.status_code == 403
        assert "by invitation" in answer.text
        assert deps.connections() == {}


def test_a_browser_keeps_its_secret_on_the_way(deps: Bench) -> None:
    browser = deps.browser(ADA)
    browser.get(START)
    first = browser.cookie(BROWSER_COOKIE)
    browser.get(START)
    assert first
    assert browser.cookie(BROWSER_COOKIE) == first


def test_two_consents_in_one_browser_do_not_disturb_each_other(deps: Bench) -> None:
    browser = deps.browser(ADA)
    paths = [allowed(browser), allowed(browser)]
    assert [browser.get(path).status_code for path in paths] == [303, 303]
    assert way_back(browser.get(START).location)
