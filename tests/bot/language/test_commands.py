"""A person's language: as Chat says, unless they choose; the cards of the team have their own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.context import BotDeps
from models.tables import Tenant, User
from tests.chat import ADA, CLEO, Chat, add_sales_rep, audit_of


def stored(deps: BotDeps, tenant_id: int) -> tuple[str, str, str]:
    """The language of Acme, that of Ada, and what Chat said of her."""
    with deps.database.reading(tenant_id) as session:
        row = session.execute(
            select(Tenant.language, User.language, User.chat_locale)
            .join(User, User.tenant_id == Tenant.id)
            .where(User.email == ADA["email"])
        ).one()
        return row[0], row[1], row[2]


def test_the_locale_of_chat_decides(chat: Chat, deps: BotDeps, tenants: tuple[int, int]) -> None:
    chat.locale = "de-DE"
    reply = chat.say("language")

    assert reply.title == "Sprache"
    assert reply.has("Deutsch (Deutschland), wie in deinem Google Chat")
    assert reply.has("English")
    assert stored(deps, tenants[0]) == ("en", "", "de_DE")


@pytest.mark.parametrize("locale", ["en", "cs", "fr-FR", ""])
def test_any_other_locale_is_answered_in_english(chat: Chat, locale: str) -> None:
    chat.locale = locale
    assert chat.say("language").title == "Language"


@pytest.mark.parametrize("name", ["de", "German", "Deutsch", "deutsch"])
def test_a_choice_overrides_chat_and_is_answered_in_it(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int], name: str
) -> None:
    assert chat.say(f"language {name}").title == "Sprache"
    assert stored(deps, tenants[0])[:2] == ("en", "de")
    assert chat.say("help").title == "Pipenotify-Hilfe"
    assert audit_of(deps.database, tenants[0])[-1][1] == "user.language"

    assert chat.say("sprache auto").title == "Language"
    assert stored(deps, tenants[0])[:2] == ("en", "")


def test_the_language_of_the_team_leaves_that_of_people(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int]
) -> None:
    reply = chat.say("language de team")

    assert reply.title == "Language"
    assert reply.has("Deutsch")
    assert stored(deps, tenants[0])[0] == "de"
    assert audit_of(deps.database, tenants[0])[-1][1] == "tenant.language"


def test_the_team_speaks_where_chat_says_nothing_or_an_unknown_language(chat: Chat) -> None:
    chat.say("language de team")
    chat.locale = "cs"
    assert chat.say("language").title == "Sprache"


def test_only_who_may_changes_the_language_of_the_team(
    chat: Chat, deps: BotDeps, tenants: tuple[int, int]
) -> None:
    add_sales_rep(deps.database, tenants[0])
    cleo = Chat(deps, chat.dialect, user=CLEO, locale="de")

    assert cleo.say("sprache de team").title == "Das darfst du nicht"
    assert stored(deps, tenants[0])[0] == "en"
    assert cleo.say("sprache en").title == "Language"


def test_an_unknown_language_is_refused_with_those_that_there_are(chat: Chat) -> None:
    reply = chat.say("language klingon")
    assert reply.title == "That does not fit"
    assert reply.has("I do not speak “klingon”. I speak: en, de.")


def test_the_buttons_choose(chat: Chat) -> None:
    buttons = chat.say("language").buttons()
    assert buttons["Deutsch"] == {"do": "phrase.do", "phrase": "language de team"}
    assert buttons["As in Google Chat"] == {"do": "phrase.do", "phrase": "language auto"}
