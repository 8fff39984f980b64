"""Reads what a person typed as the value of a condition: amounts, numbers, yes or no, several values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from bot.text.format import is_currency
from models.pipedrive.entity import Kind

_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f'\u2019]+")
# One amount: a currency before or behind it, and a suffix for thousands or millions.
_AMOUNT: Final = re.compile(
    r"(?P<before>[^\W\d_]{2,3}\$?|[$€£¥₹₩₺₴₽])?\s*"
    r"(?P<sign>[-\u2212]?)(?P<digits>\d(?:[\d.,\s\u00a0\u2007\u2009\u202f'\u2019]*\d)?)\s*"
    r"(?P<suffix>(?:k|tsd\.?|mio\.?|mn|m)(?=$|\W|[^\W\d_]{3}$))?\s*"
    r"(?P<behind>[^\W\d_]{2,3}\$?|[$€£¥₹₩₺₴₽])?",
    re.IGNORECASE,
)
_SYMBOLS: Final = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "NZ$": "NZD",
    "R$": "BRL",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₽": "RUB",
    "KČ": "CZK",
    "ZŁ": "PLN",
    "FT": "HUF",
    "FR": "CHF",
}
_TIMES: Final = {"k": 1_000, "tsd": 1_000, "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000}
# Groups of three digits are thousands, whichever mark stands between them: 10.000, 10,000, 10 000.
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d{1,6})?")
_PLAIN: Final = re.compile(r"\d{1,15}(?:[.,]\d{1,6})?")
# These have three decimals, so that 1.234 could be both: such an amount has to be written otherwise.
_THREE_DECIMALS: Final = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_FLAGS: Final = {
    **dict.fromkeys(("yes", "true", "on", "y", "ja", "oui", "si", "sí"), True),
    **dict.fromkeys(("no", "false", "off", "n", "nein", "non"), False),
}
_NUMERIC: Final = (Kind.MONEY, Kind.NUMBER, Kind.ID)


def parse_typed(text: str, kind: Kind) -> Any:
    """Return a typed value in the form that its kind of field takes; unreadable input stays as typed."""
    text = text.strip()
    if kind is Kind.FLAG:
        return _FLAGS.get(text.lower(), text)
    if kind is Kind.MONEY:
        return _parse_money(text)
    if kind is Kind.DATE:
        return _parse_day(text)
    if kind in (Kind.NUMBER, Kind.ID):
        found = _AMOUNT.fullmatch(text)
        is_bare = found is not None and not (found["before"] or found["behind"])
        return _number_of(found) if found is not None and is_bare else text
    return text


def _parse_day(text: str) -> str:
    """Return a day as `2026-11-20`: typed as `20.11.2026`, `20 Nov 2026` or `Nov 20, 2026`; else as typed."""
    for form in ("%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"):
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return text


def parse_several(text: str, kind: Kind, *, is_range: bool = False) -> list[Any]:
    """Return the values of a list: `a; b`, `a, b`, and for a range also `10 to 20`."""
    return [parse_typed(part, kind) for part in _split(text, kind, is_range) if part.strip()]


def _split(text: str, kind: Kind, is_range: bool) -> list[str]:
    if ";" in text:
        return text.split(";")
    ends = re.split(r"\s+(?:to|and|until|bis|-|\u2013)\s+", text.strip()) if is_range else []
    if len(ends) == 2:
        return ends
    # A comma before three digits, or without a space in a number, belongs to the number.
    is_list = kind not in _NUMERIC or not re.search(r",\s", text)
    return re.split(r",\s+|,(?!\d{3}\b)" if is_list else r",\s+", text)


def _parse_money(text: str) -> Any:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return text
    marks = [mark for mark in (found["before"], found["behind"]) if mark]
    amount = _number_of(found)
    if not marks or isinstance(amount, str):
        return amount
    currencies = {_SYMBOLS.get(mark.upper(), mark.upper()) for mark in marks}
    currency = currencies.pop()
    if currencies or not is_currency(currency):
        return text
    if currency in _THREE_DECIMALS and re.search(r"[.,]\d{3}$", found["digits"]):
        return text
    return {"amount": amount, "currency": currency}


def _number_of(found: re.Match[str]) -> int | float | str:
    """Return the number of an amount, and the typed text where it can be read in more than one way."""
    digits = _SPACES.sub(" ", found["digits"])
    if " " in digits:
        if not re.fullmatch(r"\d{1,3}( \d{3})+([.,]\d{1,6})?", digits):
            return found[0].strip()
        digits = digits.replace(" ", "")
        digits = digits.replace(",", ".")
    elif _GROUPED.fullmatch(digits):
        if found["suffix"]:  # 1.500k may be one and a half thousand, or a million and a half
            return found[0].strip()
        digits = _without_group_marks(digits)
    elif _PLAIN.fullmatch(digits):
        digits = digits.replace(",", ".")
    else:
        return found[0].strip()
    number = float(digits) if "." in digits else int(digits)
    number *= _TIMES[found["suffix"].lower().rstrip(".")] if found["suffix"] else 1
    number = int(number) if number == int(number) and ("." not in digits or found["suffix"]) else number
    return -number if found["sign"] else number


def _without_group_marks(digits: str) -> str:
    """Return grouped digits with a point before the decimals: `1.234,56` and `1,234.56` are 1234.56."""
    mark = next(letter for letter in digits if letter in ".,")
    return digits.replace(mark, "").replace(",", ".")
