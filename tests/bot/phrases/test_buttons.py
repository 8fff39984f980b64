"""The button below a sentence opens the dialog with it, whatever its quotes."""

from __future__ import annotations

import pytest

from tests.chat import Chat


@pytest.mark.parametrize("phrase", ["", "nonsense", "a deal for “the old customer” is won"])
def test_the_dialog_opens_with_what_was_understood(chat: Chat, phrase: str) -> None:
    opened = chat.open("when.open", phrase=phrase)
    assert (opened.how, opened.title) == ("dialog", "New rule")
    assert ("the old customer" in str(opened.values())) is ("customer" in phrase)
