"""A team chooses pipelines whose deals are leads; another team's deals stay what they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.accounts.actor import system
from models.clock import now
from models.connections.lead_pipelines import chosen_times, lead_pipelines_of
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.leads.pipelines import (
    MOST_PIPELINES,
    choose_pipelines,
    drop_deleted,
    get_adopting,
    list_pipelines,
)
from models.tables import AuditEntry, LeadPipeline, Tenant
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.deals import INBOUND, SALES, adopt, choose, deal, name_pipelines
from tests.models.rows import count


def versions(database: Database, tenants: TwoTenants) -> list[int]:
    with database.reading_all() as session:
        return [session.get_one(Tenant, each).ruleset_version for each in tenants]


def test_a_choice_is_of_one_team_and_says_whose_it_is(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    ada, before = add_person(database, tenants.ours, "ada", role="manager"), versions(database, tenants)
    with database.writing(tenants.ours) as session:
        choose_pipelines(session, ada, [INBOUND])
        choose_pipelines(session, ada, [INBOUND])

    with database.reading(tenants.ours) as session:
        first, second = list_pipelines(session, tenants.ours)
        assert (first.id, first.name, first.chosen_by, first.is_chosen) == (
            INBOUND,
            "Inbound",
            ada.name,
            True,
        )
        assert (second.id, second.is_chosen) == (SALES, False)
        assert lead_pipelines_of(session, tenants.ours) == chosen_times(session, tenants.ours).keys()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "lead.pipelines")).all()
        assert [each.details["pipelines"] for each in entries] == [["Inbound"]]
    after = versions(database, tenants)
    assert after[0] > before[0]
    assert after[1] == before[1]
    assert count(database, LeadPipeline) == 1


def test_who_may_not_set_weights_may_not_choose(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    rep = add_person(database, tenants.ours, "rep", role="sales_rep")
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        choose_pipelines(session, rep, [INBOUND])


def test_what_is_no_pipeline_of_the_team_is_refused(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, tenants.theirs)
    us, them = (system(each, "test") for each in tenants)
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        choose_pipelines(session, us, [INBOUND])
    with database.writing(tenants.theirs) as session, pytest.raises(InvalidRequest):
        choose_pipelines(session, them, [INBOUND, "999"])
    assert count(database, LeadPipeline) == 0
    assert MOST_PIPELINES < 100


def test_a_deleted_pipeline_is_chosen_no_more(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    for each in tenants:
        choose(database, each, INBOUND, SALES)
    chosen = {each: frozenset((INBOUND, SALES)) for each in tenants}
    with database.writing_all() as session:
        drop_deleted(session, {(tenants.ours, ("pipeline", INBOUND)): None}, chosen)

    with database.reading_all() as session:
        assert lead_pipelines_of(session, tenants.ours) == {SALES}
        assert lead_pipelines_of(session, tenants.theirs) == {INBOUND, SALES}
        assert not get_adopting(session, tenants.ours).is_over


def test_progress_counts_the_known_deals(database: Database, tenants: TwoTenants) -> None:
    name_pipelines(database, *tenants)
    for number in (1, 2, 3):
        deal(database, tenants.ours, number)
    with database.writing(tenants.ours) as session:
        assert get_adopting(session, tenants.ours).is_over
        choose_pipelines(session, system(tenants.ours, "test"), [INBOUND])
        begun = get_adopting(session, tenants.ours)
    assert (begun.done, begun.total, begun.is_over) == (0, 3, False)
    assert adopt(database, limit=2) == 3
    assert adopt(database, now() + timedelta(minutes=5)) == 2
    with database.reading(tenants.ours) as session:
        ended = get_adopting(session, tenants.ours)
    assert (ended.done, ended.total, ended.is_over) == (3, 3, True)
