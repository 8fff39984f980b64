"""Makes a lead in the name of whoever asks, from the dialog or from words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.card_actions.pressed import ask_to_connect
from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context
from bot.leads.find import key_of
from bot.widgets import Button, Message, press
from models.card_actions.actions import PressOutcome
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.leads.actions import NewLead, Via, create_lead


def make(context: Context, new: NewLead) -> Reply:
    """Ask for a lead; a worker makes it. Raises InvalidRequest."""
    done = create_lead(context.session, context.actor, new, Via(key_of(context)))
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    return Say(_made_card(new))


def make_by_words(context: Context, words: Sequence[str]) -> Reply:
    """Read `<title> for <person or e-mail>`. Raises InvalidRequest where somebody is missing."""
    at = next((n for n in range(len(words) - 1, 0, -1) if meaning_of(words[n]) == "for"), 0)
    if not at or at == len(words) - 1:
        detail = tr("Say a title, “for”, and a person or an e-mail; or fill in the dialog.")
        button = Button(tr("New lead"), press("lead.new", dialog=True), primary=True)
        return Say(done_card(tr("New lead"), detail, buttons=[button]))
    who = " ".join(words[at + 1 :])
    new = NewLead(" ".join(words[:at]), who if "@" not in who else "", who if "@" in who else "")
    if not new.title:
        raise InvalidRequest(user_message=tr("A lead needs a title."))
    return make(context, new)


def _made_card(new: NewLead) -> Message:
    detail = tr("It is being made in Pipedrive, and comes here in a moment. You are told if it fails.")
    button = Button(tr("My leads"), press("lead.list", words="mine"))
    return done_card(tr("New lead: {title}", title=new.title), detail, buttons=[button])
