"""In staging the buttons of the setup page change the connection of a listed company alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.tables import Connection
from tests.conftest import TwoTenants
from tests.web.browser import Browser, app_of, csrf_of

ADA, EVE = "ada@example.com", "eve@example.com"


@pytest.mark.parametrize("door", ["/setup/check", "/setup/rotate", "/setup/disconnect"])
def test_in_staging_presses_say_so_unless_the_company_is_listed(
    filled: Database, tenants: TwoTenants, database_url: str, tmp_path: Path, door: str
) -> None:
    """Ada's company is not listed, Eve's is."""
    with filled.writing(tenants.theirs) as session:
        session.execute(
            update(Connection).where(Connection.tenant_id == tenants.theirs).values(company_id="777")
        )
    with app_of(filled, tmp_path, database_url, APP_ENV="staging", STAGING_COMPANIES="777") as app:
        ada, eve = Browser(app), Browser(app)
        ada.sign_in(ADA)
        eve.sign_in(EVE)
        refused = ada.post(door, {"csrf": csrf_of(ada.get("/setup"))})
        assert (refused.status_code, "This is a staging installation" in refused.text) == (403, True)
        assert eve.post(door, {"csrf": csrf_of(eve.get("/setup"))}).status_code == 303
    with filled.reading_all() as session:
        states = dict(session.execute(select(Connection.tenant_id, Connection.next_check_at)).all())
    assert states[tenants.ours] is None
    assert states[tenants.theirs] is not None
