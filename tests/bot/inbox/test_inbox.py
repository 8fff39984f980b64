"""The inbox and the preferences in Chat: read, acted on, filtered, and chosen in dialogs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.inbox import buttons, commands, dialogs, prefs, show
from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.destinations.configured import MISSING
from models.notifications.send import NewNotification, send_notification
from models.notifications.types import NotificationType
from models.tables import Notification, NotificationDefault, NotificationPlace, NotificationPreference
from models.tables.destinations import EMAIL
from tests.chat import ADA, BOB, BOLTS, CLEO, Chat, add_sales_rep

Tenants = tuple[int, int]


def send(database: Database, tenant_id: int, title: str, to: str = ADA["email"], **what: Any) -> int:
    new = NewNotification(to, what.pop("type", NotificationType.DEAL_WON), title, **what)
    with database.writing(tenant_id) as session:
        return send_notification(session, system(tenant_id, "test"), new, now()).id or 0


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading_all() as session:
        return list(session.scalars(select(table)))


def test_the_inbox_shows_what_was_sent_and_acts_on_it(
    chat: Chat, database: Database, tenants: Tenants
) -> None:
    send(
        database, tenants[0], "Lamps <b>were</b> won", body="By Ben", url="https://acme.pipedrive.com/deal/1"
    )
    assert chat.say().has("1 unread")

    shown = chat.say("inbox")
    assert shown.viewer == ADA["name"]
    assert shown.has("Lamps &lt;b&gt;were")
    assert shown.has("https://acme.pipedrive.com/deal/1")

    read = chat.click(**shown.buttons()["Mark read"])
    assert read.has("0 unread")
    assert not chat.say("inbox unread").has("Lamps")
    assert not chat.say().has("1 unread")
    assert chat.say("inbox clear").has("1 deleted")
    assert chat.say("inbox").has("Nothing was sent to you yet")


def test_an_empty_and_a_full_inbox_have_pages(chat: Chat, database: Database, tenants: Tenants) -> None:
    for number in range(8):
        send(database, tenants[0], f"Thing {number}!")

    first = chat.say("notifications")
    second = chat.click(**first.buttons()["Next"])

    assert first.has("Thing 7!")
    assert not first.has("Thing 1!")
    assert second.has("Thing 1!")
    assert chat.click(**second.buttons()["Previous"]).has("Thing 7!")
    assert chat.click("inbox.read_all").has("8 marked as read")


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("inbox task_due", "Task"),
        ("inbox type:deal_won", "Deal"),
        ("inbox tag:hot", "Task"),
        ("inbox unread", "Task"),
    ],
)
def test_the_inbox_is_filtered_by_words(
    chat: Chat, database: Database, tenants: Tenants, words: str, fits: str
) -> None:
    send(database, tenants[0], "Deal")
    send(database, tenants[0], "Task", type=NotificationType.TASK_DUE, tags=("hot",))
    if words.endswith("unread"):
        chat.say(f"inbox read {rows(database, Notification)[0].id}")

    found = chat.say(words)

    assert [found.has("'Deal'"), found.has("'Task'")] == [fits == "Deal", fits == "Task"]
    assert chat.say("inbox nonsense").has("I do not know")


def test_why_says_who_decided_for_each_channel(chat: Chat, database: Database, tenants: Tenants) -> None:
    number = send(database, tenants[0], "Lamps", type=NotificationType.TASK_DUE, source="ada's program")

    why = chat.say(f"inbox why {number}")

    assert why.has("It came here at once.")
    assert why.has("This is off until you choose it.")
    assert why.has("ada's program") or why.has("ada&#x27;s program") or why.has("ada&#39;s program")


def test_nobody_acts_on_what_others_have(chat: Chat, database: Database, tenants: Tenants) -> None:
    add_sales_rep(database, tenants[0])
    number = str(send(database, tenants[0], "Secret"))

    for other in (Chat(chat.deps, chat.dialect, CLEO), Chat(chat.deps, chat.dialect, BOB, BOLTS)):
        assert not other.say("inbox").has("Secret")
        for do in ("inbox.read", "inbox.delete", "inbox.why"):
            assert not other.click(do, notification=number).has("Secret")
    assert [each.read_at for each in rows(database, Notification)] == [None]


def test_preferences_are_chosen_in_a_dialog(chat: Chat, database: Database, tenants: Tenants) -> None:
    form = chat.open(**chat.say("prefs").buttons()["Change"])
    assert form.values()["DEAL_WON.chat"] == ["usual"]

    saved = chat.submit(
        "prefs.save", form.values() | {"DEAL_WON.chat": ["digest"], "DEAL_WON.in_app": ["off"]}
    )

    assert saved.has("Direct message in a summary")
    chosen = {(each.type, each.channel): each.mode for each in rows(database, NotificationPreference)}
    assert chosen == {("DEAL_WON", "chat"): "digest", ("DEAL_WON", "in_app"): "off"}
    again = chat.open("prefs.open").values()
    assert again["DEAL_WON.chat"] == ["digest"]
    chat.submit("prefs.save", again | {"DEAL_WON.chat": ["usual"]})
    assert [each.channel for each in rows(database, NotificationPreference)] == ["in_app"]
    assert tenants


def test_an_admin_sets_defaults_and_locks_for_the_team(
    chat: Chat, database: Database, tenants: Tenants
) -> None:
    add_sales_rep(database, tenants[0])
    cleo = Chat(chat.deps, chat.dialect, CLEO)
    form = chat.open("prefs.team")
    chat.submit(
        "prefs.save_team", form.values() | {"DEAL_WON.chat": ["now+locked"], "DEAL_LOST.chat": ["now"]}
    )

    assert len(rows(database, NotificationDefault)) == 2
    assert cleo.say("prefs").has("locked by an admin")
    own = cleo.open("prefs.open")
    assert "DEAL_WON.chat" not in own.values()
    assert own.values()["DEAL_LOST.chat"] == ["usual"]
    cleo.submit("prefs.save", own.values() | {"DEAL_WON.chat": ["off"]})
    assert rows(database, NotificationPreference) == []
    assert "For the team" not in cleo.say("prefs").buttons()
    assert cleo.open("prefs.team").title == "You may not do this"


def test_the_quick_command_opens_the_inbox(chat: Chat, database: Database, tenants: Tenants) -> None:
    send(database, tenants[0], "Lamps")

    assert chat.quick(5).has("Lamps")
    for module in (buttons, commands, dialogs, prefs, show):
        assert module.__doc__


def test_a_place_is_chosen_and_left_again(chat: Chat, database: Database) -> None:
    assert "DEAL_WON.space" not in chat.open("prefs.open").values()
    done = chat.say("prefs place here")
    assert done.has("Space is where you chose.")
    form = chat.open("prefs.open")
    assert form.values()["DEAL_WON.space"] == ["usual"]
    assert chat.submit("prefs.save", {"DEAL_WON.space": ["now"]}).has("Space")
    assert {each.channel for each in rows(database, NotificationPlace)} == {"space"}
    assert chat.say("prefs place nowhere").has("They go nowhere else now.")
    assert rows(database, NotificationPlace) == []
    assert chat.say("prefs place nothing like it").has("There is no destination")


@pytest.mark.parametrize(
    ("locale", "away", "kept"), [("en", "unavailable", "kept"), ("de", "verfügbar", "bleibt")]
)
def test_mail_is_not_offered_where_none_can_be_sent_and_what_was_chosen_stays(
    chat: Chat, database: Database, tenants: Tenants, locale: str, away: str, kept: str
) -> None:
    chat.submit("prefs.save", {"DEAL_WON.email": ["now"]})
    chat.submit("prefs.save_team", {"DEAL_LOST.email": ["now"]})
    assert "DEAL_WON.email" in chat.open("prefs.open").values()
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}
    chat.locale = locale

    for form in (chat.open("prefs.open"), chat.open("prefs.team")):
        assert [name for name in form.values() if name.endswith(".email")] == []
        assert form.has("MAIL_FROM")
        assert form.has(kept)
    assert chat.say("prefs").has(f"{away})")

    chat.submit("prefs.save", {"DEAL_WON.chat": ["digest"]})
    assert sorted((row.type, row.channel, row.mode) for row in rows(database, NotificationPreference)) == [
        ("DEAL_WON", "chat", "digest"),
        ("DEAL_WON", "email", "now"),
    ]


def test_a_notification_whose_mail_could_not_be_sent_says_why(
    chat: Chat, database: Database, tenants: Tenants
) -> None:
    chat.submit("prefs.save", {"DEAL_WON.email": ["now"]})
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}
    send(database, tenants[0], "Lamps were won")
    chat.locale = "de"
    opened = chat.click("inbox.why", notification=str(rows(database, Notification)[0].id))
    assert opened.has("E-Mail ist hier nicht eingerichtet: MAIL_FROM fehlt.")
