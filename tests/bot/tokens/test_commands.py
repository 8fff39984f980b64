"""Tokens from Chat: shown once to one person, listed, revoked; a repeat never shows the secret again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import bot.tokens.buttons
import bot.tokens.commands
import bot.tokens.show
from models.accounts.tokens import find_caller
from models.database.engine import Database
from models.errors import TokenInvalid
from models.tables import SeenInteraction
from tests.chat import ADA, CLEO, Chat, add_sales_rep, audit_of

SECRET = re.compile(r"pn_[A-Za-z0-9_-]{43}")
PARTS = (bot.tokens.buttons, bot.tokens.commands, bot.tokens.show)


def secret_in(text: str) -> str:
    found = SECRET.search(text)
    assert found is not None, text
    return found[0]


def stored(database: Database) -> str:
    with database.reading_all() as session:
        return repr(session.execute(select(SeenInteraction.reply)).all())


def test_a_new_token_is_shown_to_its_user_and_kept_nowhere(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    reply = chat.say("token new CRM sync 90d read:rules, write:rules")

    secret = secret_in(repr(reply))
    with database.reading_all() as session:
        caller = find_caller(session, secret)
    assert caller.actor.name == ADA["email"]
    assert sorted(caller.scopes) == ["read:rules", "write:rules"]
    assert secret not in stored(database)
    assert chat.say("token list").has("CRM sync")
    assert audit_of(database, tenants[0])[-1][1:] == ("token.made", ADA["email"])


@pytest.mark.parametrize("words", ["token new *", "token new read:rulez", "token new 400d"])
def test_what_no_token_can_be_is_refused(chat: Chat, words: str) -> None:
    assert not SECRET.search(repr(chat.say(words)))


def test_a_token_is_revoked_after_a_question(chat: Chat, database: Database) -> None:
    secret = secret_in(repr(chat.say("token new")))
    asked = chat.say("token revoke 1")
    assert asked.title == "Revoke this token?"

    assert chat.click("token.revoke", token="1").has("is revoked")

    with database.reading_all() as session, pytest.raises(TokenInvalid):
        find_caller(session, secret)
    assert chat.say("token list").has("No tokens")


def test_others_see_and_revoke_only_their_own(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("token new of Ada")
    add_sales_rep(database, tenants[0])
    chat.user = CLEO

    assert not chat.say("token list").has("of Ada")
    assert not chat.click("token.revoke", token="1").has("is revoked")
    chat.click("token.new")
    chat.user = ADA
    assert chat.say("token list").has(CLEO["email"])
