"""The words of a phrase, read from left to right, and what they may name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.phrases.words import CURRENCIES
from bot.rules.amounts import Ambiguous, read_amount
from models.languages.translate import tr
from models.pipedrive.entity import Kind
from models.pipedrive.names import Names
from models.pipedrive.readable import fold_name

MOST_NAME_WORDS: Final = 6
_SYMBOL: Final = re.compile(r"(>=|<=|>|<|=)(?=.)")
_MORE: Final = re.compile(r"\+$")

Condition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PhraseVocabulary:
    """What a phrase may name.

    `spaces` maps titles to destinations, `here` is this space if it is linked, `me` the e-mail of the person,
    `my_name` their name in Pipedrive; each may be empty. `locale` decides what `1.000` is.
    """

    names: Names = field(default_factory=Names)
    spaces: Mapping[str, str] = field(default_factory=dict)
    here: str = ""
    me: str = ""
    my_name: str = ""
    locale: str = ""

    def named(self, kind: str) -> dict[str, str]:
        """Return the names of one kind by what people type; also the first names that only one user has."""
        texts = [name.text for name in self.names.of(kind).values()]
        found = {fold_name(text): text for text in texts}
        if kind == "user":
            firsts = [fold_name(text.split()[0]) for text in texts if text.split()]
            found |= {
                first: text
                for first, text in zip(firsts, (text for text in texts if text.split()), strict=True)
                if firsts.count(first) == 1 and first not in found
            }
        return found


@dataclass(slots=True)
class Phrase:
    """What a phrase says. `questions` are sentences about what was not understood, in its order."""

    on: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    urgent: bool = False
    questions: list[str] = field(default_factory=list)

    @property
    def when(self) -> Any | None:
        """The filter tree: None for always, one condition alone, several under `all`."""
        if len(self.conditions) < 2:
            return self.conditions[0] if self.conditions else None
        return {"all": self.conditions}


class Cursor:
    """A place in the words, and what was understood so far."""

    def __init__(self, words: Sequence[str], known: PhraseVocabulary) -> None:
        self._known = known
        self._words = [part for word in words for part in _parts(word)]
        self._folded = [fold_name(word) for word in self._words]
        self._at = 0
        self._phrase = Phrase()
        self._unread: list[str] = []

    def _rest(self, offset: int = 0) -> list[str]:
        return self._folded[self._at + offset :]

    def _take(self, length: int) -> bool:
        self._close_unread()
        self._at += length
        return True

    def _close_unread(self) -> None:
        """Ask about the words that no clause has read."""
        if self._unread:
            self._phrase.questions.append(
                tr("I did not understand “{words}”.", words=" ".join(self._unread)[:80])
            )
            self._unread = []

    def _longest(self, known: Mapping[str, str], offset: int = 0) -> tuple[str, int] | None:
        """Return the known name with which the words begin, the longest first, and how many words it has."""
        rest = self._rest(offset)
        for length in range(min(MOST_NAME_WORDS, len(rest)), 0, -1):
            typed = " ".join(rest[:length]).removeprefix("#")
            if typed in known:
                return known[typed], length
        return None

    def _number(self, offset: int) -> tuple[Any, int] | None:
        """Return the amount that stands there and how many words it has; a text where it is ambiguous."""
        words = self._words[self._at + offset : self._at + offset + 4]
        if not words or not any(letter.isdigit() for letter in words[0] + "".join(words[1:2])):
            return None
        for length in range(len(words), 0, -1):
            last = words[length - 1]
            if not (last.isupper() or last.lower() in CURRENCIES or any(map(str.isdigit, last))):
                continue
            shown = _MORE.sub("", " ".join(CURRENCIES.get(each.lower(), each) for each in words[:length]))
            found = read_amount(shown, Kind.MONEY, self._known.locale)
            if found is not None:
                return shown if isinstance(found, Ambiguous) else found, length
        return (words[0], 1) if words[0][0].isdigit() else None

    def _proper_words(self, offset: int) -> list[str]:
        """Return the quoted text that stands there, else the words that begin with a capital letter."""
        words = self._words[self._at + offset : self._at + offset + MOST_NAME_WORDS]
        if words and " " in words[0]:
            return words[:1]
        capital = [word[:1].isupper() or word[:1].isdigit() for word in words]
        end = capital.index(False) if False in capital else len(words)
        return words[:end]


def _parts(word: str) -> list[str]:
    """Split a comparison sign from what follows it, and drop the marks at the end; quoted text stays."""
    if " " in word:
        return [word]
    bare = word.rstrip(",;!?").removesuffix(".")
    sign = _SYMBOL.match(bare)
    return [part for part in ([sign[1], bare[sign.end() :]] if sign else [bare]) if part]
