"""A lead that became a deal in Pipedrive is converted, in whichever order that is heard, in one line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.clock import now
from models.database.engine import Database
from models.leads.done import note_done
from models.leads.ends.origins import OriginQuestion, due_lost_leads, questions_of
from models.leads.mirror import name_deals
from models.leads.queries import LeadFilter, list_leads, view_of
from models.sales_reports.funnel import lead_funnel
from models.tables import CardAction, Lead, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import happened, hear, lead_id, lines, look, row
from tests.models.rows import add

ALL = LeadFilter(closed=None, snoozed=None)


def archive(database: Database, tenant_id: int, **more: Any) -> None:
    hear(database, tenant_id, title="Globex", is_archived=True, **more)
    look(database)


def make_deal(database: Database, tenant_id: int, title: str = "Globex", **more: Any) -> None:
    hear(database, tenant_id, 77, entity="deal", title=title, status="open", **more)
    look(database)


def ends(database: Database, tenants: TwoTenants) -> list[tuple[str, str | None]]:
    return [(row(database, each).status, row(database, each).deal_id) for each in tenants]


@pytest.mark.parametrize("is_deal_first", [True, False])
@pytest.mark.parametrize("title", ["Globex", "Globex, 20 seats"])
def test_a_lead_whose_deal_names_it_is_converted_whichever_came_first(
    database: Database, tenants: TwoTenants, title: str, *, is_deal_first: bool
) -> None:
    for each in tenants:
        hear(database, each, title="Globex")
    look(database)
    if is_deal_first:
        make_deal(database, tenants.ours, title, source_lead_id=lead_id(1))
    for each in tenants:
        archive(database, each)
    for _ in range(2):  # Pipedrive repeats what was not acknowledged
        make_deal(database, tenants.ours, title, source_lead_id=lead_id(1))
        archive(database, tenants.ours)

    assert ends(database, tenants) == [(LeadStatus.CONVERTED, "77"), (LeadStatus.LOST, None)]
    assert happened(database, tenants.ours) == ["created", "converted"]
    assert happened(database, tenants.theirs) == ["created", "lost"]
    assert lines(database, tenants.ours)[1].details == {"deal_id": "77"}


def test_figures_count_a_corrected_lead_as_converted(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex")
    archive(database, tenants.ours)
    make_deal(database, tenants.ours, source_lead_id=lead_id(1))

    ada = add_person(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        found = list_leads(view_of(session, ada, now()), ALL, limit=10).leads
        counts = {each.name: each.count for each in lead_funnel(found)}
    assert [each.row.status for each in found] == [LeadStatus.CONVERTED]
    assert counts["converted"] == 1


def test_what_ended_before_it_came_back_stays(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex")
    look(database)
    archive(database, tenants.ours)
    hear(database, tenants.ours, title="Globex")
    look(database)
    archive(database, tenants.ours)
    make_deal(database, tenants.ours, source_lead_id=lead_id(1))

    assert happened(database, tenants.ours) == ["created", "lost", "reopened", "converted"]


def test_what_we_did_ourselves_stays(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex")
    look(database)
    action = act(database, tenants.ours, "lost")
    finish(database, action)
    archive(database, tenants.ours)
    make_deal(database, tenants.ours, source_lead_id=lead_id(1))

    assert happened(database, tenants.ours) == ["created", "lost", "converted"]
    assert [each.who for each in lines(database, tenants.ours)] == ["", "Plost", ""]


def test_our_conversion_that_stood_still_is_one_line(database: Database, tenants: TwoTenants) -> None:
    """It lost its connection after Pipedrive had begun, and went on later."""
    hear(database, tenants.ours, title="Globex")
    look(database)
    action = act(database, tenants.ours, "convert", state="waiting")
    archive(database, tenants.ours)
    assert happened(database, tenants.ours) == ["created", "lost"]
    finish(database, action, result_id="77")
    look(database)

    assert happened(database, tenants.ours) == ["created", "converted"]
    assert lines(database, tenants.ours)[1].who == "Pconvert"


def act(database: Database, tenant_id: int, verb: str, state: str = "writing") -> CardAction:
    person = add_person(database, tenant_id, f"P{verb}")
    action = CardAction(tenant_id=tenant_id, user_id=person.user_id, key=verb, do=f"lead.{verb}", lane="")
    action.entity, action.object_id, action.fields, action.state = "lead", lead_id(1), {}, state
    add(database, action)
    return action


def finish(database: Database, action: CardAction, **more: object) -> None:
    with database.writing(action.tenant_id) as session:
        stored = session.get_one(CardAction, (action.tenant_id, action.id))
        stored.state = "done"
        for name, value in more.items():
            setattr(stored, name, value)
        note_done(session, stored, now())


def asked(database: Database, at: datetime) -> list[OriginQuestion]:
    with database.reading_all() as session:
        return questions_of(session, due_lost_leads(session, at, 100))


def test_pipedrive_is_asked_where_a_deal_like_the_lead_came_at_that_time(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        hear(database, each, title="Globex", person_id=4, organization_id=3)
        hear(database, each, title="Globex", person_id=4, organization_id=3, is_archived=True)
    look(database)
    soon = now() + timedelta(seconds=5)
    assert asked(database, soon) == []

    make_deal(database, tenants.ours, "Something else", person_id=4, org_id=9)
    make_deal(database, tenants.theirs, "Something else", person_id=5, org_id=9)
    assert asked(database, now()) == []
    assert asked(database, soon) == [OriginQuestion(tenants.ours, lead_id(1))]


def test_pipedrive_is_not_asked_for_a_deal_of_another_time(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, title="Globex", person_id=4)
    archive(database, tenants.ours, person_id=4)
    make_deal(database, tenants.ours, person_id=4, add_time=(now() - timedelta(hours=1)).isoformat())
    assert asked(database, now() + timedelta(seconds=5)) == []


def looks(database: Database, tenants: TwoTenants, begun: datetime) -> list[list[int]]:
    """Look at the leads whenever one is due; return for each after how many seconds that was."""
    found: list[list[int]] = [[], []]
    for _ in range(20):
        due = [row(database, each).look_at for each in tenants]
        times = [each for each in due if each is not None]
        if not times:
            break
        for seconds, at in zip(found, due, strict=True):
            if at == min(times):
                seconds.append(round((at - begun).total_seconds()))
        look(database, min(times))
    return found


def test_a_lead_without_a_deal_is_looked_at_a_few_times(database: Database, tenants: TwoTenants) -> None:
    begun = now()
    for each in tenants:
        hear(database, each, title="Globex", person_id=4, is_archived=True)
    look(database)
    hear(database, tenants.ours, 77, entity="deal", title="Globex", status="open", person_id=4)

    soon = [2, 10, 60, 600]
    assert looks(database, tenants, begun) == [[*soon, 3600, 6 * 3600, 24 * 3600], soon]


def test_an_archive_that_waited_for_a_worker_is_asked_about_too(
    database: Database, tenants: TwoTenants
) -> None:
    hear(database, tenants.ours, title="Globex", is_archived=True)
    later = now() + timedelta(days=3)
    look(database, later)
    assert row(database, tenants.ours).look_at == later + timedelta(minutes=1)
    look(database, later + timedelta(minutes=1))
    assert row(database, tenants.ours).look_at is None


def test_a_deal_is_named_once_and_for_its_own_team(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        hear(database, each, title="Globex")
    for deal, new in (("77", 1), ("78", 0)):
        with database.writing(tenants.ours) as session:
            assert name_deals(session, {(tenants.ours, lead_id(1)): deal}, now()) == new
            assert name_deals(session, {(tenants.ours, lead_id(2)): deal}, now()) == 0

    with database.reading_all() as session:
        assert {each.tenant_id: each.deal_id for each in session.query(Lead).all()} == {
            tenants.ours: "77",
            tenants.theirs: None,
        }
