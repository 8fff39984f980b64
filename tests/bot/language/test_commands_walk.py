"""The same commands in German: understood from everybody, answered in the language of whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.context import COMMANDS, BotDeps
from bot.dispatch import dispatch
from models.tables import Rule, Tenant
from tests.bot.test_plain_words import shown_texts
from tests.chat import Chat

# What is typed in German, its title in German, and the English words for the same.
WALK = [
    ("", "Pipenotify", ""),
    ("hilfe", "Pipenotify-Hilfe", "help"),
    ("hilfe regeln", "Pipenotify-Hilfe", "help rules"),
    ("status", "Status", "status"),
    ("regeln", "Regeln", "rules"),
    ("liste alle regeln", "Regeln", "list all rules"),
    ("regel liste an", "Regeln", "rule list on"),
    ("regel neu", "Regel anlegen", "rule new"),
    ("neue regel", "Regel anlegen", "new rule"),
    ("regel zeigen Wins", "Wins of Acme", "rule show Wins"),
    ("regel aus Wins", "Wins of Acme", "rule off Wins"),
    ("regel an Wins", "Wins of Acme", "rule on Wins"),
    ("regel rückblick Wins 30d", "„Wins of Acme“: 0 Ereignisse in 30 Tagen", "rule backtest Wins 30d"),
    ("bereiche", "Wohin Regeln posten", "spaces"),
    ("bereich hier", "Dieser Gruppenbereich ist bereits verknüpft", "space here"),
    ("bereich zeigen hier", "Deals", "space show here"),
    ("stumm liste", "Stumm", "mute list"),
    ("laut", "Stumm", "unmute"),
    ("ruhe", "Ruhezeiten: dieser Gruppenbereich", "quiet"),
    (
        "ruhe setzen 19:00-08:00 mo-fr hier",
        "Ruhezeiten: dieser Gruppenbereich",
        "quiet set 19:00-08:00 mon-fri",
    ),
    ("ruhe dringend an", "Das passt nicht", "quiet urgent on"),
    ("ruhe aus", "Ruhezeiten: dieser Gruppenbereich", "quiet off"),
    ("sammelkarte täglich um 9:00", "Sammelkarte: dieser Gruppenbereich", "digest daily at 9:00"),
    ("sammelkarte wöchentlich mo 9:00", "Sammelkarte: dieser Gruppenbereich", "digest weekly mon 9:00"),
    ("sammelkarte aus", "Sammelkarte: dieser Gruppenbereich", "digest off"),
    ("protokoll fehlgeschlagen", "Was fehlschlug", "log failed"),
    ("team liste", "Personen", "team list"),
    ("vorlagen", "Vorlagen", "templates"),
    ("stockende", "Kein Deal stockt", "stalled"),
    ("sprache", "Sprache", "language"),
    ("info", "Pipenotify", "about"),
    ("unsinn", "„unsinn“ kenne ich nicht", "nonsense"),
    ("regel zeigen Nichts", "Das habe ich nicht gefunden", "rule show Nothing"),
    ("deal zeigen", "Das passt nicht", "deal show"),
]


@pytest.mark.parametrize(("typed", "title", "english"), WALK)
def test_a_german_walks_through_the_commands(chat: Chat, typed: str, title: str, english: str) -> None:
    chat.locale = "de-DE"
    german = chat.say(typed)

    assert german.title == title
    assert chat.say(english).title == title.replace("unsinn", "nonsense")


@pytest.mark.parametrize(
    "typed",
    [
        "stumm 30m",
        "stumm 1 std",
        "stumm bis 15:00",
        "stumm heute",
        "stumm für 2 stunden hier",
        "stumm morgen mich",
    ],
)
def test_durations_are_read_in_german(chat: Chat, typed: str) -> None:
    chat.locale = "de"
    assert chat.say(typed).title.startswith("Stumm bis ")


def test_german_words_are_understood_from_everybody_and_answered_in_english(chat: Chat) -> None:
    assert chat.say("regel liste").title == "Rules"
    assert chat.say("stumm 1h").title.startswith("Muted until ")
    assert chat.say("laut").has("Unmuted: this space")


def test_help_shows_the_words_of_the_language(chat: Chat) -> None:
    chat.locale = "de"
    reply = chat.say("hilfe")

    assert reply.has("/pipenotify regel liste [an|aus] [hier] [Wörter]")
    assert reply.has("/pipenotify stumm &lt;30m, 1h, bis 15:00, heute oder morgen&gt;")
    assert not any(reply.has(entry.summary) for entry in COMMANDS)


def test_a_rule_named_like_a_word_is_found(chat: Chat, deps: BotDeps, tenants: tuple[int, int]) -> None:
    with deps.database.writing(tenants[0]) as session:
        session.execute(update(Rule).where(Rule.tenant_id == tenants[0]).values(name="Heute"))
    chat.locale = "de"
    assert chat.say("regel zeigen Heute").title == "Heute"
    assert chat.say("regel heute").has("Heute")


def test_errors_and_dialogs_are_german_too(chat: Chat) -> None:
    chat.locale = "de"
    dialog = chat.open("rule.new")
    assert dialog.title == "Neue Regel"
    assert "Speichern" in dialog.buttons()
    assert "Deal: gewonnen" in list(shown_texts(dialog.card))
    assert chat.say("stumm 90d").has("Länger als einen Monat geht nicht.")
    assert chat.click("no.such").title == "Dieser Knopf ist im Ruhestand"


def test_what_all_see_has_the_language_of_the_team(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int]
) -> None:
    with deps.database.writing_all() as session:
        session.get_one(Tenant, tenants[0]).language = "de"
    added = chat.send("ADDED_TO_SPACE", "addedToSpacePayload")
    assert added.title == "Willkommen bei Pipenotify"
    assert chat.say("help").title == "Pipenotify help"


def test_what_is_spoken_ends_with_the_answer(chat: Chat) -> None:
    chat.locale = "de"
    chat.say("hilfe")
    chat.locale = "en"
    assert chat.say("help").title == "Pipenotify help"
    assert callable(dispatch)
