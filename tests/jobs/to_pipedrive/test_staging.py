"""An installation for testing changes nothing in the Pipedrive of a company that is not listed.

Its database may be a copy of production's: the tokens, webhooks and queued work in it are production's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from jobs.connections.give_back import GiveBackJob
from jobs.connections.open_lists import OpenListJob
from jobs.names.lookup import NameLookup
from jobs.recipients.followers import Followers
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.staging import AllowedCompanies
from models.clock import now
from models.connections.disconnect import begin_disconnect
from models.connections.ended_grants import sealed_as
from models.database.engine import Database
from models.errors import OutsideStaging
from models.languages.translate import speaking, tr_stored
from models.pipedrive.rest.webhooks import WANTED
from models.security.vault import Vault
from models.tables import EndedGrant, OpenListCheck
from models.tables.connections import BackfillState, ConnectionState
from tests.conftest import TwoTenants
from tests.crm import connect_person
from tests.jobs.caring import HERE, Household
from tests.jobs.missing import Outage, outage
from tests.models.rows import add

PRODUCTION = "https://production.example.com"


def company(tenant_id: int) -> str:
    """The id of a tenant's company, as `tests.crm.connect` gives it."""
    return f"company-{tenant_id}"


@pytest.fixture
def copied(household: Household) -> Household:
    """A staging installation whose database is that of a production with webhooks; it lists nothing."""
    production = household.settings
    household.settings = production.model_copy(update={"base_url": PRODUCTION})
    household.connect()
    assert household.checker.step()
    household.settings = production
    household.to_staging()
    household.crm.requests.clear()
    return household


def writes(home: Household) -> list[tuple[str, str]]:
    """What Pipedrive was asked apart from reads: calls of the API, and of its OAuth."""
    return [(each[0], each[1]) for each in home.crm.requests if each[0] != "GET"]


def add_note(api: PipedriveApi) -> Any:
    return api.add_note("Hello", deal_id=1)


def test_a_read_works_and_a_write_is_refused_before_it_is_sent(copied: Household) -> None:
    assert copied.pipedrive.as_tenant(copied.tenant_id, lambda api: api.stages())
    with pytest.raises(OutsideStaging) as refused:
        copied.pipedrive.as_tenant(copied.tenant_id, add_note)
    assert writes(copied) == []
    for language, words in (("en", "This is a staging installation"), ("de", "Dies ist eine Installation")):
        with speaking(language):
            assert tr_stored(refused.value.user_message).startswith(words)


def test_a_listed_company_is_written_and_another_is_not(copied: Household, theirs: int) -> None:
    copied.connect(theirs)
    copied.to_staging(company(theirs))
    assert copied.pipedrive.as_tenant(theirs, add_note)
    with pytest.raises(OutsideStaging):
        copied.pipedrive.as_tenant(copied.tenant_id, add_note)


@pytest.mark.parametrize(
    ("listed", "is_allowed"),
    [
        ("company-1", True),
        ("acme.pipedrive.com", True),
        ("acme", False),
        ("company-11", False),
        ("other.pipedrive.com", False),
    ],
)
def test_a_company_is_listed_by_its_id_or_its_host(
    copied: Household, listed: str, *, is_allowed: bool
) -> None:
    copied.change(company_id="company-1", domain="acme.pipedrive.com")
    copied.to_staging(listed)
    assert AllowedCompanies(copied.database, copied.settings).allows(copied.tenant_id) is is_allowed


@pytest.mark.parametrize("app_env", ["production", "development"])
def test_elsewhere_the_list_means_nothing(household: Household, app_env: str) -> None:
    listed = {"app_env": app_env, "staging_companies": frozenset({"1"})}
    allowed = AllowedCompanies(household.database, household.settings.model_copy(update=listed))
    assert allowed.allows(household.tenant_id)
    allowed.require_company("2", None)


@pytest.mark.parametrize("is_personal", [False, True])
def test_no_token_is_refreshed_so_production_keeps_its_own(copied: Household, *, is_personal: bool) -> None:
    user_id = None
    if is_personal:
        refresh = copied.crm.oauth.grant(2)["refresh_token"]
        user_id = connect_person(copied.database, copied.vault, copied.tenant_id, refresh)
    copied.change(expires_at=now())
    refreshes, token = copied.crm.oauth.refreshes, copied.row().refresh_token
    with pytest.raises(OutsideStaging):
        copied.pipedrive.as_tenant(copied.tenant_id, lambda api: api.stages(), user_id=user_id)
    row = copied.row()
    assert (copied.crm.oauth.refreshes, row.refresh_token) == (refreshes, token)
    assert (row.state, row.refresh_lease_until, copied.told()) == (ConnectionState.CONNECTED, None, [])


def test_a_token_that_pipedrive_refuses_is_not_refreshed_either(copied: Household) -> None:
    copied.crm.oauth.forget_access()
    with pytest.raises(OutsideStaging):
        copied.pipedrive.as_tenant(copied.tenant_id, lambda api: api.stages())
    assert writes(copied) == []


def test_the_check_of_a_connection_leaves_productions_webhooks_and_says_nothing(copied: Household) -> None:
    before = copied.hooks()
    copied.change(rotates=True, problem_codes=["silent"], problem="Pipedrive is silent.", check_failures=2)
    assert copied.check()
    assert not copied.checker.step(), "it is not due again"
    row = copied.row()
    assert (copied.crm.requests, copied.hooks()) == ([], before)
    assert (row.state, row.problem, row.rotates) == (ConnectionState.CONNECTED, "Pipedrive is silent.", True)
    assert row.next_check_at is not None
    assert row.next_check_at > now() + timedelta(hours=20)
    assert copied.told() == []


def ids_at(home: Household, origin: str) -> set[int]:
    """The ids of the webhooks at Pipedrive that call an address."""
    found = (each for hooks in home.hooks().values() for each in hooks)
    return {each.id for each in found if each.url.startswith(origin)}


def test_a_listed_company_gets_webhooks_beside_those_of_production_and_deletes_its_own_alone(
    copied: Household,
) -> None:
    before = ids_at(copied, PRODUCTION)
    copied.to_staging(company(copied.tenant_id))
    for _ in range(2):
        assert copied.check()
        assert len(ids_at(copied, HERE)) == len(before) == len(WANTED)
        assert ids_at(copied, PRODUCTION) == before
    assert copied.told() == []

    own = ids_at(copied, HERE)
    with copied.database.writing(copied.tenant_id) as session:
        begin_disconnect(session, copied.tenant_id)
    copied.check()
    deleted = {path.rpartition("/")[2] for method, path in writes(copied) if method == "DELETE"}
    assert deleted == {str(each) for each in own}
    assert copied.row().state == ConnectionState.REVOKED


def test_a_disconnection_that_production_began_is_not_carried_out(copied: Household) -> None:
    with copied.database.writing(copied.tenant_id) as session:
        begin_disconnect(session, copied.tenant_id)
    for _ in range(7):
        copied.check()
    row = copied.row()
    assert (row.state, row.refresh_token is not None) == (ConnectionState.LEAVING, True)
    assert (copied.crm.requests, copied.told()) == ([], [])


def test_grants_of_removed_people_stay_at_pipedrive_and_wait(copied: Household) -> None:
    grant = EndedGrant(tenant_id=copied.tenant_id, sealed_for=7, pipedrive_user_id="7", due_at=now())
    token = copied.crm.oauth.grant(2)["refresh_token"]
    grant.refresh_token = copied.vault.close(token, sealed_as(copied.tenant_id, 7))
    add(copied.database, grant)
    for _ in range(7):
        GiveBackJob(copied.database, copied.vault, copied.pipedrive).run()
    (kept,) = copied.all_of(EndedGrant)
    assert (kept.failures, writes(copied)) == (0, [])
    assert kept.due_at > now() + timedelta(hours=20)


def test_a_grant_is_refused_by_the_client_too(copied: Household) -> None:
    with pytest.raises(OutsideStaging):
        copied.pipedrive.revoke(copied.tenant_id, "refresh-token")
    assert writes(copied) == []


@pytest.fixture
def away(database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path) -> Iterator[Outage]:
    """Production's gaps in a copy where the company of the second tenant, 777, is listed."""
    with outage(database, vault, tenants, tmp_path, APP_ENV="staging", STAGING_COMPANIES="777") as made:
        yield made


def test_gaps_of_production_wait_quietly_and_those_of_listed_companies_are_filled(away: Outage) -> None:
    away.go_away()
    away.come_back(*away.tenants)
    away.change_gap(created_at=now() - timedelta(days=9), until=now() - timedelta(days=9))
    away.catch_up()
    gap = away.gap()
    assert (gap.state, gap.failures, away.late()) == (BackfillState.WAITING, 0, [])
    assert gap.due_at > now() + timedelta(hours=20)
    assert away.notices() == []
    assert away.gap(away.tenants.theirs).state == BackfillState.DONE


def test_lists_are_read_of_listed_companies_alone(away: Outage, database: Database) -> None:
    job = OpenListJob(database, away.pipedrive)
    while job.step():
        pass
    with database.reading_all() as session:
        found = {each.tenant_id: each for each in session.scalars(select(OpenListCheck))}
    ours, theirs = (found[tenant_id] for tenant_id in away.tenants)
    assert (ours.checked_at, ours.progress) == (None, {})
    assert ours.due_at > now() + timedelta(hours=20)
    assert theirs.checked_at is not None


def test_followers_that_cannot_be_asked_for_are_unknown_and_nobody_waits(copied: Household) -> None:
    copied.change(expires_at=now())
    assert Followers(copied.pipedrive).of(copied.tenant_id, "deal", "1") is None


def test_names_that_cannot_be_asked_for_are_no_warning(copied: Household) -> None:
    copied.change(expires_at=now())
    with capture_logs() as logs:
        found = NameLookup(copied.database, copied.pipedrive).fetch(copied.tenant_id, {("stage", "99")}, 5.0)
    assert found == {}
    assert [(log["error"], log["log_level"]) for log in logs] == [("OutsideStaging", "info")]
    assert copied.crm.requests == []
