"""`rule bulk` leads to its dialog."""

from __future__ import annotations

from tests.chat import Chat


def test_the_command_opens_the_dialog_with_the_words(chat: Chat) -> None:
    asked = chat.say("rule bulk rule 7")
    form = chat.open(**asked.buttons()["Choose rules"])
    assert (form.has("Rule 7"), form.has("Rule 6")) == (True, False)
    more = {"isDialogEvent": True, "dialogEventType": "REQUEST_DIALOG"}
    assert chat.say("rule bulk", **more).how == "dialog"
