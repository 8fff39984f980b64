from datetime import timedelta

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.destinations.health import failing_of, note_failure
from models.tables import Destination, RuleDestination
from tests.chat import CLEO, Chat, add_sales_rep, audit_of, rule_of
from tests.models.rows import fails


def test_many_destinations_come_page_by_page(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        for number in range(24):
            name = f"Wall {number:02}"
            session.add(
                Destination(tenant_id=tenants[0], kind="chat_webhook", name=name, address="", lane=name)
            )
    reply, pages = chat.say("space list"), 1
    while following := reply.buttons().get("Next"):
        reply, pages = chat.click(**following), pages + 1
    assert pages == 3
    assert reply.has("25 destinations, page 3 of 3")


def test_doing_twice_is_doing_once(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    for text in ("space pause here", "space pause here", "space resume here", "space resume here"):
        chat.say(text)
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["space.paused", "space.resumed"]


def test_a_direct_message_that_no_rule_names_is_not_offered(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    dm = {"kind": "chat_dm", "name": "cleo@acme.test", "address": "cleo@acme.test", "lane": "dm:cleo"}
    with database.writing(tenants[0]) as session:
        made = Destination(tenant_id=tenants[0], **dm)
        session.add(made)
    assert not chat.say("space list").has("cleo@acme.test")
    assert not chat.open("rule.new").has("cleo@acme.test")

    rule = rule_of(database, tenants[0])
    with database.writing(tenants[0]) as session:
        session.add(RuleDestination(tenant_id=tenants[0], rule_id=rule.id, destination_id=made.id))
    assert chat.say("space list").has("cleo@acme.test")
    assert chat.open("rule.new").has("cleo@acme.test")


def test_where_cards_do_not_arrive_is_shown_with_the_next_try(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    at = now() - timedelta(minutes=5)
    with database.writing(tenants[0]) as session:
        here = session.scalars(select(Destination.id).where(Destination.tenant_id == tenants[0])).first()
        assert here is not None
        for seconds in (0, 61, 62, 63, 64):
            note_failure(session, tenants[0], here, "503 UNAVAILABLE", at + timedelta(seconds=seconds))
    for line in ("space list", "space show here", "status"):
        assert chat.say(line).has("Google did not answer (first 5 minutes ago); the next card tries again"), (
            line
        )
    with database.writing(tenants[0]) as session:
        note_failure(session, tenants[0], here, "503 UNAVAILABLE", now())
    assert chat.say("status").has("next try in")


def test_a_failing_destination_does_not_listen_and_is_tried_again_by_a_button(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    fails(database, tenants[0], 1, now())
    shown = chat.say("space show here")
    assert shown.card["header"]["subtitle"] == "Takes no cards now"

    again = chat.click(**shown.buttons()["Try again now"])

    assert again.card["header"]["subtitle"] == "Listens"
    assert again.wake_worker
    assert [entry[1] for entry in audit_of(database, tenants[0])] == ["space.resumed"]


def test_who_may_not_change_destinations_cannot_close_a_breaker(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    fails(database, tenants[0], 1, now())
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO)
    assert "Try again now" not in cleo.say("space show here").buttons()
    cleo.click("space.resume", place="1")
    cleo.say("space resume 1")
    with database.reading(tenants[0]) as session:
        assert len(failing_of(session, tenants[0])) == 1
