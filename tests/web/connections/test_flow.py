"""A consent's code is stored encrypted and bound; errors store nothing partial; personal connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from jobs.to_pipedrive.client import Pipedrive
from models.accounts.oauth_flows import FlowElsewhere, FlowUnknown
from models.accounts.sessions import SignedInUser
from models.database.engine import Database
from models.errors import AppError, OutsideStaging
from models.security.vault import Vault
from models.tables import Connection, OAuthFlow, PersonalConnection, Tenant, User
from models.tables.accounts import CONNECT, INSTALL, PERSONAL
from tests.conftest import TwoTenants
from tests.crm import settings_for
from tests.models.consents import company, person
from tests.web.browser import BASE
from tests.web.consenting import CALLBACK, START, Bench, allowed, bench, confirm, connect
from web.connections.errors import CodeNotAccepted, OtherAccount, OtherTenant, PipedriveBusy, SignedOut
from web.connections.flow import MOST_AT_ONCE, Consents
from web.connections.views import MOST_BEGUN
from web.playground.faults import Fault
from web.playground.pipedrive.oauth_errors import token_fault
from web.playground.pipedrive.server import FakePipedrive

HERE, ELSEWHERE = "a" * 64, "b" * 64
ADA = SignedInUser(1, "ada@example.com", "Ada")
BEN = SignedInUser(2, "ben@example.com", "Ben")
CODE = "12345.1.secret-code"


@pytest.fixture
def crm() -> Iterator[FakePipedrive]:
    with FakePipedrive() as running:
        yield running


@pytest.fixture
def consents(database: Database, vault: Vault, crm: FakePipedrive, tmp_path: Path) -> Iterator[Consents]:
    settings = settings_for(crm.url, tmp_path, BASE_URL="https://pn.test")
    pipedrive = Pipedrive(database, vault, settings)
    yield Consents(settings, database, vault, pipedrive)
    pipedrive.close()


def flows(consents: Consents) -> list[OAuthFlow]:
    with consents.database.reading_all() as session:
        return list(session.scalars(select(OAuthFlow)))


def test_a_parked_code_lies_closed_and_bound(consents: Consents) -> None:
    consents.park(CODE, None, HERE)
    (kept,) = flows(consents)
    assert (kept.purpose, kept.browser_hash, kept.email) == (INSTALL, HERE, None)
    assert CODE not in kept.secret


def test_a_parked_code_opens_in_its_own_browser_alone(consents: Consents) -> None:
    handle = consents.park(CODE, None, HERE)
    with pytest.raises(FlowElsewhere):
        consents.confirm(handle, "", BEN, ELSEWHERE)
    with pytest.raises(FlowElsewhere):
        consents.confirm(handle, "", BEN, None)
    with pytest.raises(CodeNotAccepted):  # opened: Pipedrive never gave such a code
        consents.confirm(handle, "", ADA, HERE)


def test_the_verifier_of_a_parked_code_is_kept_with_it(consents: Consents, crm: FakePipedrive) -> None:
    location = consents.begin(CONNECT, None, HERE)
    state = location.partition("state=")[2].partition("&")[0]
    challenge = location.partition("code_challenge=")[2].partition("&")[0]
    code = crm.oauth.code_for((12345, 1), challenge, consents.redirect_uri)
    handle = consents.park(code, consents.take(state, HERE), HERE)
    assert consents.confirm(handle, "", ADA, HERE).company == "Acme"


def test_a_parked_code_of_somebody_is_no_use_to_somebody_else(consents: Consents) -> None:
    state = consents.begin(CONNECT, ADA, HERE).partition("state=")[2].partition("&")[0]
    handle = consents.park(CODE, consents.take(state, HERE), HERE)
    with pytest.raises(OtherAccount):
        consents.confirm(handle, "", BEN, HERE)


def test_a_personal_consent_is_never_parked(consents: Consents) -> None:
    state = consents.begin(PERSONAL, ADA, HERE).partition("state=")[2].partition("&")[0]
    flow = consents.take(state, HERE)
    with pytest.raises(SignedOut):
        consents.park(CODE, flow, HERE)
    assert flows(consents) == []


@pytest.mark.parametrize("code", ["", "x" * 2001, "a\nb", "ü"])
def test_what_cannot_be_a_code_is_refused_before_it_is_kept(consents: Consents, code: str) -> None:
    with pytest.raises(FlowUnknown):
        consents.park(code, None, HERE)


def test_another_team_than_the_page_named_is_refused_and_uses_nothing_up(consents: Consents) -> None:
    handle = consents.park(CODE, None, HERE)
    with pytest.raises(OtherTenant):
        consents.confirm(handle, "7", ADA, HERE)
    assert len(flows(consents)) == 1


def test_no_trouble_carries_the_code(consents: Consents) -> None:
    handle = consents.park(CODE, None, HERE)
    with pytest.raises(AppError) as refused:
        consents.confirm(handle, "", ADA, HERE)
    chain: BaseException | None = refused.value
    while chain is not None:
        assert CODE not in f"{chain} {chain.args!r}"
        chain = chain.__cause__ or chain.__context__


def test_a_slow_pipedrive_holds_a_part_of_the_doors_threads(
    consents: Consents, crm: FakePipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.connections.flow.PATIENCE_S", 0.01)
    for _ in range(MOST_AT_ONCE):
        consents.turns.acquire()
    with pytest.raises(PipedriveBusy):
        consents.confirm(consents.park(CODE, None, HERE), "", ADA, HERE)
    assert crm.requests == []

    consents.turns.release()
    for _ in range(2):  # a consent that fails gives its turn back
        with pytest.raises(CodeNotAccepted):
            consents.confirm(consents.park(CODE, None, HERE), "", ADA, HERE)


@pytest.fixture
def deps(database: Database, database_url: str, tmp_path: Path) -> Iterator[Bench]:
    with bench(database, database_url, tmp_path) as made:
        yield made


TROUBLES: list[tuple[Any, int, str]] = [
    (lambda: Fault(where="/oauth/token", status=503), 502, "did not answer"),
    (lambda: Fault(where="/oauth/token", drop=True), 502, "did not answer"),
    (lambda: Fault(where="/users/me", status=500), 502, "did not answer"),
    (lambda: Fault(where="/oauth/token", status=429, headers={"Retry-After": "7"}), 503, "asks us to wait"),
    (lambda: Fault(where="/users/me", status=403, body="<html>blocked</html>"), 503, "asks us to wait"),
    (lambda: Fault(where="/users/me", status=402), 403, "closed or unpaid"),
    (lambda: Fault(where="/users/me", status=403), 502, "does not say for which company"),
    (lambda: Fault(where="/users/me", status=401), 502, "does not say for which company"),
    (lambda: Fault(where="/users/me", status=200, body={"success": True, "data": {}}), 502, "does not say"),
    (lambda: token_fault("wrong_code"), 400, "good once, and for five minutes"),
    (lambda: token_fault("wrong_verifier"), 400, "good once, and for five minutes"),
    (lambda: token_fault("wrong_redirect_uri"), 400, "good once, and for five minutes"),
    (lambda: token_fault("wrong_client"), 503, "PIPEDRIVE_CLIENT_SECRET"),
    (lambda: token_fault("wrong_basic"), 503, "PIPEDRIVE_CLIENT_SECRET"),
]


def test_pipedrives_troubles_are_told_and_nothing_is_half_stored(deps: Bench) -> None:
    browser = deps.browser(ADA.email)
    for number, (fault, status, words) in enumerate(TROUBLES):
        path = allowed(browser)
        deps.pipedrive.faults.order(fault())
        answer = browser.get(path)
        deps.pipedrive.faults.clear()
        assert (number, answer.status_code, words in answer.text) == (number, status, True)
    with deps.database.reading_all() as session:
        assert [session.scalars(select(table)).all() for table in (Connection, Tenant, User)] == [[], [], []]
    assert connect(browser).status_code == 303  # the way on is to consent again


def test_how_long_to_wait_is_passed_on(deps: Bench) -> None:
    browser = deps.browser(ADA.email)
    path = allowed(browser)
    deps.pipedrive.faults.order(Fault(where="/oauth/token", status=429, headers={"Retry-After": "7"}))
    assert browser.get(path).headers["Retry-After"] == "8"


def test_a_person_acts_as_themselves(deps: Bench, tenants: TwoTenants) -> None:
    company(deps.database, tenants.ours, state="connected")
    person(deps.database, tenants.ours, BEN.email, "sales_rep")
    deps.pipedrive.oauth.user_id = 2
    browser = deps.browser(BEN.email)
    answer = connect(browser, f"{START}?as=me")
    assert "In Pipedrive you are Ben Okafor." in browser.get(answer.location).text
    assert (answer.status_code, answer.location) == (303, "/setup?said=acts#said")
    with deps.database.reading_all() as session:
        held = session.scalars(select(PersonalConnection)).one()
        user = session.scalars(select(User)).one()
    assert (held.tenant_id, held.user_id, held.pipedrive_user_id) == (tenants.ours, user.id, "2")
    assert (held.state, user.pipedrive_user_id) == ("connected", "2")
    assert deps.connections() == {"12345": (tenants.ours, "connected")}


def test_nobody_acts_as_themselves_in_another_company(deps: Bench, tenants: TwoTenants) -> None:
    company(deps.database, tenants.ours, "777", company_name="Initech")
    person(deps.database, tenants.ours, BEN.email)
    answer = connect(deps.browser(BEN.email), f"{START}?as=me")
    assert answer.status_code == 400
    assert "your team uses Initech" in answer.text
    assert f'href="{START}?as=me">Start again</a>' in answer.text


def test_acting_as_oneself_needs_a_self(deps: Bench) -> None:
    answer = deps.browser().get(f"{START}?as=me")
    assert (answer.status_code, answer.location) == (
        303,
        "/sign-in?next=%2Fapi%2Fv1%2Foauth%2Fpipedrive%3Fas%3Dme",
    )


def test_who_signed_out_meanwhile_acts_as_nobody(deps: Bench, tenants: TwoTenants) -> None:
    company(deps.database, tenants.ours)
    person(deps.database, tenants.ours, BEN.email)
    browser = deps.browser(BEN.email)
    path = allowed(browser, f"{START}?as=me")
    browser.client.delete_cookie("__Host-session", domain="pipenotify.example.com", path="/")
    answer = browser.get(path)
    assert answer.status_code == 400
    assert "sign in and start again" in answer.text


def test_turning_to_another_team_meanwhile_connects_neither(deps: Bench, tenants: TwoTenants) -> None:
    for each in tenants:
        person(deps.database, each, ADA.email)
    browser = deps.browser(ADA.email, tenant_id=tenants.ours)
    path = deps.pipedrive.oauth.install_from_marketplace(f"{BASE}{CALLBACK}").removeprefix(BASE)
    answer = confirm(browser, browser.get(path).location, team=str(tenants.theirs))
    assert answer.status_code == 400
    assert "turned to another team" in answer.text
    assert deps.connections() == {}


def test_strangers_of_one_address_begin_only_so_much(deps: Bench) -> None:
    browser, afar = deps.browser(), {"REMOTE_ADDR": "203.0.113.9"}
    said = {browser.get(START, environ_base=afar).status_code for _ in range(MOST_BEGUN)}
    assert said == {302}
    assert browser.get(f"{CALLBACK}?code=c", environ_base=afar).status_code == 429
    assert browser.get(START, environ_base={"REMOTE_ADDR": "203.0.113.10"}).status_code == 302
    browser.sign_in(ADA.email)
    assert browser.get(START, environ_base=afar).status_code == 302


@pytest.mark.parametrize(("listed", "is_stored"), [("999", False), ("12345", True)])
def test_staging_connects_the_companies_alone_that_it_lists(
    consents: Consents, crm: FakePipedrive, tmp_path: Path, listed: str, *, is_stored: bool
) -> None:
    variables = {"BASE_URL": "https://pn.test", "APP_ENV": "staging", "STAGING_COMPANIES": listed}
    settings = settings_for(crm.url, tmp_path, **variables)
    pipedrive = Pipedrive(consents.database, consents.vault, settings, consents.pipedrive.wire)
    staging = Consents(settings, consents.database, consents.vault, pipedrive)
    location = staging.begin(CONNECT, None, HERE)
    state = location.partition("state=")[2].partition("&")[0]
    challenge = location.partition("code_challenge=")[2].partition("&")[0]
    code = crm.oauth.code_for((12345, 1), challenge, staging.redirect_uri)
    handle = staging.park(code, staging.take(state, HERE), HERE)
    if is_stored:
        assert staging.confirm(handle, "", ADA, HERE).company == "Acme"
    else:
        with pytest.raises(OutsideStaging):
            staging.confirm(handle, "", ADA, HERE)
    with consents.database.reading_all() as session:
        assert len(session.scalars(select(Connection)).all()) == int(is_stored)
