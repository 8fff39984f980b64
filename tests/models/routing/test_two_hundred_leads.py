"""Two hundred leads are routed, accepted, declined, lost by time and escalated, as counted by hand.

Three people take turns, a fourth is the manager. The second declines never and answers never, the first and
the third accept, but for the leads named below. Another team routes fifty leads of its own beside it.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.leads.arrivals import CLAIM
from models.routing.answers import accept, decline, expire
from models.routing.report import report_routing
from models.tables import Assignment, RoutingMethod
from tests.conftest import TwoTenants
from tests.models.leads.known import lead_id
from tests.models.routing.team import add_team, come, ids, route_due, run_waits, set_policy, steps

ACTIONS: Final = {CLAIM: expire}
LEADS: Final = 200
NUMBERS: Final = {lead_id(number): number for number in range(LEADS)}  # how leads are called
LATE: Final = timedelta(minutes=31)


def answer(database: Database, people: list[Actor], row: Assignment, number: int) -> None:
    """Do what the person of an offered lead does; the second person does nothing."""
    who = [each.user_id for each in people].index(row.user_id)
    declines = who == 2 and (number % 6 == 2 or number % 15 == 10)
    ignores = who == 1 or (who == 0 and number % 15 == 10)
    if ignores:
        return
    with database.writing(row.tenant_id) as session:
        if declines:
            decline(session, people[who], row.id, "Not mine", now())
        else:
            accept(session, people[who], row.id, now())


def test_two_hundred_leads_end_as_counted_by_hand(database: Database, tenants: TwoTenants) -> None:
    people, others = add_team(database, tenants.ours, 4), add_team(database, tenants.theirs, 2)
    at = now()
    set_policy(database, people, at, members=ids(people[:3]), claim_minutes=30, manager_id=people[3].user_id)
    set_policy(database, others, at, method=RoutingMethod.LOAD, writes_owner=False)
    come(database, tenants.ours, *range(LEADS), owner_id=9)
    come(database, tenants.theirs, *range(50), owner_id=9)
    at = now()
    # Leads that came at the same moment are routed in any order: what they are counted by is their turn.
    turns = {row.object_id: turn for turn, row in enumerate(steps(database, tenants.ours))}
    archived = [NUMBERS[key] for key, turn in turns.items() if turn % 30 == 1]
    for turn in range(5):
        route_due(database, at)
        for row in steps(database, tenants.ours):
            if row.state == "offered":
                answer(database, people, row, turns[row.object_id])
        if turn == 0:
            come(database, tenants.ours, *archived, owner_id=9, is_archived=True)
        at += LATE
        run_waits(database, tenants, at, ACTIONS)
    route_due(database, at)

    found = Counter(
        ([each.user_id for each in people].index(row.user_id), row.state)
        for row in steps(database, tenants.ours)
    )
    assert found == {
        (0, "accepted"): 100,  # 67 first, and 33 that the third declined
        (0, "expired"): 13,
        (1, "expired"): 60,
        (1, "taken"): 7,  # archived while the second had them
        (2, "accepted"): 80,
        (2, "declined"): 46,
        (3, "accepted"): 13,
    }
    with database.reading(tenants.ours) as session:
        report = report_routing(session, people[0], now() - timedelta(days=1))
    assert (report.leads, report.waiting, sum(each.accepted for each in report.people)) == (200, 0, 193)
    theirs = Counter(row.user_id for row in steps(database, tenants.theirs))
    assert theirs == dict.fromkeys(ids(others), 25)
