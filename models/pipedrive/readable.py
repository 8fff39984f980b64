"""What people read of a raw value of Pipedrive: the same for cards and for conditions."""

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from models.pipedrive.declaration import Markup
from models.pipedrive.names import Json

LONGEST_COMPARED: Final = 4_000  # letters of a text that conditions look at
MOST_ELEMENTS: Final = 500  # of a list
_DEEPEST: Final = 8
_LONGEST_MARKUP: Final = 4 * LONGEST_COMPARED  # what is read of it, so that enough is left without the tags

# The parts of an object of Pipedrive, best first: an address, a person, a contact, a set, money, a reference.
_PARTS: Final = ("formatted_address", "name", "value", "values", "from", "amount", "price", "until", "id")
_ZERO_DATE: Final = re.compile(r"0000-00-00([T ]00:00(:00)?(\.0+)?Z?)?")
# Zero-width and soft characters, and marks of direction: cards do not show them.
_UNSEEN: Final = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
QUOTES: Final = (
    "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
    "\u300a\u300b\u300c\u300d\u300e\u300f\uff02\uff07"
)
_WITHOUT_QUOTES: Final = dict.fromkeys(map(ord, QUOTES))
_DOTTED_I: Final = re.compile("i\u0307+")  # what casefold makes of the Turkish capital
_DOTLESS_I: Final = "\u0131"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG: Final = re.compile(r"<[/!]?[a-zA-Z-][^<>]{0,2000}>|</?[a-zA-Z]>")
# In a plain text only what can be nothing else is a tag: a known name, and attributes with values.
_CERTAIN_TAG: Final = re.compile(
    r"</?(?:a|b|big|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|strike|strong|sub"
    r"|sup|table|tbody|td|th|thead|tr|u|ul)"
    r"(?:\s{1,20}[a-zA-Z-]{1,40}=(?:\"[^\"<>]{0,1000}\"|'[^'<>]{0,1000}'))*\s{0,20}/?>",
    re.IGNORECASE,
)
_INLINE: Final = re.compile(
    r"</?(?:a|abbr|b|big|code|em|font|i|mark|s|small|span|strike|strong|sub|sup|u)\b", re.IGNORECASE
)


def is_empty(raw: Json, depth: int = 0) -> bool:
    """Whether nothing is there to read: null, blank text, a date of zeros, a list or an object of only such.

    Zero and false are values, and so is what is nested too deep to look at.
    """
    if raw is None:
        return True
    if isinstance(raw, str):
        return not raw or _is_blank(raw) or (raw[0] == "0" and bool(_ZERO_DATE.fullmatch(raw)))
    if isinstance(raw, int | float) or depth > _DEEPEST:
        return False
    if isinstance(raw, list | tuple):
        return all(is_empty(each, depth + 1) for each in raw)
    if isinstance(raw, Mapping):
        return is_empty(read_part(raw), depth + 1)
    return False


def _is_blank(text: str) -> bool:
    return not text[0].isalnum() and not as_seen(text[:LONGEST_COMPARED])


def read_part(raw: Mapping[str, Json]) -> Json:
    """The part of an object that people read; None if there is none.

    A contact (`{label: work, value: ada@example.com}`) is its value, also when that is blank: its label says
    only what kind of contact it is. Without a value the label is the text: an option has a label and an id.
    """
    found = next((raw[key] for key in _PARTS[:-1] if _is_there(raw.get(key))), None)
    if found is None and "value" not in raw and _is_there(raw.get("label")):
        found = raw["label"]
    return raw.get("id") if found is None else found


def _is_there(raw: Json) -> bool:
    return raw is not None and not (isinstance(raw, str | list | Mapping) and is_empty(raw, _DEEPEST))


def as_seen(text: str) -> str:
    """A text as people see it: unseen characters gone, runs of any white space as one space, ends trimmed."""
    if not text.isascii():
        text = _UNSEEN.sub("", text)
    return " ".join(text.split())


def fold_text(text: str) -> str:
    """Text for comparison, at most 4,000 letters of it: as people see it, without case, in NFC.

    The dots of the Turkish i are folded too: İ and I, i and the dotless i are one letter.
    """
    return _fold(text[:LONGEST_COMPARED])


@lru_cache(maxsize=2048)
def _fold(text: str) -> str:
    """Cached, because every condition on a field folds the same text again."""
    if text.isascii():
        return as_seen(text.lower())
    folded = unicodedata.normalize("NFC", as_seen(text)).casefold().replace(_DOTLESS_I, "i")
    return unicodedata.normalize("NFC", _DOTTED_I.sub("i", unicodedata.normalize("NFC", folded)))


def fold_name(name: str) -> str:
    """A name that people type, for comparison: as `fold_text`, and without quotes and apostrophes.

    Keyboards differ in these, and a command takes quotes away.
    """
    return fold_text(name.translate(_WITHOUT_QUOTES)) or fold_text(name)


def without_markup(raw: str, markup: Markup) -> str:
    """The text that people read of a note or a description: without tags, and with entities decoded.

    In a note every tag is markup. A description is plain text unless there can be no doubt:
    `width <10 mm` and `a <b and c> d` keep their brackets.
    """
    if markup is Markup.NONE:
        return raw
    if "<" in raw:
        raw = (_TAG if markup is Markup.HTML else _CERTAIN_TAG).sub(_gap, raw)
    return _ENTITY.sub(_decoded, raw) if "&" in raw else raw


@lru_cache(maxsize=512)
def compared_text(raw: str, markup: Markup) -> str:
    """As `without_markup`, of as much as conditions look at."""
    return without_markup(raw[:_LONGEST_MARKUP], markup)


def _gap(tag: re.Match[str]) -> str:
    """`<p>one</p><p>two</p>` are two words, `<b>o</b>ne` is one."""
    return "" if _INLINE.match(tag[0]) else " "


def _decoded(entity: re.Match[str]) -> str:
    return _SURROGATES.sub("\ufffd", html.unescape(entity[0]))
