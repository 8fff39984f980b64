"""Reads the languages: `<code>.po` beside this file holds the texts and the command words of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent
ENGLISH: Final = "en"
STORED: Final = "stored"  # the context of forms of stored sentences
LONGEST: Final = 35  # letters of a locale's name
COMMAND: Final = "command"  # the context of words of commands
BETWEEN_WORDS: Final = ", "  # of words for the same


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (`de`), its own name (`Deutsch`), its texts by the English ones.

    `stored` are its forms of sentences that are stored in English with values in them, each by a pattern.
    `words` are its words of commands by the English ones, the usual one first.
    """

    code: str
    name: str
    texts: NullTranslations
    stored: tuple[tuple[re.Pattern[str], str], ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _read(path: Path) -> Language:
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    stored = tuple((_pattern(text), form) for text, form in _entries(catalog, STORED))
    words = {text: tuple(form.split(BETWEEN_WORDS)) for text, form in _entries(catalog, COMMAND)}
    name = str(Locale(path.stem).display_name)
    return Language(path.stem, name, GNUTranslations(compiled), stored, words)


def _entries(catalog: Catalog, context: str) -> list[tuple[str, str]]:
    """Return the translated texts of one context."""
    entries = ((str(message.id), str(message.string)) for message in catalog if message.context == context)
    return [(text, form) for text, form in entries if form]


def _pattern(text: str) -> re.Pattern[str]:
    """Return a pattern that finds the values of a text with `{placeholders}`."""
    parts = re.split(r"\{(\w+)\}", text)
    named = (re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+?)" for number, part in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)


class Languages(Mapping[str, Language]):
    """All languages by their codes.

    One is read when it is first asked for: a command that answers nobody in it need not wait for that.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {path.stem: path for path in sorted(folder.glob("*.po"))}
        self._languages = {ENGLISH: Language(ENGLISH, "English", NullTranslations())}

    def __getitem__(self, code: str) -> Language:
        if code not in self._languages:
            self._languages[code] = _read(self._files[code])
        return self._languages[code]

    def __contains__(self, code: object) -> bool:
        return code == ENGLISH or code in self._files

    def __iter__(self) -> Iterator[str]:
        return iter((ENGLISH, *self._files))

    def __len__(self) -> int:
        return 1 + len(self._files)


LANGUAGES: Final = Languages(FOLDER)


@lru_cache(maxsize=512)
def known_locale(name: str) -> str:
    """Return Babel's name of a locale whose language we have: `de_CH` for `de-CH`; empty for any other.

    A country that Babel does not know is left out.
    """
    code = name.replace("-", "_").partition("_")[0].lower()
    if code not in LANGUAGES or len(name) > LONGEST:
        return ""
    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return code


@lru_cache(maxsize=512)
def language_of(locale: str) -> Language:
    """Return the language of a known locale, English for any other."""
    return LANGUAGES.get(locale.partition("_")[0], LANGUAGES[ENGLISH])
