from models.database.engine import Database
from models.tables import Destination, RuleDestination
from tests.chat import Chat, audit_of, rule_of


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
