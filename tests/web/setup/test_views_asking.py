"""What the setup page asks for: nothing that is there already."""

from __future__ import annotations

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Connection, Delivery, Destination, Rule, WebhookCredential
from tests.conftest import TwoTenants
from tests.web.browser import Browser

ADA = "ada@example.com"


def test_a_connected_team_is_not_asked_to_connect_nor_to_make_a_first_rule(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    with filled.writing_all() as session:  # as the demo begins: connected, with a webhook made by hand
        for connection in session.scalars(select(Connection)):
            connection.keeps_webhooks = False
        session.add(WebhookCredential(tenant_id=tenants.ours, key="k", user_name="pd", password="closed"))
    browser.sign_in(ADA)
    page = browser.get("/setup").text
    assert ">Connect Pipedrive</a>" not in page
    assert 'class="door" href="/api/v1/oauth/pipedrive">Connect again</a>' in page
    assert "in their own name" not in page


def test_the_first_rule_is_asked_for_only_while_there_is_none(
    browser: Browser, filled: Database, tenants: TwoTenants
) -> None:
    with filled.writing_all() as session:
        sent = Delivery(tenant_id=tenants.ours, lane="spaces/1", is_test=True, state="delivered")
        sent.finished_at = now()
        sent.destination_id = session.scalars(
            select(Destination.id).where(Destination.tenant_id == tenants.ours)
        ).one()
        session.add(sent)
    browser.sign_in(ADA)
    assert "Now make the first rule" in browser.get("/setup").text
    with filled.writing_all() as session:
        session.add(Rule(tenant_id=tenants.theirs, name="Of others", event_types=["deal.won"]))
    assert "Now make the first rule" in browser.get("/setup").text
    with filled.writing_all() as session:
        session.add(Rule(tenant_id=tenants.ours, name="Wins", event_types=["deal.won"]))
    page = browser.get("/setup").text
    assert "Now make the first rule" not in page
    assert "1 rule so far" in page
