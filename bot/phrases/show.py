"""Shows what was understood of a sentence, and the dialog that it fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.cards.done import done_card
from bot.command_line import join_words
from bot.context import Context
from bot.phrases.cursor import Phrase, PhraseVocabulary
from bot.phrases.reader import read_phrase
from bot.rules.condition_words import condition_words
from bot.rules.dialog.choices import destination_choices
from bot.rules.dialog.draw import draw_rule_dialog
from bot.rules.dialog.form import RuleForm, form_of
from bot.rules.dialog.vocabulary import vocabulary_of
from bot.text.event_types import event_types_text
from bot.text.format import listed
from bot.widgets import Button, Card, Message, press
from models.destinations.recipients import (
    FOLLOWERS,
    FORMER_OWNER,
    MANAGERS,
    OWNER,
    OWNERS_MANAGER,
    OWNERS_TEAM,
)
from models.languages.translate import marked, tr
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Names
from models.rules.drafts import RuleDraft

EXAMPLES: Final = (
    marked("when a deal over 10k is won post it here"),
    marked("when a deal is lost in Enterprise tell me"),
    marked("when a lead is created post it here"),
)
RECIPIENT_WORDS: Final = {
    "owner": OWNER,
    "the owner": OWNER,
    "former owner": FORMER_OWNER,
    "followers": FOLLOWERS,
    "owner's manager": OWNERS_MANAGER,
    "owner's team": OWNERS_TEAM,
    "managers": MANAGERS,
}
MOST_LETTERS: Final = 1000  # of a sentence, so that it fits in a button


def phrase_card(context: Context, words: Sequence[str]) -> Message:
    """Return what was understood, what was not, and the button that opens the dialog."""
    if not words:
        return _examples_card(tr("Write what shall become a card"))
    vocabulary = read_vocabulary(context)
    phrase = read_phrase(words, vocabulary)
    if not phrase.on:
        return _examples_card(tr("I did not understand what happens"), phrase.questions)
    titles = dict(destination_choices(context))
    facts = [
        (tr("When"), event_types_text(phrase.on)),
        (tr("Only if"), _when_text(phrase, vocabulary.names)),
        (tr("Post to"), listed([titles.get(each, each) for each in phrase.to]) or tr("choose in the dialog")),
        (tr("Urgent"), tr("yes") if phrase.urgent else ""),
        *((tr("Please check"), question) for question in phrase.questions),
    ]
    typed = join_words(words)[:MOST_LETTERS]
    opening = Button(tr("Open the rule"), press("when.open", dialog=True, phrase=typed), primary=True)
    title = tr("I did not understand all of it") if phrase.questions else tr("I understood this")
    detail = tr("Nothing is saved yet. Look at it in the dialog, and save it there.")
    return done_card(title, detail, facts=[each for each in facts if each[1]], buttons=[opening])


def phrase_dialog(context: Context, words: Sequence[str]) -> Card:
    """Return the dialog of a rule with what was understood; what was not stands above it."""
    vocabulary = read_vocabulary(context)
    phrase = read_phrase(words, vocabulary)
    return draw_rule_dialog(context, _form_of(phrase, context), problems=phrase.questions)


def _form_of(phrase: Phrase, context: Context) -> RuleForm:
    allowed = dict(destination_choices(context))
    to = [each for each in phrase.to if each in allowed]
    draft = RuleDraft("", phrase.on or ["deal.won"], phrase.when, to, "compact", urgent=phrase.urgent)
    return replace(form_of(draft), kept=None)


def read_vocabulary(context: Context) -> PhraseVocabulary:
    """Return the names that a phrase of this person in this space may use."""
    places, words = destination_choices(context), vocabulary_of(context)
    here, email = context.interaction.space.name, context.interaction.user.email
    known = dict(places)
    return PhraseVocabulary(
        names=words.names,
        spaces={title: name for name, title in places} | _recipients(known),
        here=here if here in known else "",
        me=email if email in known else "",
        my_name=words.me,
        locale=words.locale,
    )


def _recipients(allowed: Mapping[str, str]) -> dict[str, str]:
    """Return the words for people whom the record names, as far as the person may write to them."""
    return {word: name for word, name in RECIPIENT_WORDS.items() if name in allowed}


def _when_text(phrase: Phrase, names: Names | None = None) -> str:
    try:
        return condition_words(phrase.when, phrase.on, names or Names()) or tr("always")
    except InvalidFilter as unfit:
        return tr("this does not fit: {why}", why=unfit.problems[0][1])


def _examples_card(title: str, questions: Sequence[str] = ()) -> Message:
    detail = " ".join([*questions, tr("Write it like one of these:")])
    facts = [("", f"/pipenotify {tr(each)}") for each in EXAMPLES]
    buttons = [Button(tr("New rule"), press("rule.new", dialog=True), primary=True)]
    return done_card(title, detail, facts=facts, buttons=buttons)
