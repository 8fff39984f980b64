"""Texts for people, in the language of whoever reads them.

English texts stand where they are used: `tr("Muted until {when}", when=when)`. A text that is built when its
module is imported is only `marked`, and translated by `tr` where it is shown. Whoever answers a person or
draws a card says once in which language: `with speaking(locale):`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from babel.numbers import format_decimal

from models.languages.catalog import ENGLISH, Language, known_locale, language_of

_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+")
_locale: Final[ContextVar[str]] = ContextVar("locale", default=ENGLISH)


def tr(text: str, /, **values: object) -> str:
    """Return a text in the language that is spoken now, with `values` for its `{placeholders}`."""
    found = current_language().texts.gettext(text) if text else ""
    return found.format(**values) if values else found


def tr_in(context: str, text: str, /, **values: object) -> str:
    """Return a text that other languages translate differently by its context: a button, a state."""
    found = current_language().texts.pgettext(context, text) if text else ""
    return found.format(**values) if values else found


def tr_plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that fits a number, which stands there as `{count}`."""
    found = current_language().texts.ngettext(one, many, count)
    return found.format(count=whole(count), **values)


def marked(text: str, _context: str = "") -> str:
    """Return a text unchanged; it is translated where it is shown (by `tr`, or `tr_in` with its context)."""
    return text


def marked_plural(one: str, many: str) -> tuple[str, str]:
    """Return both forms of a text unchanged, to be translated by `tr_plural` where they are shown."""
    return one, many


def for_later(text: str, /, **values: object) -> str:
    """Return an English text with its values, to be stored; where it is shown, `tr_stored` translates it."""
    return text.format(**values) if values else text


def tr_stored(text: str) -> str:
    """Return an English text that was stored (`for_later`) in the language spoken now.

    Each of its sentences is found by itself; one that is not known stays as it is.
    """
    if is_english() or not text:
        return text
    sentences, shown = _SENTENCES.split(text), list[str]()
    while sentences:
        ends = range(1, len(sentences) + 1)
        parts = {end: " ".join(sentences[:end]) for end in ends}
        found = ((_exact_form(parts[end]), end) for end in reversed(ends))
        # A value may hold sentences, too, so the shortest part that fits a form with values is taken.
        fitting = ((_form_with_values(parts[end]), end) for end in ends)
        form, end = next((each for each in (*found, *fitting) if each[0]), (sentences[0], 1))
        shown.append(form)
        del sentences[:end]
    return " ".join(shown)


def _exact_form(text: str) -> str:
    """Return the translation of a text, empty if it is not known."""
    found = current_language().texts.gettext(text)
    return found if found != text else ""


def _form_with_values(text: str) -> str:
    """Return the translation of a text with values in it, empty if it is not known."""
    for pattern, form in current_language().stored:
        if values := pattern.fullmatch(text):
            return form.format(**{name: _known_value(each) for name, each in values.groupdict().items()})
    return ""


def _known_value(value: str) -> str:
    """Return a value inside a stored text: known texts with commas between them are translated."""
    return ", ".join(_exact_form(part) or _form_with_values(part) or part for part in value.split(", "))


def in_sentence(label: str) -> str:
    """Return a label as a word inside a sentence: English writes it small, `Deal` becomes `deal`."""
    return label.lower() if is_english() else tr(label)


def whole(number: int) -> str:
    """Return a whole number with its thousands separated: `12,500`, in German `12.500`."""
    return f"{number:,}" if is_english() else format_decimal(number, locale=_locale.get())


@contextmanager
def speaking(*wishes: str) -> Iterator[None]:
    """Speak, inside, the first of these locales whose language we have, else English."""
    token = _locale.set(_settle(wishes))
    try:
        yield
    finally:
        _locale.reset(token)


def speak(*wishes: str) -> None:
    """Go on in the first of these locales whose language we have, else English, inside `speaking`."""
    _locale.set(_settle(wishes))


def current_locale() -> str:
    """Return the locale that is spoken now, by Babel's name: `en`, `de`, `de_CH`."""
    return _locale.get()


def current_language() -> Language:
    return language_of(_locale.get())


def is_english() -> bool:
    return current_language().code == ENGLISH


def _settle(wishes: tuple[str, ...]) -> str:
    return next(filter(None, map(known_locale, wishes)), ENGLISH)
