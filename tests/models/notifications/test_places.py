"""A space or a webhook takes a person's notifications once they chose it, and says what others may know."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.notifications.places import choose_place, forget_place, own_places, place_id
from models.notifications.preferences import set_own
from models.notifications.types import NotificationChannel, NotificationMode
from models.tables import Delivery, Destination, Space, User
from tests.conftest import TwoTenants
from tests.models.notifications.conftest import WON, Send, actor_of, messages
from tests.models.rows import add

SPACE, WEBHOOK = NotificationChannel.SPACE, NotificationChannel.WEBHOOK
WINS, THEIRS = "spaces/WINS", "spaces/THEIRS"


@pytest.fixture
def boss(database: Database, tenants: TwoTenants) -> Actor:
    for tenant_id, name in ((tenants.ours, WINS), (tenants.theirs, THEIRS)):
        mine = {"tenant_id": tenant_id, "name": name}
        linked = Space(**mine, title="Wins")
        add(database, linked)
        add(database, Destination(**mine, kind="chat_space", address=name, lane=name, space_id=linked.id))
    ours = {"tenant_id": tenants.ours, "address": "x"}
    add(
        database,
        Destination(**ours, kind="webhook", name="ERP", lane="webhook-1"),
        Destination(**ours, kind="email", name="Board", lane="email-1"),
    )
    return actor_of(database, tenants.ours, "boss", "manager")


def choose(database: Database, who: Actor, name: str) -> NotificationChannel:
    with database.writing(who.tenant) as session:
        channel = choose_place(session, who, name)
        set_own(session, who, {(WON, channel): NotificationMode.NOW})
        return channel


def sent_to(database: Database, who: Actor) -> list[str]:
    with database.reading(who.tenant) as session:
        return [each.destination_name for each in session.query(Delivery).order_by(Delivery.id)]


def test_it_goes_to_what_was_chosen_and_says_for_whom(database: Database, boss: Actor, send: Send) -> None:
    assert [choose(database, boss, name) for name in (WINS, "ERP")] == [SPACE, WEBHOOK]
    done = send(boss, for_all=True, body="12,000 EUR")

    assert done.channels[SPACE]
    assert done.channels[WEBHOOK]
    assert sent_to(database, boss) == [WINS, "ERP"]
    for each in messages(database, boss.tenant):
        assert each["title"] == "Lamps were won"
        assert each["words"] == f"12,000 EUR\nFor {boss.name}"


def test_what_others_may_not_know_is_not_said_there(database: Database, boss: Actor, send: Send) -> None:
    choose(database, boss, WINS)
    send(boss, body="Project Falcon", url="https://example.com/deal/1")

    (told,) = messages(database, boss.tenant)
    assert told["title"] == f"A notification for {boss.name}"
    assert not {"Lamps", "Falcon", "example.com"} & set(str(told).replace("/", " ").split())


def test_nothing_goes_there_unless_both_are_chosen(database: Database, boss: Actor, send: Send) -> None:
    with database.writing(boss.tenant) as session:
        set_own(session, boss, {(WON, SPACE): NotificationMode.NOW})
    assert "chosen no destination" in send(boss).errors[SPACE]
    with database.writing(boss.tenant) as session:
        choose_place(session, boss, "ERP")
    send(boss)
    assert sent_to(database, boss) == []


def test_a_place_is_taken_back_and_one_that_is_off_takes_nothing(
    database: Database, boss: Actor, send: Send
) -> None:
    choose(database, boss, WINS)
    with database.writing(boss.tenant) as session:
        found = session.query(Destination).filter_by(name=WINS).one()
        found.is_active = False
    with database.reading(boss.tenant) as session:
        user = session.query(User).filter_by(email=boss.name).one()
        assert place_id(session, user, SPACE) is None
    assert not send(boss).channels[SPACE]
    with database.writing(boss.tenant) as session:
        forget_place(session, boss, SPACE)
        assert own_places(session, boss) == {}


def test_only_a_destination_that_ones_rules_may_post_to_is_chosen(
    database: Database, tenants: TwoTenants, boss: Actor
) -> None:
    rep = actor_of(database, tenants.ours, "rep", "sales_rep")
    for who, name, error in (
        (boss, "Board", InvalidRequest),
        (boss, THEIRS, NotFound),
        (boss, "nowhere", NotFound),
        (rep, "ERP", NotAllowed),
        (rep, WINS, NotAllowed),
    ):
        with database.writing(who.tenant) as session, pytest.raises(error):
            choose_place(session, who, name)
