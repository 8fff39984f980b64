from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.home.show import midnight_in
from models.clock import now
from models.database.engine import Database
from models.events.day_usage import add_usage
from models.pipedrive.rest.webhooks import WANTED
from models.plan.quota import NEVER
from models.tables import (
    Backfill,
    Connection,
    Delivery,
    Destination,
    Event,
    RuleDestination,
    Tenant,
    User,
    WebhookSubscription,
)
from models.tables.deliveries import QUOTA, DeliveryState
from tests.chat import BOB, BOLTS, CLEO, Chat, add_sales_rep
from tests.models.rows import add, destination, fails, rule


@pytest.mark.parametrize(
    ("timezone", "began"),
    [
        ("Europe/Prague", "2026-11-19T23:00"),
        ("America/New_York", "2026-11-20T05:00"),
        ("Nowhere/Else", "2026-11-20T00:00"),
        ("../../etc/passwd", "2026-11-20T00:00"),
        ("", "2026-11-20T00:00"),
    ],
)
def test_the_day_begins_where_the_person_is(timezone: str, began: str) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert midnight_in(timezone, at).astimezone(UTC) == datetime.fromisoformat(began).replace(tzinfo=UTC)


def test_the_home_card_counts_what_was_sent_held_and_failed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    states = [
        ("delivered", False),
        ("delivered", False),
        ("delivered", True),
        ("held", False),
        ("dead", False),
    ]
    with database.writing_all() as session:
        for state, is_test in states:
            at = None if state == "held" else now()
            session.add(
                Delivery(tenant_id=tenants[0], lane="x", state=state, is_test=is_test, finished_at=at)
            )
        old = now() - timedelta(days=3)
        session.add(Delivery(tenant_id=tenants[0], lane="x", state="delivered", finished_at=old))
    reply = chat.say()
    assert reply.has("2 events sent today")
    assert chat.say("status").has("2 sent, 1 held, 1 failed")
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS)
    assert theirs.say("status").has("0 sent, 0 held, 0 failed")


@pytest.mark.parametrize("state", ["needs_reauth", "revoked", "leaving"])
def test_a_broken_connection_is_the_headline(
    chat: Chat, database: Database, tenants: tuple[int, int], state: str
) -> None:
    assert not chat.say().has("Needs you")
    with database.writing_all() as session:
        session.execute(update(Connection).where(Connection.tenant_id == tenants[0]).values(state=state))
    for reply in (chat.say(), chat.say("status")):
        assert reply.has("Needs you")
        assert reply.buttons()["Connect again"] == {"do": "connection.show"}


def test_a_destination_that_refuses_us_is_named_and_one_that_a_person_paused_is_no_problem(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("space pause here")
    assert chat.say("status").has("All is well")
    with database.writing_all() as session:
        mine = update(Destination).where(Destination.tenant_id == tenants[0])
        session.execute(mine.values(is_active=False, paused_because="403 PERMISSION_DENIED: no"))
    for reply in (chat.say("status"), chat.say()):
        assert reply.has("Deals takes no cards any more; see /pipenotify space list")
        assert not reply.has("spaces/ACME")
    listed = chat.say("space list")
    assert listed.has("· paused")
    assert not listed.has("403")


@pytest.mark.parametrize(
    ("locale", "headline", "well"),
    [
        ("en", "Deals takes no cards now; /pipenotify space resume 1 tries again at once", "All is well"),
        ("de", "Deals nimmt gerade keine Karten an; /pipenotify bereich fortsetzen 1 versucht es", "Alles"),
    ],
)
def test_a_destination_that_fails_is_the_headline_until_it_is_resumed(
    chat: Chat, database: Database, tenants: tuple[int, int], locale: str, headline: str, well: str
) -> None:
    chat.locale = locale
    fails(database, tenants[0], 1, now())
    for reply in (chat.say("status"), chat.say()):
        assert headline in reply.card["header"]["subtitle"]
        assert not reply.has(well)
        assert {"do": "space.show", "place": "1"} in reply.buttons().values()
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS, locale=locale)
    assert well in theirs.say("status").card["header"]["subtitle"]

    assert chat.say("space resume 1").wake_worker
    assert well in chat.say("status").card["header"]["subtitle"]


def test_who_may_not_resume_is_not_asked_to(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    fails(database, tenants[0], 1, now())
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO)
    assert cleo.say("status").has("Deals takes no cards now; it is tried again by itself")


def test_several_destinations_in_trouble_are_counted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    refused = {"is_active": False, "paused_because": "404 NOT_FOUND", "kind": "chat_webhook"}
    add(database, *(destination(tenants[0], name, **refused) for name in ("Wall", "Hall")))
    fails(database, tenants[0], 1, now())
    assert chat.say("status").has("Wall and 2 others take no cards now; see /pipenotify space list")
    chat.locale = "de"
    assert chat.say("status").has("Wall und 2 weitere Ziele nehmen gerade keine Karten an")


def test_a_person_who_cannot_be_written_to_is_no_trouble_of_the_team_until_a_rule_names_them(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    ada, wins = destination(tenants[0], "ada@example.com"), rule(tenants[0])
    add(database, ada, wins)
    fails(database, tenants[0], ada.id, now())
    status = chat.say("status")
    assert status.has("All is well")
    assert not status.has("Failing: ada@example.com")

    add(database, RuleDestination(tenant_id=tenants[0], rule_id=wins.id, destination_id=ada.id))
    status = chat.say("status")
    assert status.has("ada@example.com takes no cards now")
    assert status.has("Failing: ada@example.com")


def test_a_team_without_pipedrive_is_not_well(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(update(Connection).where(Connection.tenant_id == tenants[0]).values(state="none"))
    assert "not connected yet" in chat.say("status").card["header"]["subtitle"]


@pytest.mark.parametrize("state", ["needs_reauth", "revoked", "leaving"])
def test_no_card_calls_a_broken_connection_connected(
    chat: Chat, database: Database, tenants: tuple[int, int], state: str
) -> None:
    with database.writing_all() as session:
        mine = update(Connection).where(Connection.tenant_id == tenants[0])
        session.execute(mine.values(state=state, keeps_webhooks=True))
    rows = {
        widget["decoratedText"].get("topLabel"): widget["decoratedText"]["text"]
        for reply in (chat.say(), chat.say("status"))
        for section in reply.card["sections"]
        for widget in section["widgets"]
        if "decoratedText" in widget
    }
    assert "connected again" in rows["Pipedrive"] or "disconnected" in rows["Pipedrive"]
    assert rows["Webhooks"] == "not known until Pipedrive is connected again"


def test_the_status_counts_nothing_that_is_not_counted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants[0]).values(monthly_limit=None))
    status = chat.say("status")
    assert status.has(", without a limit")
    assert not status.has("This month")
    with database.writing_all() as session:
        mine = update(Tenant).where(Tenant.id == tenants[0])
        session.execute(mine.values(monthly_limit=1000))
        add_usage(session, now().date(), {tenants[0]: {"cards": 501}, tenants[1]: {"cards": 7}})
    status = chat.say("status")
    assert status.has("501 cards of 1,000")
    assert status.has(", 1,000 cards a month")
    assert not status.has("Held over the limit")


def test_the_plan_says_what_is_used_what_is_held_and_what_is_not_in_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        mine = update(Tenant).where(Tenant.id == tenants[0])
        session.execute(mine.values(monthly_limit=1, plan="small", features={"digests": False}))
        add_usage(session, now().date(), {tenants[0]: {"cards": 1}})
        held = {"lane": "spaces/ACME", "state": DeliveryState.HELD, "reason": QUOTA, "next_attempt_at": NEVER}
        session.add(Delivery(tenant_id=tenants[0], request_id="q1", **held))

    plan = chat.say("plan")

    assert plan.has("small, 1 cards a month")
    assert plan.has("1 card of 1")
    assert plan.has("or until the limit is raised")
    assert plan.has("not in your plan")
    assert chat.say("status").has("or until the limit is raised")
    assert chat.say("log held").has("all cards of this month are used")
    assert not chat.say("log held").has("leaves in")
    assert chat.say("retry 1").has("when there is room again")
    assert chat.say("digest daily me").has("plan. Ask whoever runs Pipenotify")
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS)
    assert not theirs.say("plan").has("not in your plan")
    assert not theirs.say("digest daily me").has("plan. Ask whoever runs Pipenotify")


def test_the_problem_of_a_connection_comes_with_a_button_to_connect_again(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        mine = update(Connection).where(Connection.tenant_id == tenants[0])
        session.execute(mine.values(problem="Pipedrive says that the account is unpaid."))
    assert chat.say().has("account is unpaid")
    status = chat.say("status")
    assert status.has("account is unpaid")
    assert "Connect again" in status.buttons()
    assert not Chat(chat.deps, chat.dialect, BOB, BOLTS).say("status").has("account is unpaid")


def test_status_counts_webhooks_events_and_people(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("status").has("none yet")
    with database.writing_all() as session:
        session.execute(
            update(Connection)
            .where(Connection.tenant_id == tenants[0])
            .values(keeps_webhooks=True, is_admin=False)
        )
        for number, problem in enumerate(("", "", "HTTP 500")):
            hook = {"pipedrive_id": str(number), "entity": "deal", "key": "k", "problem": problem}
            session.add(WebhookSubscription(tenant_id=tenants[0], **hook))
        session.add(User(tenant_id=tenants[0], email="cleo@acme.test", pipedrive_user_id="7"))
        at = now() - timedelta(minutes=5)
        session.add(Event(tenant_id=tenants[0], source_key="e", raw=b"{}", received_at=at))
        session.add(Event(tenant_id=tenants[0], source_key="test-1", raw=b"{}"))
    status = chat.say("status")
    assert status.has(f"2 of {len(WANTED)} live")
    assert status.has("5 minutes ago")
    assert status.has("no admin in Pipedrive")
    assert status.has("1 of 2 matched")


def test_the_status_says_why_missed_changes_are_not_looked_for_yet(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(update(Connection).values(state="connected"))
        for tenant_id, why in zip(tenants, ("It goes on after midnight (UTC).", ""), strict=True):
            progress = {"waits": why} if why else {}
            session.add(
                Backfill(tenant_id=tenant_id, since=now(), until=now(), reason="away", progress=progress)
            )
    assert chat.say("status").has("It goes on after midnight (UTC).")
    assert not Chat(chat.deps, chat.dialect, BOB, BOLTS).say("status").has("midnight")
