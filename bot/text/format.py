"""Formats values for people, and makes foreign text harmless."""

import html
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from bot.text.kept import keep_for_short
from bot.text.letters import MOST_IN_A_LETTER, letter_ends
from models.languages.catalog import ENGLISH
from models.languages.translate import current_locale, tr, tr_plural

ELLIPSIS: Final = "…"
ROOM: Final = 28_000  # bytes; the longest text that any message takes

# Controls, direction switches, invisible spaces, tag characters, private use and half surrogates: no name
# needs them, and they are used to imitate other names.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
    # The joiners shape Persian, Indic scripts and family emoji; elsewhere they are only invisible.
    "|(?<![\u0600-\u0dff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
)
_SPACE = re.compile(r"[\s\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})
# Chat documents no way to escape its markup, so each mark is replaced by a look-alike character.
_MARKS = str.maketrans(
    {"<": "\u2039", ">": "\u203a", "*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
)
_MOST_DIGITS = 15
_NUMBERS: Final = (int, float, str, Decimal)  # a union is made anew each time it is written down
LONGEST: Final = 60_000  # letters; twice what any message holds, so that a huge field costs no more than that


def clean(text: object, *, lines: bool = False) -> str:
    """Return `text` without hidden characters; one line, or with its line breaks where `lines` is asked."""
    raw = text if isinstance(text, str) else "" if text is None else str(text)
    return _clean(raw if len(raw) <= LONGEST else raw[:LONGEST], lines)


@keep_for_short
def _clean(text: object, lines: bool) -> str:
    cleaned = str(text)
    if cleaned.isascii() and cleaned.isprintable():
        return cleaned.strip() if lines or "  " not in cleaned else _one_line(cleaned)
    cleaned = _HIDDEN.sub("", cleaned.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    return _BLANK_LINES.sub("\n\n", cleaned).strip() if lines else _one_line(cleaned)


def _one_line(cleaned: str) -> str:
    return _SPACE.sub(" ", cleaned).strip()


def cut_letters(text: str, most: int) -> str:
    """Return `text` in at most `most` letters as people count them, ended by `…` if cut.

    A letter with its accents, a flag, a family of emoji is one letter.
    """
    if len(text) <= most:
        return text
    ends = list(islice(letter_ends(text), most + 1))
    if len(ends) <= most:
        return text
    return text[: ends[most - 2] if most > 1 else 0].rstrip() + ELLIPSIS


def cut_bytes(text: str, most: int) -> str:
    """Return `text` in at most `most` bytes of UTF-8, never cutting a letter, ended by `…` if cut."""
    if len(text) * 4 <= most:
        return text
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most:
        return text
    room = most - len(ELLIPSIS.encode())
    if room < 0:
        return ""
    kept = raw[:room].decode("utf-8", "ignore")
    return kept[: _whole_letters(text, len(kept))].rstrip() + ELLIPSIS


def _whole_letters(text: str, cut: int) -> int:
    """Return where to cut before `cut`, so that the letter there stays whole."""
    start = max(cut - 2 * MOST_IN_A_LETTER, 0)
    ends = [start + end for end in letter_ends(text[start : cut + MOST_IN_A_LETTER])]
    return max((end for end in ends if end <= cut), default=cut)


def escape(text: object, *, most: int = 4000, room: int = ROOM, lines: bool = True) -> str:
    """Return `text` for a place where Chat reads HTML: hidden characters gone, cut, `& < > " '` escaped.

    Here and below `most` counts letters, as people do, and `room` bytes, of which a message has 32,000.
    """
    return _escape(text, most, room, lines)


@keep_for_short
def _escape(text: object, most: int, room: int, lines: bool) -> str:
    return html.escape(_cut(clean(text, lines=lines), most, room)).replace("\n", "<br>")


def _cut(text: str, most: int, room: int) -> str:
    return cut_bytes(cut_letters(text, most), room)


def plain(text: object, *, most: int = 200, room: int = ROOM) -> str:
    """Return `text` for a part of a card that is no HTML (header, button, label): one line, no `<` or `>`.

    Escaping would show `R&amp;D` there; look-alike brackets stay harmless should Chat read HTML one day.
    """
    return _plain(text, most, room)


@keep_for_short
def _plain(text: object, most: int, room: int) -> str:
    return _cut(clean(text).translate(_ANGLES), most, room)


def disarm(text: object, *, most: int = 1000, room: int = ROOM, lines: bool = False) -> str:
    """Return `text` for a message's plain text: no mention, link or format mark of Chat takes effect."""
    return _cut(clean(text, lines=lines).translate(_MARKS), most, room)


def _locale(name: str = "") -> Locale:
    """Return a locale by its name; without one that of the reader (`models.languages`)."""
    return _parsed(name or current_locale())


@lru_cache(maxsize=64)
def _parsed(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(ENGLISH)


def as_decimal(value: object) -> Decimal | None:
    """Return a number of a body, or its text, as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return None
    try:
        text = str(value)
        found = Decimal(text.strip()) if len(text) < 400 else None
    except (InvalidOperation, ValueError):  # ValueError: an int of more digits than Python prints
        return None
    return found if found is not None and found.is_finite() else None


@lru_cache(maxsize=4096)
def _number(value: Decimal, locale: str, places: int | None = None) -> str:
    if value.adjusted() >= _MOST_DIGITS:
        return f"{value:.4E}"
    decimals = "######" if places is None else "0" * places
    return format_decimal(value, locale=_locale(locale), format=f"#,##0.{decimals}".rstrip("."))


def number(value: object, locale: str = "", places: int | None = None) -> str:
    """Return a number with thousands separators: `12,500`; if it is no number, the cleaned text.

    It has the decimals that it needs, up to six, or just as many as `places`.
    """
    found = as_decimal(value)
    return clean(value) if found is None else _number(found, locale or current_locale(), places)


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    code, there = currency.upper(), _locale(locale)
    if amount.adjusted() >= _MOST_DIGITS or code not in there.currencies:
        return f"{_number(amount, locale)} {plain(currency, most=12)}".strip()
    pattern = currency_pattern(locale)
    if get_currency_symbol(code, there).isalpha():  # a code stands apart from the number
        pattern = pattern.replace("\u00a4#", "\u00a4\u00a0#")
    is_whole = amount == amount.to_integral_value()
    pattern = pattern.replace(".00", "") if is_whole else pattern
    return format_currency(amount, code, pattern, locale=there, currency_digits=not is_whole)


def currency_pattern(locale: str) -> str:
    """Return how amounts are written, `\u00a4` for the currency: `\u00a4#,##0.00`."""
    return str(_locale(locale).currency_formats["standard"].pattern)


def money(amount: object, currency: object = None, locale: str = "") -> str:
    """Return an amount in its own currency: `€12,500`, `€12,500.50`, `CZK 250,000`; unknown: `12,500 XYZ`."""
    found = as_decimal(amount)
    if found is None:
        return clean(amount)
    return _money(found, clean(currency), locale or current_locale())


def is_currency(code: str) -> bool:
    """Return whether this is the code of a currency: `EUR`."""
    return len(code) == 3 and code.upper() in _locale(ENGLISH).currencies


def day(value: date | str | None, locale: str = "") -> str:
    """Return a day as `Nov 20, 2026`; takes a date or an ISO string, whose time of day is dropped."""
    if value is None or value == "":
        return ""
    try:
        found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        return str(format_date(found, format="medium", locale=_locale(locale)))
    except (ValueError, OverflowError):
        return clean(value)


def short_day(value: date, year: int | None = None, locale: str = "") -> str:
    """Return a day without its year if that is `year`: `Nov 20`, `Jan 3, 2027`."""
    if value.year != year:
        return day(value, locale)
    return str(format_skeleton("MMMd", value, locale=_locale(locale)))


def clock(when: datetime, locale: str = "") -> str:
    """Return the time of day by the clock of its own zone: `2:05 PM`; empty for UTC, no clock of people."""
    at = _aware(when)
    return "" if at.tzinfo is UTC else str(format_time(at, "short", tzinfo=at.tzinfo, locale=_locale(locale)))


def percent(share: Decimal, locale: str = "") -> str:
    """Return a share in percent: `26 %`; below one percent with a decimal."""
    digits = "0.#" if abs(share) < Decimal("0.01") else "#,##0"
    return f"{format_decimal(share * 100, digits, locale=_locale(locale))}\u00a0%"


def moment(when: datetime, timezone: str = "UTC", locale: str = "") -> str:
    """Return an instant as wall time: `Nov 20, 2026, 2:05 PM`; `timezone` is an IANA name, else UTC."""
    try:
        zone = get_timezone(timezone)
    except LookupError:
        zone = get_timezone("UTC")
    there = _locale(locale)
    at = _aware(when).astimezone(zone)
    return f"{format_date(at, 'medium', locale=there)}, {format_time(at, 'short', tzinfo=zone, locale=there)}"


def day_and_time(when: datetime, now: datetime, timezone: str, locale: str = "") -> str:
    """Return an instant that is near as wall time: `3:05 PM` today, else `Mon, Nov 30, 8:00 AM`."""
    zone, there = get_timezone(timezone), _locale(locale)
    at = _aware(when).astimezone(zone)
    clock = _plain_space(format_time(at, "short", tzinfo=zone, locale=there))
    if at.date() == _aware(now).astimezone(zone).date():
        return clock
    return f"{format_skeleton('MMMEd', at, tzinfo=zone, locale=there)}, {clock}"


def clock_text(clock: str, locale: str = "") -> str:
    """Return a time of day `HH:MM` as people write it: `7:00 PM`; `24:00` is the end of the day."""
    hours, _, minutes = clock.partition(":")
    at = time(int(hours) % 24, int(minutes))
    return _plain_space(format_time(at, "short", locale=_locale(locale)))


def _plain_space(text: str) -> str:
    """Replace the narrow space that Babel writes before AM and PM: people search for the plain one."""
    return str(text).replace("\u202f", " ")


def wall_time(when: datetime) -> str:
    """Return an instant by the clock of its own zone; UTC, which is no clock of people, is named."""
    at = _aware(when)
    there = f"{format_date(at, 'medium', locale=_locale())}, "
    there += format_time(at, "short", tzinfo=at.tzinfo, locale=_locale())
    return there if at.tzinfo is not UTC else f"{there} UTC"


def ago(when: datetime, now: datetime, locale: str = "") -> str:
    """Return the time between `when` and `now`: `5 minutes ago`, `in 2 hours`."""
    away = _aware(when) - _aware(now)
    return str(format_timedelta(away, add_direction=True, locale=_locale(locale)))


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: `1 event`, `2,000 events`; `many` if the plural does not just add `s`.

    For a row or a title of its own: in a sentence other languages decline the noun (`tr_plural`).
    """
    return tr_plural(f"{{count}} {one}", f"{{count}} {many or one + 's'}", count)


def listed(things: list[str], most: int = 3) -> str:
    """Return `a, b and c`; beyond `most` the rest is counted: `a, b, c and 4 more`."""
    if len(things) > most:
        return tr("{names} and {count} more", names=", ".join(things[:most]), count=len(things) - most)
    if len(things) < 2:
        return "".join(things)
    return tr("{names} and {last}", names=", ".join(things[:-1]), last=things[-1])
