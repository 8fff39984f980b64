"""In staging a person's press that would change something in Pipedrive is refused, unless it is listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.accounts.actor import Actor
from models.connections import actions
from models.connections.checks import check_now
from models.connections.queries import get_connection
from models.database.engine import Database, Session
from models.errors import OutsideStaging
from models.maintenance.erase_tenant import request_erasure
from models.settings import Settings, from_env
from models.staging.companies import note_staging_companies
from models.tables import ConnectionState, Role
from tests.chat import audit_of, two_tenants
from tests.crm import environment


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    """Acme and Bolt, connected with the companies `Acme` and `Bolt`; only the second is for testing."""
    found = two_tenants(database)
    with database.writing(found[1]) as session:
        connection = get_connection(session, found[1])
        assert connection is not None
        connection.company_id, connection.domain = "777", "bolt.pipedrive.com"
    return found


def staging(folder: Path, companies: str, app_env: str = "staging") -> Settings:
    listed = {"APP_ENV": app_env, "STAGING_COMPANIES": companies}
    return from_env(environment("http://127.0.0.1:9", folder) | listed)


def acting(tenant_id: int) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=Role.ADMIN, is_certain=True)


PRESSES: list[Callable[[Session, Actor], object]] = [
    actions.disconnect,
    actions.rotate_webhooks,
    lambda session, actor: check_now(session, actor.tenant),
]


@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize("listed", ["777", "bolt", "bolt.pipedrive.com"])
def test_a_press_for_a_company_that_is_not_listed_is_refused_and_leaves_no_trace(
    database: Database,
    tenants: tuple[int, int],
    tmp_path: Path,
    press: Callable[[Session, Actor], object],
    listed: str,
) -> None:
    note_staging_companies(database, staging(tmp_path, listed))
    with pytest.raises(OutsideStaging), database.writing(tenants[0]) as session:
        press(session, acting(tenants[0]))
    with database.reading(tenants[0]) as session:
        connection = get_connection(session, tenants[0])
        assert connection is not None
        assert (connection.state, connection.rotates, connection.next_check_at) == (
            ConnectionState.CONNECTED,
            False,
            None,
        )
    assert audit_of(database, tenants[0]) == []
    with database.writing(tenants[1]) as session:
        press(session, acting(tenants[1]))


def test_a_team_of_a_customer_is_not_erased(
    database: Database, tenants: tuple[int, int], tmp_path: Path
) -> None:
    note_staging_companies(database, staging(tmp_path, "bolt"))
    with pytest.raises(OutsideStaging), database.writing_all() as session:
        request_erasure(session, acting(tenants[0]), "Acme")
    with database.writing_all() as session:
        assert request_erasure(session, acting(tenants[1]), "Bolt")


@pytest.mark.parametrize("app_env", ["production", "development"])
def test_elsewhere_every_company_is_disconnected_by_its_admins(
    database: Database, tenants: tuple[int, int], tmp_path: Path, app_env: str
) -> None:
    note_staging_companies(database, staging(tmp_path, "bolt", app_env))
    with database.writing(tenants[0]) as session:
        assert actions.disconnect(session, acting(tenants[0]))
