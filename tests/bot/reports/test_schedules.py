"""Reports that come by themselves are scheduled, listed and stopped by words and by buttons."""

from __future__ import annotations

import pytest

from tests.chat import BOB, BOLTS, Chat


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("report weekly mon 09:00 here", "Weekly, Mon at 9:00"),
        ("report daily 08:30 by day", "Daily at 8:30"),
        ("report monthly", "On the first of each month at 9:00"),
        ("bericht wöchentlich mo 09:00 nach person hier", "By person"),
    ],
)
def test_a_report_is_scheduled_for_this_space(chat: Chat, words: str, said: str) -> None:
    reply = chat.say(words)

    assert reply.has("The report is scheduled")
    assert reply.has(said)
    assert chat.say("report list").has(said)
    assert not Chat(chat.deps, chat.dialect, BOB, BOLTS).say("report list").has(said)


@pytest.mark.parametrize("words", ["report weekly someday", "report daily by weather"])
def test_other_words_are_refused_with_what_to_say(chat: Chat, words: str) -> None:
    assert chat.say(words).has("ay")
    assert chat.say("report list").has("None.")


def test_reports_are_stopped_by_words(chat: Chat) -> None:
    chat.say("report weekly")
    assert chat.say("report stop here").has("1 report stopped")
    assert chat.say("report stop here").has("No report came to this space")
