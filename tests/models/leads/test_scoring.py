"""Leads are scored when something changes; the score always equals the last row of its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.card_actions.copies import due_copies, finish_copy
from models.clock import now
from models.database.engine import Database
from models.errors import NotAllowed
from models.leads.history import LeadRef
from models.leads.queries import view_of
from models.leads.scoring import last_score, reasons_for
from models.leads.settings import (
    count_bands,
    get_progress,
    get_weights,
    is_rescoring,
    recompute_scores,
    rescore_some,
    set_weights,
    try_weights,
)
from models.leads.weights import USUAL
from models.pipedrive.change import Change, read
from models.pipedrive.webhook.json import parse_json
from models.tables import Event, Lead, LeadScore, Rule
from tests.conftest import TwoTenants
from tests.models.acting import SPACE, add_person, body_of, deliver, due_copies_of, later
from tests.models.leads.known import add_users, happened, hear, lead_id, look, match, row
from tests.models.rows import add


def told(database: Database, tenant_id: int) -> list[Change]:
    with database.reading(tenant_id) as session:
        mine = select(Event.raw).where(Event.tenant_id == tenant_id, Event.source_key.like("signal:%"))
        found = [read(parse_json(raw)) for raw in session.scalars(mine.order_by(Event.id))]
    return [each for each in found if each is not None]


def scores(database: Database, tenant_id: int) -> list[int]:
    with database.reading(tenant_id) as session:
        mine = select(LeadScore.score).where(LeadScore.tenant_id == tenant_id)
        return list(session.scalars(mine.order_by(LeadScore.id)))


def test_a_lead_is_scored_with_its_reasons(database: Database, tenants: TwoTenants) -> None:
    emails = [{"value": "jana@globex.test"}]
    hear(database, tenants.ours, 70, entity="person", name="Jana", emails=emails, phones=[])
    hear(database, tenants.ours, person_id=70, organization_id=3, value={"amount": 5000, "currency": "EUR"})
    hear(database, tenants.theirs)
    look(database)

    assert (row(database, tenants.ours).score, row(database, tenants.ours).band) == (50, "warm")
    with database.reading(tenants.ours) as session:
        reasons = reasons_for(session, LeadRef(tenants.ours, "lead", lead_id(1)))
    assert {each.part: each.points for each in reasons} == {
        "email": 10,
        "organization": 10,
        "value": 10,
        "age": 20,
    }
    assert row(database, tenants.theirs).score == 20


def test_looking_again_says_nothing_new(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    for _ in range(3):
        look(database)
        hear(database, tenants.ours)

    assert scores(database, tenants.ours) == [20]


def test_a_score_goes_down_with_time_alone(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    look(database)
    for days in (8, 30):
        look(database, now() + timedelta(days=days))

    assert scores(database, tenants.ours) == [20, 8, 0]
    assert row(database, tenants.ours).look_at is None


def test_an_activity_and_a_contact_count(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours)
    hear(database, tenants.ours, 5, entity="activity", subject="Call", lead_id=lead_id(1))
    with database.writing(tenants.ours) as session:
        session.get_one(Lead, (tenants.ours, "lead", lead_id(1))).contacted_at = now()
    look(database)

    assert row(database, tenants.ours).score == 50


def test_another_band_is_a_line_and_an_event(database: Database, tenants: TwoTenants) -> None:
    hear(database, tenants.ours, seen_by=[1, 2])
    look(database)
    hear(
        database, tenants.ours, seen_by=[1, 2], organization_id=3, value={"amount": 90000, "currency": "EUR"}
    )
    look(database)

    assert happened(database, tenants.ours) == ["created", "band_changed"]
    last = told(database, tenants.ours)[-1]
    assert last.types == ("lead.scored",)
    assert (last.before["score"], last.after["score"]) == (20, 50)
    assert (last.before["band"], last.after["band"]) == ("cold", "warm")
    assert last.permitted_user_ids == frozenset({"1", "2"})
    assert told(database, tenants.theirs) == []


def test_the_card_of_a_new_lead_follows_its_first_score_alone(
    database: Database, tenants: TwoTenants
) -> None:
    for each in tenants:
        deliver(database, each, body_of("lead", lead_id(1)))
    hear(database, tenants.ours, 1)
    hear(database, tenants.theirs, 1, at=now() - timedelta(days=3))
    look(database)
    assert due_copies_of(database, tenants.ours) == [SPACE]
    assert due_copies_of(database, tenants.theirs) == []

    with database.writing_all() as session:
        (drawn,) = due_copies(session, later(1), 5)
        finish_copy(session, drawn)
    hear(database, tenants.ours, 1, organization_id=3)
    look(database)
    assert scores(database, tenants.ours) == [20, 30]
    assert due_copies_of(database, tenants.ours) == []


@pytest.mark.parametrize(("on", "count"), [(["lead.scored"], 2), (["lead.*"], 0)])
def test_every_score_is_told_where_a_rule_names_it(
    database: Database, tenants: TwoTenants, on: list[str], count: int
) -> None:
    add(database, Rule(tenant_id=tenants.ours, name="Hot", event_types=on))
    hear(database, tenants.ours)
    look(database)
    hear(database, tenants.ours, organization_id=3)
    look(database)

    assert len(told(database, tenants.ours)) == count


def test_the_first_score_of_an_old_lead_is_no_news(database: Database, tenants: TwoTenants) -> None:
    add(database, Rule(tenant_id=tenants.ours, name="Hot", event_types=["lead.scored"]))
    hear(database, tenants.ours, at=now() - timedelta(days=3))
    look(database)

    assert scores(database, tenants.ours) == [15]
    assert told(database, tenants.ours) == []


CHANGES = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "organization_id": st.none() | st.integers(1, 3),
                "value": st.none()
                | st.fixed_dictionaries({"amount": st.integers(0, 20_000), "currency": st.just("EUR")}),
                "source_name": st.sampled_from(["", "Web form"]),
            }
        ),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_the_score_always_equals_its_log(
    database: Database, tenants: TwoTenants, changes: list[tuple[dict[str, Any], int]]
) -> None:
    at = now()
    for state, days in changes:
        hear(database, tenants.ours, at=now(), **state)
        at += timedelta(days=days, seconds=1)
        look(database, at)
        stored = row(database, tenants.ours)
        with database.reading(tenants.ours) as session:
            last = last_score(session, LeadRef(tenants.ours, "lead", lead_id(1)))
        assert last is not None
        assert (stored.score, stored.band) == (last.score, last.band)
        assert sum(each["points"] for each in last.reasons) == last.score


def test_weights_are_set_by_who_may_and_all_leads_are_scored_anew(
    database: Database, tenants: TwoTenants
) -> None:
    boss = add_person(database, tenants.ours, "Boss", role="manager")
    rep = add_person(database, tenants.ours, "Rep", 2)
    for number in range(1, 8):
        hear(database, tenants.ours, number)
    hear(database, tenants.theirs)
    look(database)
    wanted = replace(USUAL, age=40)
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        set_weights(session, rep, wanted)
    for _ in range(2):  # the same again begins nothing anew
        with database.writing(tenants.ours) as session:
            set_weights(session, boss, wanted)
    turns = 0
    with database.reading_all() as session:
        assert is_rescoring(session)
    while rescore(database):
        turns += 1
        look(database, now() + timedelta(seconds=5))

    with database.reading(tenants.ours) as session:
        progress = get_progress(session, tenants.ours)
        assert get_weights(session, tenants.ours) == wanted
        assert get_weights(session, tenants.theirs) == USUAL
    assert (progress.done, progress.total, progress.is_over) == (7, 7, True)
    assert turns == 4
    assert row(database, tenants.ours, 7).score == 40
    assert row(database, tenants.theirs).score == 20


def rescore(database: Database) -> bool:
    with database.writing_all() as session:
        return rescore_some(session, now(), 3)


def test_scoring_anew_is_asked_for_once(database: Database, tenants: TwoTenants) -> None:
    boss = add_person(database, tenants.ours, "Boss", role="manager")
    hear(database, tenants.ours)
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            assert recompute_scores(session, boss).total == 1


def test_weights_are_tried_on_leads_that_may_be_seen(database: Database, tenants: TwoTenants) -> None:
    boss = add_person(database, tenants.ours, "Boss", role="manager")
    add_users(database, tenants.ours, 1, 2)
    match(database, boss, 2)
    hear(database, tenants.ours, 1, organization_id=3)
    hear(database, tenants.ours, 2, seen_by=[1])
    hear(database, tenants.ours, 3, at=now() - timedelta(days=60))
    look(database)

    with database.reading(tenants.ours) as session:
        tried = try_weights(view_of(session, boss, now()), replace(USUAL, organization=60))
        assert [(each.lead.id, each.score, each.before) for each in tried] == [(lead_id(1), 80, 30)]
        assert count_bands(tried) == {"hot": 1}
