"""Leads are found by words, by whose they are and by their score; only by those who may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.clock import now
from models.database.engine import Database
from models.leads.queries import (
    LeadFilter,
    LeadPlace,
    LeadView,
    activities_of,
    find_leads,
    get_lead,
    list_leads,
    view_of,
)
from models.tables import Lead, LeadStatus
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import add_users, hear, known, lead_id, match, row, seen


def test_a_lead_is_found_in_its_own_tenant_alone(database: Database, tenants: TwoTenants) -> None:
    ada, eve = add_person(database, tenants.ours), add_person(database, tenants.theirs, "Eve")
    hear(database, tenants.ours, 1, title="Globex fair")

    assert seen(database, ada) == ["Globex fair"]
    assert seen(database, eve) == []


@pytest.mark.parametrize(
    ("words", "titles"),
    [(("globex",), ["Globex fair"]), (("FAIR", "glob"), ["Globex fair"]), (("acme", "fair"), [])],
)
def test_all_words_have_to_be_there(
    database: Database, tenants: TwoTenants, words: tuple[str, ...], titles: list[str]
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, 1, title="Globex fair")
    hear(database, tenants.ours, 2, title="Acme call")

    assert seen(database, ada, LeadFilter(words=words)) == titles


def test_unassigned_are_those_of_nobody_who_works_there(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    add_users(database, tenants.ours, 1)
    hear(database, tenants.ours, 1, owner_id=1)
    hear(database, tenants.ours, 2, owner_id=9)
    hear(database, tenants.ours, 3, owner_id=None)

    assert sorted(seen(database, ada, LeadFilter(unassigned=True))) == ["Lead 2", "Lead 3"]
    assert seen(database, ada, LeadFilter(owner_id="1")) == ["Lead 1"]


def test_what_is_over_and_what_rests_is_left_out_unless_wanted(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, 1)
    hear(database, tenants.ours, 2, is_archived=True)
    hear(database, tenants.ours, 3)
    hear(database, tenants.ours, 4, action="delete")
    with database.writing(tenants.ours) as session:
        stored = session.get_one(Lead, (tenants.ours, "lead", lead_id(3)))
        stored.snoozed_until, stored.score, stored.band = now() + timedelta(days=1), 80, "hot"

    assert seen(database, ada) == ["Lead 1"]
    assert seen(database, ada, LeadFilter(snoozed=True)) == ["Lead 3"]
    assert seen(database, ada, LeadFilter(closed=True)) == ["Lead 2"]
    assert seen(database, ada, LeadFilter(snoozed=None, band="hot")) == ["Lead 3"]
    assert seen(database, ada, LeadFilter(snoozed=None, least_score=50)) == ["Lead 3"]
    assert seen(database, ada, LeadFilter(most_score=50, status=LeadStatus.NEW)) == ["Lead 1"]


def test_words_find_open_leads_first_and_else_those_that_are_over(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, 1, title="Globex old", is_archived=True)
    with database.reading(tenants.ours) as session:
        found = find_leads(view_of(session, ada, now()), ["globex"], limit=5)
        assert [each.id for each in found.leads] == [lead_id(1)]
    hear(database, tenants.ours, 2, title="Globex new")
    with database.reading(tenants.ours) as session:
        found = find_leads(view_of(session, ada, now()), ["globex"], limit=5)
        assert [each.id for each in found.leads] == [lead_id(2)]


def test_the_activities_of_a_lead_are_listed(database: Database, tenants: TwoTenants) -> None:
    ada = add_person(database, tenants.ours)
    hear(database, tenants.ours, 1)
    hear(database, tenants.ours, 5, entity="activity", subject="Call", lead_id=lead_id(1))
    hear(database, tenants.ours, 6, entity="activity", subject="Other", lead_id=lead_id(2))
    hear(database, tenants.ours, 7, entity="activity", subject="Secret", lead_id=lead_id(1), seen_by=[])
    add_users(database, tenants.ours, 1)

    lead = known(database, ada)
    with database.reading(tenants.ours) as session:
        found = activities_of(view_of(session, ada, now()), lead, limit=5)
    assert [each.change.after["subject"] for each in found] == ["Call"]


def test_an_older_state_that_comes_late_changes_nothing(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, 1, owner_id=2)
    hear(database, tenants.ours, 1, owner_id=1, at=now() - timedelta(hours=1), is_archived=True)

    assert (row(database, tenants.ours).owner_id, row(database, tenants.ours).is_open) == ("2", True)


PERMISSIONS = st.lists(
    st.tuples(st.none() | st.lists(st.integers(1, 4), unique=True), st.booleans()), min_size=1, max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leads=PERMISSIONS, viewer=st.integers(1, 4))
def test_nothing_of_a_restricted_lead_reaches_who_may_not_see_it(
    database: Database, tenants: TwoTenants, leads: list[tuple[list[int] | None, bool]], viewer: int
) -> None:
    """In lists, counts, searches and by id: exactly what Pipedrive lets the person see."""
    users = frozenset("1234")
    with database.writing_all() as session:
        for each in session.query(Lead).all():
            session.delete(each)
    for number, (seen_by, is_archived) in enumerate(leads, 1):
        hear(database, tenants.ours, number, title=f"Word {number}", seen_by=seen_by, is_archived=is_archived)

    def sees(permitted: frozenset[str] | None) -> bool:
        return permitted is None or users <= permitted or str(viewer) in permitted

    may = {number for number, (to, _) in enumerate(leads, 1) if sees(None if to is None else _ids(to))}
    is_open = {number for number, (_, over) in enumerate(leads, 1) if not over}
    with database.reading(tenants.ours) as session:
        view = LeadView(session, tenants.ours, sees, now(), str(viewer))
        assert list_leads(view, LeadFilter(), limit=0).total == len(may & is_open)
        both = LeadFilter(closed=None, snoozed=None, words=("word",))
        found = list_leads(view, both, limit=100)
        assert {each.id for each in found.leads} == {lead_id(each) for each in may}
        assert found.total == len(may)
        by_id = {number for number in range(1, len(leads) + 1) if get_lead(view, lead_id(number))}
        assert by_id == may
        pages = [list_leads(view, both, limit=1, offset=each).leads for each in range(len(may) + 1)]
        assert [len(each) for each in pages] == [1] * len(may) + [0]
        for count, lead in enumerate(found.leads, 1):
            after = LeadPlace.from_text(str(lead.place))
            follows = list_leads(view, both, limit=100, after=after)
            assert [each.id for each in follows.leads] == [each.id for each in found.leads[count:]]
            assert follows.total == found.total


def _ids(numbers: list[int]) -> frozenset[str]:
    return frozenset(str(each) for each in numbers)


def test_a_person_sees_what_their_user_in_pipedrive_sees(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    add_users(database, tenants.ours, 1, 2)
    match(database, ada, 1)
    match(database, ben, 2)
    hear(database, tenants.ours, 1, seen_by=[1])

    assert (seen(database, ada), seen(database, ben)) == (["Lead 1"], [])
