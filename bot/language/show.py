"""The card of languages: how the reader is answered, how cards in spaces are written, and the choice."""

from __future__ import annotations

from functools import cache

from babel import Locale

from bot.context import Context
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, press
from models.accounts.rights import Action
from models.languages.catalog import LANGUAGES, known_locale
from models.languages.translate import current_locale, tr


def draw_languages(context: Context, *, own: str | None = None, team: str | None = None) -> Message:
    """Return the card; `own` and `team` are locales that were chosen just now."""
    chosen = context.actor.language if own is None else own
    of_team = context.actor.tenant_language if team is None else team
    yours = locale_name(current_locale())
    rows = [
        Fact(
            yours if chosen else tr("{language}, as in your Google Chat", language=yours),
            tr("Answers to you"),
            Icon("person", tr("Answers to you")),
        ),
        Fact(locale_name(of_team), tr("Cards in spaces"), Icon("forum", tr("Cards in spaces"))),
    ]
    buttons = [
        Button(each.name, press("phrase.do", phrase=f"language {code}")) for code, each in LANGUAGES.items()
    ]
    automatic = Button(tr("As in Google Chat"), press("phrase.do", phrase="language auto"))
    sections = [Section(rows), Section([Buttons(*buttons, automatic)], tr("Answers to you"))]
    if context.actor.may(Action.ATTENTION_CHANGE):
        for_team = [
            Button(each.name, press("phrase.do", phrase=f"language {code} team"))
            for code, each in LANGUAGES.items()
        ]
        sections.append(Section([Buttons(*for_team)], tr("Cards in spaces")))
    card = Card(tr("Language"), "", sections, card_id="language")
    return Message(card, fallback_text=f"{tr('Language')}: {yours}")


def locale_name(locale: str) -> str:
    """Return a locale by its own name: `Deutsch`, `English (United Kingdom)`."""
    return str(Locale.parse(known_locale(locale) or "en").display_name)


def language_named(text: str) -> str:
    """Return the code of a language by its name in any language we have (`German`); other text unchanged."""
    return _codes().get(text.strip().lower(), text.strip())


@cache
def _codes() -> dict[str, str]:
    return {
        str(Locale(spoken).languages[code]).lower(): code
        for code in LANGUAGES
        for spoken in LANGUAGES
        if code in Locale(spoken).languages
    }
