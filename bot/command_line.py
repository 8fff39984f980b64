"""The grammar of typed commands: `noun verb [object]`, any case, quotes keep spaces together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from bot.command_words import FILLERS, GREETINGS, HELP_WORDS, MEANT, NOUNS, VERBS
from models.languages.words import meaning_of, near_meaning

# How each language opens a quotation, and what may close it. Single quotes are apostrophes too, so they must
# stand at the edges of words.
_DOUBLE: Final = {
    '"': '"',
    "\u201c": "\u201d\u201f",
    "\u201d": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab\u00bb",
    "\u300a": "\u300b",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\uff02": "\uff02",
}
_SINGLE: Final = {
    "'": "'",
    "\u2018": "\u2019",
    "\u2019": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u2039": "\u203a",
    "\u203a": "\u2039\u203a",
    "\uff07": "\uff07",
}
_QUOTES: Final = _DOUBLE | _SINGLE
_BLANK: Final = re.compile(r"\s")
_WORD: Final = re.compile(
    "|".join(
        [
            *(f"{opened}([^{closed}]*)[{closed}]" for opened, closed in _DOUBLE.items()),
            *(rf"(?<!\S){opened}(.*?)[{closed}](?!\S)" for opened, closed in _SINGLE.items()),
            r"(\S+)",
        ]
    ),
    re.DOTALL,
)
_OWN_NAMES: Final = ("/pipenotify", "/pn")
_MOST_WORDS: Final = 40
_MOST_LETTERS: Final = 2000


def split_words(words: str) -> tuple[str, ...]:
    """Return the words of a phrase; quoted text is one word, our own command's name is dropped.

    Any quotes count, because phones and other keyboards replace the straight ones: “ ”, „ “, « ».
    """
    found = _WORD.findall(words[:_MOST_LETTERS])
    if found and found[0][-1].lower() in _OWN_NAMES:
        found = found[1:]
    groups = (next(filter(None, each), "") for each in found)
    filled = [word for word in groups if word]  # there is nothing between two quotes: ""
    return tuple(filled[:_MOST_WORDS])


def join_words(words: Iterable[str]) -> str:
    """Return a text that `split_words` reads as the same words, which it must have read itself before."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Return a word in the first quotes that hold it whole; as it is where it needs none."""
    if word[:1] not in _QUOTES and word.lower() not in _OWN_NAMES and not _BLANK.search(word):
        return word
    texts = (f"{opened}{word}{closed[0]}" for opened, closed in _QUOTES.items())
    return next((text for text in texts if _is_one_word(text)), word)


def _is_one_word(text: str) -> bool:
    found = _WORD.match(text)
    return found is not None and found.end() == len(text)


def singular_noun(noun: str) -> str:
    """Return the registered form of a noun: `Rules` becomes `rule`, `status` stays."""
    plain = noun.lower()
    return plain[:-1] if plain.endswith("s") and not plain.endswith(("ss", "us")) else plain


def find_command(words: tuple[str, ...], known: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the command that `words` begins with, and the words after it; None if there is none.

    A noun alone, or with a word that is none of its verbs, means its list: `rule active`; where it has none,
    one object: `deal acme`. Other words for the same are understood: `add a rule`, `list rules`,
    `rule disable`, `hilfe`.
    """
    names = set(known)
    if not words:
        return None
    first = meaning_of(words[0])
    if first in HELP_WORDS and "help" in names:
        return "help", words[1:]
    if first in GREETINGS and "home" in names:
        return "home", ()
    noun = _noun_of(first)
    return _as_written(noun, words, names) or _turned_around(words, names) or _as_list(noun, words, names)


def _noun_of(word: str) -> str:
    meant = meaning_of(word)
    return NOUNS.get(meant, singular_noun(meant))


def _as_written(noun: str, words: tuple[str, ...], names: set[str]) -> tuple[str, tuple[str, ...]] | None:
    if len(words) > 1 and (name := _with_verb(noun, words[1], names)):
        return name, words[2:]
    return (noun, words[1:]) if noun in names else None


def _as_list(noun: str, words: tuple[str, ...], names: set[str]) -> tuple[str, tuple[str, ...]] | None:
    close = (f"{noun} list", f"{noun} show", f"{noun} explain")
    name = next((each for each in close if each in names), "")
    is_list = bool(name) and not _is_mistyped_verb(noun, words[1:], names)
    return (name, words[1:]) if is_list else None


def _with_verb(noun: str, word: str, names: set[str]) -> str:
    """Return the command of a noun and a verb, or of another word for that verb; empty if there is none."""
    meant = meaning_of(word)
    verbs = (meant, *VERBS.get(meant, ()))
    return next((name for verb in verbs if (name := f"{noun} {verb}") in names), "")


def _turned_around(words: tuple[str, ...], names: set[str]) -> tuple[str, tuple[str, ...]] | None:
    """Read `list rules`, `new rule` and `show me the status`: the verb first, then the noun."""
    rest = [word for word in words[1:] if meaning_of(word) not in FILLERS]
    if not rest:
        return None
    noun = _noun_of(rest[0])
    if name := _with_verb(noun, words[0], names):
        return name, tuple(rest[1:])
    reads = meaning_of(words[0]) in ("show", "list", "open", "view", "see", "get")
    return (noun, tuple(rest[1:])) if reads and noun in names else None


def _is_mistyped_verb(noun: str, rest: tuple[str, ...], names: set[str]) -> bool:
    # A short word is close to `on` as well as to many names: "rule won" searches for rules.
    verbs = [
        name.partition(" ")[2] for name in names if name.startswith(f"{noun} ") and len(name) > len(noun) + 4
    ]
    return bool(rest) and bool(get_close_matches(rest[0].lower(), verbs, n=1, cutoff=0.75))


def nearest_commands(words: tuple[str, ...], known: Iterable[str], most: int = 3) -> list[str]:
    """Return the commands that may have been meant, best first: the noun or the first word has to be near."""
    names = sorted(known)
    if not words:
        return []
    meant = " ".join([singular_noun(meaning_of(words[0])), *(meaning_of(word) for word in words[1:2])])[:80]
    first = meant.partition(" ")[0]
    known_nouns = {name.partition(" ")[0] for name in names}
    nouns = get_close_matches(first, known_nouns, n=2, cutoff=0.7) or [
        noun for noun in known_nouns if noun == near_meaning(words[0])
    ]
    close = [name for name in get_close_matches(meant, names, n=9, cutoff=0.6) if name.split()[0] in nouns]
    # A noun that is right or nearly right helps even if the verb cannot be guessed.
    close += [f"{noun} list" for noun in nouns if f"{noun} list" in names]
    close += [name for noun in nouns for name in names if name.split()[0] == noun]
    if meant_else := MEANT.get(words[0].lower()):
        close = [*(name for name in meant_else if name in names), *close]
    return list(dict.fromkeys(close))[:most]
