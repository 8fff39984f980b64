"""A consent's code and verifier lie closed in the record, and are worth nothing to another browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.pipedrive import Pipedrive
from models.audit_entries import Auditor
from models.database import Database
from models.errors import Trouble
from models.flow_store import FlowElsewhere, FlowUnknown
from models.oauth_flows import CONNECT, INSTALL, PERSONAL
from models.session_store import Person
from models.tables import OAuthFlow
from models.vault import Vault
from tests.crm import settings_for
from web.consent_words import CodeRefused, OtherPerson, OtherTeam, SignedOut
from web.consents import Consents
from web.playground.fake_pipedrive import FakePipedrive

HERE, ELSEWHERE = "a" * 64, "b" * 64
ADA = Person(1, "ada@example.com", "Ada")
BEN = Person(2, "ben@example.com", "Ben")
CODE = "12345.1.secret-code"


@pytest.fixture
def crm() -> Iterator[FakePipedrive]:
    with FakePipedrive() as running:
        yield running


@pytest.fixture
def consents(
    database: Database, vault: Vault, auditor: Auditor, crm: FakePipedrive, tmp_path: Path
) -> Iterator[Consents]:
    settings = settings_for(crm.url, tmp_path, BASE_URL="https://pn.test")
    pipedrive = Pipedrive(database, vault, settings)
    yield Consents(settings, database, vault, auditor, pipedrive)
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
    handle = consents.park(CODE, None, HERE).handle
    with pytest.raises(FlowElsewhere):
        consents.confirm(handle, "", BEN, ELSEWHERE)
    with pytest.raises(FlowElsewhere):
        consents.confirm(handle, "", BEN, None)
    with pytest.raises(CodeRefused):  # opened: Pipedrive never gave such a code
        consents.confirm(handle, "", ADA, HERE)


def test_the_verifier_of_a_parked_code_is_kept_with_it(consents: Consents, crm: FakePipedrive) -> None:
    location = consents.begin(CONNECT, None, HERE)
    state = location.partition("state=")[2].partition("&")[0]
    challenge = location.partition("code_challenge=")[2].partition("&")[0]
    code = crm.oauth.code_for((12345, 1), challenge, consents.redirect_uri)
    handle = consents.park(code, consents.take(state, HERE), HERE).handle
    assert consents.confirm(handle, "", ADA, HERE).company == "Acme"


def test_a_parked_code_of_somebody_is_no_use_to_somebody_else(consents: Consents) -> None:
    state = consents.begin(CONNECT, ADA, HERE).partition("state=")[2].partition("&")[0]
    handle = consents.park(CODE, consents.take(state, HERE), HERE).handle
    with pytest.raises(OtherPerson):
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
    handle = consents.park(CODE, None, HERE).handle
    with pytest.raises(OtherTeam):
        consents.confirm(handle, "7", ADA, HERE)
    assert len(flows(consents)) == 1


def test_no_trouble_carries_the_code(consents: Consents) -> None:
    handle = consents.park(CODE, None, HERE).handle
    with pytest.raises(Trouble) as refused:
        consents.confirm(handle, "", ADA, HERE)
    chain: BaseException | None = refused.value
    while chain is not None:
        assert CODE not in f"{chain} {chain.args!r}"
        chain = chain.__cause__ or chain.__context__
