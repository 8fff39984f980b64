"""Help: the registered commands by topic, and suggestions for a command that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.chat.reply import Reply, Say
from bot.command_line import nearest_commands, singular_noun
from bot.context import COMMANDS, Context, Handler
from bot.home.cards import Topic, Usage, help_card
from bot.registry import Entry
from bot.widgets import Button, Buttons, Card, Message, Section, Text, Widget, press
from models.accounts.features import features_of
from models.accounts.rights import Action
from models.languages.translate import marked, tr
from models.languages.words import meaning_of, shown_command

USUAL: Final = ("rule list", "space list", "status")
TITLES: Final = {
    "rule": marked("Rules"),
    "template": marked("Templates"),
    "space": marked("Spaces and other destinations"),
    "mute": marked("Turning noise down"),
    "reminder": marked("Reminders and days off"),
    "inbox": marked("Your inbox"),
    "team": marked("People"),
    "deal": marked("Deals"),
    "lead": marked("Leads"),
    "score": marked("Scores of leads"),
    "routing": marked("Routing of leads"),
    "stalled": marked("Stalled deals"),
    "nudge": marked("What deals lack"),
    "report": marked("Reports"),
    "": marked("Pipenotify itself"),
}
FIRST: Final = ("list", "new", "show", "edit", "on", "off", "test")
SAME_TOPIC: Final = {
    "when": "rule",
    "unmute": "mute",
    "quiet": "mute",
    "digest": "mute",
    "remind": "reminder",
    "holiday": "reminder",
    "available": "routing",
    "prefs": "inbox",
}


def for_teams() -> list[Entry[Handler]]:
    """Return the commands that a team may have; those of operators are none of its business."""
    return [entry for entry in COMMANDS if entry.right is not Action.OPERATE]


def list_topics(commands: Iterable[Entry[Handler]], only: str = "") -> list[Topic]:
    """Return commands by noun. With `only`, those of one noun, or those without a noun."""
    grouped: dict[str, list[Usage]] = {}
    verbs: dict[str, list[str]] = {}
    for entry in sorted(commands, key=_rank):
        noun = entry.name.partition(" ")[0]
        name = "" if noun == "home" else shown_command(entry.name)
        text = " ".join(filter(None, ("/pipenotify", name, tr(entry.usage))))
        topic = _topic_of(noun)
        grouped.setdefault(topic, []).append(Usage(text, tr(entry.summary)))
        verbs.setdefault(topic, []).append(shown_command(entry.name.removeprefix(f"{topic} ")))
    chosen = _topic_of(singular_noun(meaning_of(only))) if only else None
    return [
        Topic(tr(title), grouped[noun], ", ".join(verbs[noun]))
        for noun, title in TITLES.items()
        if noun in grouped and chosen in (None, noun)
    ]


def _topic_of(noun: str) -> str:
    topic = SAME_TOPIC.get(noun, noun)
    return topic if topic in TITLES else ""


def _rank(entry: Entry[Handler]) -> int:
    """Sort the usual verbs first, in the order in which people need them."""
    verb = entry.name.partition(" ")[2]
    return FIRST.index(verb) if verb in FIRST else len(FIRST)


def usable_commands(context: Context) -> list[Entry[Handler]]:
    """Return the commands that the actor may use, and that their team's plan has."""
    features = features_of(context.session, context.tenant_id)
    return [
        entry
        for entry in COMMANDS
        if context.actor.may(entry.right) and (entry.feature is None or features[entry.feature])
    ]


def help_reply(context: Context, only: str = "") -> Reply:
    """Answer with all commands, or those of one topic; for an unknown topic with what comes near."""
    words, usable = tuple(only.split()), usable_commands(context)
    nouns = {entry.name.partition(" ")[0] for entry in usable}
    if words and singular_noun(meaning_of(words[0])) not in nouns:
        return _answer_unknown(context, tr("There is no help on “{typed}”", typed=only[:60]), words)
    return Say(help_card(list_topics(usable, words[0] if words else "")))


def unknown_command(context: Context) -> Reply:
    """Answer an unknown command in one line, with the commands that come nearest as buttons."""
    typed = " ".join(context.args)[:60]
    return _answer_unknown(context, tr("I do not know “{typed}”", typed=typed), context.args)


def unknown_quick_command(context: Context) -> Reply:
    """Answer a command that was registered with Google but does nothing in this version."""
    return _answer_unknown(context, tr("Pipenotify help"), (), tr("This command does nothing yet."))


def explain_command(context: Context, entry: Entry[Handler]) -> Reply:
    """Say how a command is written, for one that changes something and so is not done by a button of ours."""
    noun = entry.name.partition(" ")[0]
    what = tr("Write /pipenotify {command}", command=f"{shown_command(entry.name)} {tr(entry.usage)}".strip())
    lists = [
        Button(shown_command(each.name), press("phrase.say", phrase=each.name))
        for each in usable_commands(context)
        if each.name == f"{noun} list"
    ]
    buttons = [*lists, Button(tr("All commands"), press("help.show"))]
    card = Card(
        shown_command(entry.name).capitalize(),
        tr(entry.summary),
        [Section([Text(what), Buttons(*buttons)])],
        card_id="how",
    )
    return Say(Message(card, fallback_text=what))


def _answer_unknown(context: Context, what: str, words: tuple[str, ...], why: str = "") -> Reply:
    usable = [entry.name for entry in usable_commands(context)]
    close = nearest_commands(words, usable)
    shown = close or [name for name in USUAL if name in usable]
    buttons = [Button(shown_command(name), press("phrase.say", phrase=name)) for name in shown]
    rows: list[Widget] = [
        Text(tr("Did you mean one of these?") if close else f"{why} {tr('These may help:')}".strip()),
        Buttons(*buttons, Button(tr("All commands"), press("help.show"))),
    ]
    card = Card(what, "", [Section(rows)], card_id="unknown")
    meant = tr("Did you mean {names}?", names=", ".join(map(shown_command, shown)))
    return Say(Message(card, fallback_text=f"{what}. {meant}"))
