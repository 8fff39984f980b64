"""What forms and buttons of `rule bulk` send, and the texts of what was done."""

from __future__ import annotations

import pytest

from bot.bulk.show import change_of, changed_card, read_ids, undone_card
from models.rules.bulk import MOST, Changed, RuleChange


@pytest.mark.parametrize(
    ("texts", "ids"),
    [([], []), (["1", "2,3"], [1, 2, 3]), (["x", "", "-1", "9" * 30, "7"], [7]), (["1,"] * 500, [1] * MOST)],
)
def test_ids_are_read_from_ticks_and_from_buttons(texts: list[str], ids: list[int]) -> None:
    assert read_ids(texts) == ids


@pytest.mark.parametrize(
    ("text", "change"), [("delete", RuleChange.DELETE), ("on", RuleChange.ON), ("", RuleChange.OFF)]
)
def test_what_is_unknown_deletes_nothing(text: str, change: RuleChange) -> None:
    assert change_of(text) is change


def test_the_card_names_what_was_done_and_what_was_refused() -> None:
    done = Changed(["One", "Two"], [("Three", "It posts nowhere yet.")], [1, 2])
    drawn = str(changed_card(done, RuleChange.ON).as_chat("https://x.test/chat/events"))
    for text in ("2 rules switched on", "One and Two", "Not changed: Three", "It posts nowhere yet.", "Undo"):
        assert text in drawn
    assert "Undo" not in str(changed_card(Changed(), RuleChange.ON).as_chat("https://x.test/chat/events"))
    assert "1 rule is as before" in str(undone_card(Changed(["One"])).as_chat("https://x.test/chat/events"))
