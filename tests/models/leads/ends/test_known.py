"""What an archived lead became is said as far as it is known, of each team's own leads alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.clock import now
from models.database.engine import Database
from models.leads.ends.known import is_asked, with_ends
from models.pipedrive.change import Change, read
from models.pipedrive.lead_ends import CONVERTED
from models.tables import CardAction, Lead
from tests.conftest import TwoTenants
from tests.models.acting import add_person, body_of
from tests.models.leads.known import hear, lead_id
from tests.models.rows import add


def archived(at: datetime | None = None) -> Change:
    body = body_of(
        "lead", lead_id(1), title="Globex", is_archived=True, update_time=f"{at or now():%FT%T.%fZ}"
    )
    body["meta"]["action"], body["previous"] = "change", {"is_archived": False}
    change = read(body)
    assert is_asked(change)
    assert change is not None
    return change


def write(database: Database, tenant_id: int, do: str, state: str = "done", **more: Any) -> None:
    """What somebody of a team did with the lead a moment ago."""
    person = add_person(database, tenant_id)
    made = CardAction(tenant_id=tenant_id, user_id=person.user_id, key=do, do=do, lane="", state=state)
    made.entity, made.object_id, made.fields = "lead", lead_id(1), {"is_archived": True}
    made.slot = "is_archived" if do == "lead.lost" else ""
    made.started_at = now() - timedelta(seconds=2)
    made.finished_at = now() if state == "done" else None
    for name, value in more.items():
        setattr(made, name, value)
    add(database, made)


def ends(database: Database, tenants: TwoTenants, change: Change) -> list[tuple[bool, bool]]:
    """Whether it counts as a conversion, and whether a deal is known: ours and theirs."""
    with database.reading_all() as session:
        found = with_ends(session, [(each, change, now()) for each in tenants])
    return [(CONVERTED in each.types, each.became_deal) for each in found]


OPEN_QUESTION = (True, False)


@pytest.mark.parametrize("state", ["writing", "done"])
def test_a_lead_that_we_gave_up_is_no_conversion(database: Database, tenants: TwoTenants, state: str) -> None:
    write(database, tenants.ours, "lead.lost", state)
    assert ends(database, tenants, archived()) == [(False, False), OPEN_QUESTION]


@pytest.mark.parametrize("state", ["failed", "overtaken", "waiting"])
def test_what_we_did_not_write_decides_nothing(database: Database, tenants: TwoTenants, state: str) -> None:
    write(database, tenants.ours, "lead.lost", state)
    assert ends(database, tenants, archived()) == [OPEN_QUESTION, OPEN_QUESTION]


def test_a_loss_of_long_ago_is_not_this_one(database: Database, tenants: TwoTenants) -> None:
    """It came back since, and was archived in Pipedrive now."""
    begun = now() - timedelta(hours=2)
    write(database, tenants.ours, "lead.lost", started_at=begun, finished_at=begun)
    assert ends(database, tenants, archived()) == [OPEN_QUESTION, OPEN_QUESTION]


@pytest.mark.parametrize("state", ["writing", "done"])
def test_a_lead_that_we_convert_became_a_deal(database: Database, tenants: TwoTenants, state: str) -> None:
    write(database, tenants.theirs, "lead.convert", state)
    assert ends(database, tenants, archived()) == [OPEN_QUESTION, (True, True)]


def test_a_deal_that_is_known_later_is_told(database: Database, tenants: TwoTenants) -> None:
    at = now()
    for each in tenants:
        hear(database, each, at=at, is_archived=True)
    with database.writing(tenants.ours) as session:
        session.get_one(Lead, (tenants.ours, "lead", lead_id(1))).status = "converted"

    assert ends(database, tenants, archived(at)) == [(True, True), OPEN_QUESTION]
    # It was archived an hour before, and came back.
    assert ends(database, tenants, archived(at - timedelta(hours=1))) == [OPEN_QUESTION, OPEN_QUESTION]
