"""Nothing of a restricted lead or deal reaches whom Pipedrive would not show it, in Chat and by REST."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.context import COMMANDS
from models.tables import Assignment, Notification, NudgeLine, User
from tests.models.leads.known import lead_id
from tests.scenarios.restricted.company import (
    COMMON,
    FIRST_PROSPECT,
    ROLES,
    USERS,
    Company,
    Planted,
    Seen,
    may_see,
    open_company,
)
from tests.web.api.conftest import ACME, BOLT, Api, api, unlimited  # noqa: F401 - fixtures
from web.api.blueprint import all_routes

pytestmark = pytest.mark.usefixtures("unlimited")

PHRASES = (
    "",
    "inbox",
    "lead list",
    "lead list mine",
    "lead list unassigned",
    "lead list hot",
    f"lead list {COMMON}",
    f"lead show {COMMON}",
    f"score explain {COMMON}",
    "routing report 7d",
    "nudge",
    "nudge team",
    f"deal {COMMON}",
)
PATHS = (
    "/leads",
    f"/leads?q={COMMON}",
    "/leads?assignee=nobody",
    "/leads?assignee=1",
    "/leads/analytics",
    "/nudges",
    "/notifications",
    "/assignments",
)
SEEN = st.none() | st.lists(st.sampled_from(USERS), unique=True)
EVERYBODY, NOBODY = None, list[int]()


@pytest.fixture
def company(api: Api) -> Company:  # noqa: F811
    return open_company(api)


def check_words(planted: Planted, role: str, where: str, answer: Any) -> None:
    found = {each for each in planted.forbidden(role) if each in str(answer)}
    assert not found, f"{role} reads {found} in {where}: {str(answer)[:2000]}"
    assert f"{COMMON} bolt" not in str(answer), where


def read(company: Company, role: str, path: str) -> Any:
    return company.api.call("GET", path, token=company.api.token(role)).get_json()


def ids_of(planted: Planted, role: str, kind: str) -> set[str]:
    return {key.removeprefix(kind) for key, seen in planted.seen_by.items() if seen_of(key, kind, role, seen)}


def seen_of(key: str, kind: str, role: str, seen: Seen) -> bool:
    return key.startswith(kind) and may_see(role, seen)


def check_counts(company: Company, planted: Planted, role: str) -> None:
    """Lists, their totals and counts are of what a person may see, no less and no more."""
    seen = planted.seen(role, "lead")
    listed = read(company, role, f"/leads?q={COMMON}")
    assert {each["title"].split()[-1] for each in listed["data"]} == seen
    assert listed["meta"]["total"] == len(seen)
    assert read(company, role, "/leads/analytics")["data"]["total"] == len(seen)
    shown = company.chat(role).say(f"lead list {COMMON}")
    assert all(shown.has(each) for each in seen)
    check_routing(company, planted, role)


def check_routing(company: Company, planted: Planted, role: str) -> None:
    mine = {key for each in ids_of(planted, role, "lead") for key in (each, lead_id(int(each)))}
    with company.api.database.reading(company.tenant_id) as session:
        offered = session.scalars(select(Assignment).where(Assignment.tenant_id == company.tenant_id)).all()
    wanted = sum(each.object_id in mine and each.user_id is not None for each in offered)
    path = next(each.path for each in all_routes() if each.path.endswith("routing/report"))
    counted = read(company, role, f"{path}?days=7")["data"]
    assert counted["leads"] == wanted
    assert sum(each["offered"] for each in counted["people"]) == wanted


def check_team_counts(company: Company, planted: Planted, role: str) -> None:
    mine = ids_of(planted, role, "deal")
    with company.api.database.reading(company.tenant_id) as session:
        lines = session.scalars(select(NudgeLine).where(NudgeLine.tenant_id == company.tenant_id)).all()
    counted = read(company, role, "/admin/nudge-counts")["data"]
    assert sum(each["asked"] for each in counted) == sum(each.deal_id in mine for each in lines)


def check_asked(company: Company, planted: Planted) -> None:
    """Nobody is asked for a deal, or told the title of a lead, that they may not see."""
    with company.api.database.reading(company.tenant_id) as session:
        users = {
            each.id: each.email.partition("@")[0]
            for each in session.scalars(select(User).where(User.tenant_id == company.tenant_id))
        }
        lines = session.scalars(select(NudgeLine).where(NudgeLine.tenant_id == company.tenant_id)).all()
        told = session.scalars(select(Notification).where(Notification.tenant_id == company.tenant_id)).all()
    for line in lines:
        assert may_see(users[line.user_id], planted.seen_by[f"deal{line.deal_id}"])
    for each in told:
        check_words(planted, users[each.user_id], "a notification", (each.title, each.body))


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    leads=st.lists(SEEN, min_size=2, max_size=3),
    deals=st.lists(SEEN, min_size=1, max_size=3),
    owners=st.lists(st.sampled_from((*USERS, 9)), min_size=1, max_size=3),
    prospects=st.lists(SEEN, max_size=3),
    role=st.sampled_from(ROLES),
)
@example([NOBODY, [1], [4]], [NOBODY, [4], [2, 3]], [1, 2, 3], [NOBODY, [1], [4]], "admin")
@example([[1, 2, 4], [3], EVERYBODY], [[1], [2], [3]], [2], [[2], [3]], "manager")
@example([[1, 2, 3, 4], [1, 2, 3], NOBODY], [EVERYBODY, [1]], [3], [EVERYBODY, [1, 2]], "viewer")
def test_nobody_reads_or_counts_what_they_may_not_see(
    company: Company,
    leads: list[Seen],
    deals: list[Seen],
    owners: list[int],
    prospects: list[Seen],
    role: str,
) -> None:
    planted = company.plant(leads, deals, owners, prospects)

    chat = company.chat(role)
    for phrase in PHRASES:
        reply = chat.say(phrase)
        check_words(planted, role, phrase, (reply.card, reply.body))
    for path in PATHS:
        check_words(planted, role, path, read(company, role, path))
    keys = {number: lead_id(number) for number in range(1, len(leads) + 1)}
    keys |= {number: f"deal-{number}" for number, _ in enumerate(prospects, FIRST_PROSPECT)}
    for number, key in keys.items():
        for part in ("", "/history", "/activities", "/score"):
            path = f"/leads/{key}{part}"
            answer = company.api.call("GET", path, token=company.api.token(role))
            assert (answer.status_code == 200) is may_see(role, planted.seen_by[f"lead{number}"])
            check_words(planted, role, path, answer.get_json())
        reply = chat.click("lead.show", lead=key)
        check_words(planted, role, "lead.show", reply.card)
    check_counts(company, planted, role)
    check_asked(company, planted)
    if role in ("admin", "manager"):
        check_team_counts(company, planted, role)


@pytest.mark.parametrize("role", ROLES)
def test_no_command_and_no_route_that_only_reads_shows_it(company: Company, role: str) -> None:
    """Every one there is, so that a new one is walked too."""
    planted = company.plant([NOBODY, [1, 2], [3, 4]], [NOBODY, [1, 3], [2, 4]], [1, 2, 3], [NOBODY, [1]])

    chat = company.chat(role)
    for entry in COMMANDS:
        if not entry.writes:
            for phrase in (entry.name, f"{entry.name} {COMMON}"):
                reply = chat.say(phrase)
                check_words(planted, role, phrase, (reply.card, reply.body))
    for route in all_routes():
        if route.method == "GET" and "<" not in route.path:
            path = route.path.removeprefix("/api/v1")
            check_words(
                planted, role, path, company.api.call("GET", path, token=company.api.token(role)).text
            )


def test_the_other_team_reads_only_its_own(company: Company) -> None:
    planted = company.plant([EVERYBODY, [1]], [EVERYBODY], [1])

    chat, token = company.chat("admin", BOLT), company.api.token("admin", BOLT)
    said = [str(chat.say(phrase).card) for phrase in PHRASES]
    said += [company.api.call("GET", path, token=token).text for path in PATHS]
    assert f"{COMMON} bolt" in "".join(said)
    assert not [each for each in planted.canaries.values() if each in "".join(said)]
