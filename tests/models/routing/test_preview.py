"""The dry run says who would have got what, changes nothing, and shows nobody what they may not see."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.routing.people import away_now, load_team
from models.routing.policies import PolicyDraft
from models.routing.preview import try_policy
from models.tables import Assignment
from tests.conftest import TwoTenants
from tests.models.leads.known import hear
from tests.models.routing.team import add_team, come, ids, set_policy
from tests.models.rows import count


def test_last_months_leads_are_given_in_turns(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours, 2)
    come(database, tenants.ours, 1, 2, 3)
    hear(database, tenants.ours, 4, seen_by=[77])
    hear(database, tenants.theirs, 5)
    a, b = ids(people)
    with database.reading(tenants.ours) as session:
        preview = try_policy(session, people[0], PolicyDraft("X", members=(a, b)), now())
        capped = try_policy(session, people[0], PolicyDraft("X", members=(a,), most_today=1), now())

    assert preview.looked_at == 3
    assert preview.counts == {a: 2, b: 1}
    assert capped.counts == {a: 1, None: 2}
    assert count(database, Assignment) == 0


def test_the_load_of_people_counts_what_is_offered(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours, 2)
    set_policy(database, people)
    come(database, tenants.ours, 1, owner_id=2)
    with database.reading(tenants.ours) as session:
        team = load_team(session, tenants.ours, ids(people), now() + timedelta(seconds=1))
        away = away_now(session, tenants.ours, now())

    assert [each.open_leads for each in team.people.values()] == [0, 1]
    assert away == {}
