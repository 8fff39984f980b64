"""The words of commands in every language: what is typed is understood, whatever language is spoken."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from models.languages.catalog import LANGUAGES
from models.languages.translate import current_language

_ENGLISH: Final = frozenset(english for language in LANGUAGES.values() for english in language.words)
_MEANINGS: Final = {
    word: english
    for language in LANGUAGES.values()
    for english, words in language.words.items()
    for word in words
    if word not in _ENGLISH
}


def meaning_of(word: str) -> str:
    """Return the English word for a word of a command, in small letters: `rule` for `Regeln`.

    Any other word comes back as it is, and an English one keeps its own meaning.
    """
    plain = word.lower()
    return _MEANINGS.get(plain, plain)


def near_meaning(word: str) -> str:
    """Return the English word for a mistyped word of a command; the word itself where none is near."""
    near = get_close_matches(word.lower()[:80], _MEANINGS, n=1, cutoff=0.75)
    return _MEANINGS[near[0]] if near else word.lower()


def shown_word(english: str) -> str:
    """Return how a word of a command is written in the language that is spoken now."""
    words = current_language().words.get(english, ())
    return words[0] if words else english


def shown_command(name: str) -> str:
    """Return a command (`rule list`) in the words of the language that is spoken now."""
    return " ".join(map(shown_word, name.split()))
