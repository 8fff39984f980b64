import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.destinations import outside
from models.destinations.configured import MISSING
from models.security.vault import associated_data
from models.tables import Destination
from models.tables.destinations import EMAIL
from tests.chat import BOB, BOLTS, NEW, Chat, audit_of

URL = "https://chat.googleapis.com/v1/spaces/WALL/messages?key=k-secret&token=t-secret"
WALL = {"kind": ["webhook"], "name": ["Wins wall"], "url": [URL]}


def test_an_incoming_webhook_is_added_with_its_address_closed(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.submit("space.save", WALL)
    assert (reply.how, reply.title) == ("update", "Wins wall")
    assert not reply.has("secret")
    with database.reading(tenants[0]) as session:
        query = select(Destination).where(Destination.tenant_id == tenants[0])
        made = session.scalars(query.where(Destination.name == "Wins wall")).one()
    assert "secret" not in made.address
    where = associated_data(tenants[0], "destinations", "address", made.uid)
    assert chat.deps.vault.open(made.address, where) == URL
    assert audit_of(database, tenants[0]) == [("ada@acme.test", "space.added", "Wins wall")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": ["https://evil.test/?x=chat.googleapis.com"]}, "chat.googleapis.com/v1/spaces"),
        ({"url": ["http://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t"]}, "chat.googleapis.com"),
        ({"url": []}, "chat.googleapis.com"),
        ({"name": []}, "A name has 1 to 255 characters"),
        ({"name": ["x" * 256]}, "A name has 1 to 255 characters"),
        ({"name": ["spaces/ACME"]}, "is no name here"),
    ],
)
def test_what_does_not_fit_is_shown_again(
    chat: Chat, database: Database, tenants: tuple[int, int], change: dict[str, list[str]], said: str
) -> None:
    reply = chat.submit("space.save", {**WALL, **change})
    assert reply.how == "dialog"
    assert reply.has(said)
    assert reply.values()["kind"] == ["webhook"]
    assert audit_of(database, tenants[0]) == []


def test_this_space_is_linked_from_the_dialog_too(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.submit("space.save", {"kind": ["here"]}).title == "This space is linked already"
    assert audit_of(database, tenants[0]) == []


def test_mail_is_not_offered_where_none_can_be_sent(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    board = {"kind": ["email"], "name": ["Board"], "url": ["ada@acme.test"]}
    assert chat.submit("space.save", board).title == "Board"
    assert chat.open("space.add").has("An e-mail address")
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}

    form = chat.open("space.add")
    assert not form.has("e-mail")
    assert form.has("Only for webhooks")
    dialog = {"isDialogEvent": True, "dialogEventType": "REQUEST_DIALOG"}
    for offered in (chat.say("space add"), chat.say("space add", **dialog)):
        assert offered.has("webhook")
        assert not offered.has("e-mail")
    refused = chat.submit("space.save", board | {"name": ["Chair"]})
    assert refused.how == "dialog"
    assert refused.has("MAIL_FROM")
    assert [entry[2] for entry in audit_of(database, tenants[0])] == ["Board"]


@pytest.mark.parametrize(
    ("locale", "state", "why"),
    [
        ("en", "Unavailable", "E-mail is not set up here: MAIL_FROM is missing."),
        ("de", "Nicht verfügbar", "E-Mail ist hier nicht eingerichtet: MAIL_FROM fehlt."),
    ],
)
def test_an_address_that_was_added_earlier_is_shown_as_unavailable(
    chat: Chat, database: Database, tenants: tuple[int, int], locale: str, state: str, why: str
) -> None:
    chat.submit("space.save", {"kind": ["email"], "name": ["Board"], "url": ["ada@acme.test"]})
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}
    chat.locale = locale

    shown = chat.say("space show Board")
    assert shown.card["header"]["subtitle"] == state
    assert "space.try" not in [each.get("do") for each in shown.buttons().values()]
    for reply in (shown, chat.say("space list")):
        assert reply.has(why)
    assert "MAIL_FROM" in chat.say("status").card["header"]["subtitle"]
    theirs = Chat(chat.deps, chat.dialect, BOB, BOLTS, locale=locale)
    assert not theirs.say("status").has("MAIL_FROM")


def test_a_new_rule_is_not_offered_an_address_that_gets_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("space.save", {"kind": ["email"], "name": ["Board"], "url": ["ada@acme.test"]})
    assert chat.open("rule.new").has("Board")
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}
    assert not chat.open("rule.new").has("Board")


def test_an_unlinked_space_adds_nothing(chat: Chat, database: Database) -> None:
    chat.space = NEW
    assert chat.submit("space.save", WALL).title == "Welcome to Pipenotify"
    with database.reading_all() as session:
        assert len(session.scalars(select(Destination)).all()) == 2


NEW_URL = "https://chat.googleapis.com/v1/spaces/WALL2/messages?key=k2-secret&token=t2-secret"


def webhook_of(database: Database, tenant_id: int) -> Destination:
    with database.reading(tenant_id) as session:
        query = select(Destination).where(Destination.tenant_id == tenant_id)
        return session.scalars(query.where(Destination.kind == "chat_webhook")).one()


def test_a_broken_webhook_gets_a_new_address_and_keeps_its_rules(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("space.save", WALL)
    chat.submit("rule.save", {"name": ["On the wall"], "on": ["deal.won"], "to": ["Wins wall"]})
    with database.writing_all() as session:
        broken = session.scalars(select(Destination).where(Destination.name == "Wins wall")).one()
        broken.is_active, broken.paused_because = False, "401 the webhook was removed in the space"
    place = str(webhook_of(database, tenants[0]).id)
    shown = chat.click("space.show", place=place)
    assert shown.has("Paused: the webhook was removed in its space")
    form = chat.open(**shown.buttons()["New address"])
    refused = chat.submit(
        **form.buttons()["Save"], inputs={"url": ["https://evil.test/?chat.googleapis.com"]}
    )
    assert (refused.how, refused.values()["url"]) == ("dialog", ["https://evil.test/?chat.googleapis.com"])
    done = chat.submit(**refused.buttons()["Save"], inputs={"url": [NEW_URL]})
    assert done.has("Nobody knows yet whether this address works")
    assert done.has("On the wall")
    assert not done.has("secret")
    mended = webhook_of(database, tenants[0])
    assert (mended.is_active, mended.paused_because, mended.lane) == (True, None, "spaces/WALL2")
    where = associated_data(tenants[0], "destinations", "address", mended.uid)
    assert chat.deps.vault.open(mended.address, where) == NEW_URL
    assert chat.click(**done.buttons()["Send what was missed"]).title == "Nothing was sent again"
    assert ("ada@acme.test", "space.readdressed", "Wins wall") in audit_of(database, tenants[0])


def test_only_ones_own_webhook_gets_a_new_address(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.submit("space.save", WALL)
    before = webhook_of(database, tenants[0])
    chat.user, chat.space = BOB, BOLTS
    for do in ("space.address", "space.readdress", "space.try"):
        assert chat.submit(do, {"url": [NEW_URL]}, place=str(before.id)).title == "This is gone"
    assert webhook_of(database, tenants[0]).address == before.address


def test_a_space_has_no_address(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    with database.reading(tenants[0]) as session:
        place = session.scalars(select(Destination.id).where(Destination.tenant_id == tenants[0])).one()
    assert "New address" not in chat.click("space.show", place=str(place)).buttons()
    reply = chat.submit("space.readdress", {"url": [NEW_URL]}, place=str(place))
    assert reply.has("Only webhooks and e-mail addresses have an address of their own")


def test_a_new_webhook_is_said_to_be_untried(chat: Chat) -> None:
    assert chat.submit("space.save", WALL).has("Nobody knows yet whether this address works")


def _added(database: Database, tenant_id: int, kind: str) -> Destination:
    with database.reading(tenant_id) as session:
        query = select(Destination).where(Destination.tenant_id == tenant_id)
        return session.scalars(query.where(Destination.kind == kind)).one()


def test_a_mail_address_is_added_and_gets_another_one(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    mail = {"kind": ["email"], "name": ["Board"], "url": ["Board@example.com"]}
    assert chat.submit("space.save", mail).title == "Board"
    place = str(_added(database, tenants[0], "email").id)
    form = chat.open(**chat.click("space.show", place=place).buttons()["New address"])
    refused = chat.submit(**form.buttons()["Save"], inputs={"url": ["nobody"]})
    assert (refused.how, refused.has("An e-mail address looks like")) == ("dialog", True)

    chat.submit(**refused.buttons()["Save"], inputs={"url": ["chair@example.com"]})

    assert _added(database, tenants[0], "email").address == "chair@example.com"


def test_a_server_is_added_with_the_secret_that_the_form_offers(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    (secret,) = chat.open("space.add").values()["secret"]
    server = {"kind": ["server"], "name": ["ERP"], "url": ["https://erp.example/hook"]}
    assert chat.submit("space.save", server | {"secret": ["weak"]}).has("A signing secret is")
    assert chat.submit("space.save", server | {"secret": [secret]}).title == "ERP"

    made = _added(database, tenants[0], "webhook")
    form = chat.open(**chat.click("space.show", place=str(made.id)).buttons()["New address"])
    assert not form.has(secret)
    chat.submit(**form.buttons()["Save"], inputs={"url": ["https://b.example/"], "secret": [""]})

    webhook = outside.webhook_of(chat.deps.vault, _added(database, tenants[0], "webhook"))
    assert (webhook.url, webhook.secret) == ("https://b.example/", secret)


def test_a_fallback_is_chosen_in_the_dialog_and_shown_on_the_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    wall, deals = _with_wall(chat, database, tenants[0])

    opened = chat.open("space.fallback", place=str(deals))
    assert opened.has("Wins wall")
    reply = chat.submit("space.set_fallback", {"to": [str(wall)]}, place=str(deals))
    assert reply.has("They go to Wins wall")
    assert audit_of(database, tenants[0])[-1][1] == "space.edited"

    reply = chat.submit("space.set_fallback", {"to": [""]}, place=str(deals))
    assert not reply.has("They go to")


def test_a_fallback_that_leads_nowhere_is_refused_in_the_dialog(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    wall, deals = _with_wall(chat, database, tenants[0])
    refused = chat.submit("space.set_fallback", {"to": [str(deals)]}, place=str(deals))
    assert refused.has("cannot be its own fallback")
    assert chat.submit("space.set_fallback", {"to": ["987654"]}, place=str(deals)).has("removed meanwhile")
    with database.reading(tenants[1]) as session:
        foreign = session.scalars(select(Destination).where(Destination.tenant_id == tenants[1])).first()
    assert foreign is not None
    theirs = chat.submit("space.set_fallback", {"to": [str(foreign.id)]}, place=str(deals))
    assert theirs.has("removed meanwhile")
    assert chat.open("space.fallback", place="987654").title == "This is gone"
    with database.reading(tenants[0]) as session:
        assert session.get_one(Destination, (tenants[0], deals)).fallback_id is None
        assert session.get_one(Destination, (tenants[0], wall)).fallback_id is None


def _with_wall(chat: Chat, database: Database, tenant_id: int) -> tuple[int, int]:
    """Add a webhook called `Wins wall`; return its id, and that of the linked space."""
    chat.submit("space.save", WALL)
    with database.reading(tenant_id) as session:
        mine = select(Destination.kind, Destination.id).where(Destination.tenant_id == tenant_id)
        found = {row.kind: row.id for row in session.execute(mine)}
    return found["chat_webhook"], found["chat_space"]
