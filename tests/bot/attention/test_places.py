"""Places, their clocks, and what cards call them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.attention.cards import MuteFacts, muted_card, mutes_card
from bot.attention.places import HERE, ME, TEAM, person_zone, place_word
from bot.attention.show import draw_mutes
from bot.chat.interaction import ChatSpace, Dialect, Interaction, InteractionKind
from bot.context import BotDeps, Context, actor_of
from bot.text.format import day_and_time
from bot.text.wording import capital
from models.accounts.rights import Action
from tests.chat import ADA, DEALS

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["Here"], HERE),
        (["me"], ME),
        (["ALL"], TEAM),
        (["team"], TEAM),
        (["rule", "x"], ""),
        ([], ""),
        (["x"], ""),
    ],
)
def test_one_word_names_a_place(words: list[str], word: str) -> None:
    assert place_word(words) == word


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2026, 11, 27, 14, 5, tzinfo=UTC), "3:05 PM"),
        (datetime(2026, 11, 27, 23, 30, tzinfo=UTC), "Sat, Nov 28, 12:30 AM"),
        (datetime(2026, 11, 30, 7, tzinfo=UTC), "Mon, Nov 30, 8:00 AM"),
    ],
)
def test_a_time_of_another_day_names_the_day(when: datetime, text: str) -> None:
    assert day_and_time(when, NOON, "Europe/Prague").replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("zone", "known"), [("", "UTC"), ("Mars/Olympus", "UTC"), ("Asia/Tokyo", "Asia/Tokyo")]
)
def test_a_person_without_a_known_zone_has_the_teams_clock(
    deps: BotDeps, tenants: tuple[int, int], zone: str, known: str
) -> None:
    space = ChatSpace(DEALS["name"])
    interaction = Interaction(InteractionKind.COMMAND, Dialect.CLASSIC, space=space, timezone=zone)
    with deps.database.reading_all() as session:
        actor = actor_of(session, interaction)
    with deps.database.reading(tenants[0]) as session:
        context = Context(interaction, actor, session, tenants[0], deps, Action.ATTENTION_SELF)
        assert person_zone(context) == known
        assert draw_mutes(context).fallback_text == "Muted: none"


def test_cards_name_what_is_muted_and_who_did_it() -> None:
    mute = MuteFacts(3, "this space", "3:05 PM", ADA["email"], may_end=True)
    assert muted_card(mute).fallback_text == "Muted until 3:05 PM: this space"
    drawn = str(mutes_card([mute], "Done").as_chat("https://x.example.com/chat/events"))
    assert all(
        text in drawn for text in ("This space", "until 3:05 PM", f"by {ADA['email']}", "Done", "Unmute")
    )
    assert capital("iPhone") == "IPhone"
    assert capital("") == ""
