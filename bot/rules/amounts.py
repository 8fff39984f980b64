"""Reads amounts as people write them: `10k`, `10.000 EUR`, `€10,000`, `1 000`.

Groups of three digits are read by the person's locale. Where an amount can be read in two ways it is not
guessed: `Ambiguous` holds both, and the form asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol

from bot.text.format import is_currency, number
from bot.text.wording import either
from models.languages.translate import current_locale, tr
from models.pipedrive.entity import Kind

_SPACE: Final = "\\s\u00a0\u2007\u2009\u202f'\u2019"
_SPACES: Final = re.compile(f"[{_SPACE}]+")
# One amount: a currency before or behind it, and a suffix for thousands or millions.
_AMOUNT: Final = re.compile(
    r"(?P<before>[^\W\d_]{2,3}\$?|[$€£¥₹₩₺₴₽])?\s*"
    rf"(?P<sign>[-\u2212]?)(?P<digits>\d(?:[\d.,{_SPACE}]*\d)?)\s*"
    r"(?P<suffix>(?:k|tsd\.?|mio\.?|mn|m)(?=$|\W|[^\W\d_]{3}$))?\s*"
    r"(?P<behind>[^\W\d_]{2,3}\$?|[$€£¥₹₩₺₴₽])?",
    re.IGNORECASE,
)
_ANY_CURRENCY: Final = re.compile(r"[\s,]*(?:\bin\s+)?\bany\s+currency\s*$", re.IGNORECASE)
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
_SPACED: Final = re.compile(r"\d{1,3}( \d{3})+([.,]\d{1,6})?")
# Groups of three digits are thousands when there are several, or decimals behind them.
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d{1,6})?")
_ONE_GROUP: Final = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
_PLAIN: Final = re.compile(r"\d{1,15}(?:[.,]\d{1,6})?")
_PRECISE: Final = 3  # decimals of a few currencies, so that 1.234 KWD can be both

Number = int | float


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An amount that can be read in several ways, smaller ones last."""

    meanings: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class _Marks:
    """What stands between thousands, and before decimals; both empty if the locale is not known."""

    group: str = ""
    decimal: str = ""


def read_amount(text: str, kind: Kind, locale: str = "") -> Number | dict[str, Any] | Ambiguous | None:
    """Return a number, for money with a currency `{amount, currency}`, Ambiguous, or None if unreadable.

    `locale` is the person's (`de`, `en-GB`), empty if it is not known.
    """
    bare = _ANY_CURRENCY.sub("", text) if kind is Kind.MONEY else text
    found = _AMOUNT.fullmatch(bare.strip())
    if found is None:
        return None
    marks = {mark for mark in (found["before"], found["behind"]) if mark}
    if not marks:
        return _number_of(found, _marks_of(locale), is_money=kind is Kind.MONEY)
    currencies = {_SYMBOLS.get(mark.upper(), mark.upper()) for mark in marks}
    currency = currencies.pop()
    if kind is not Kind.MONEY or currencies or not is_currency(currency):
        return None
    amount = _number_of(found, _marks_of(locale), is_money=True, currency=currency)
    if amount is None or isinstance(amount, Ambiguous):
        return amount
    return {"amount": amount, "currency": currency}


def question_of(text: str, kind: Kind, locale: str = "") -> str:
    """Return the question that an ambiguous amount needs, empty for any other text."""
    found = read_amount(text, kind, locale)
    if not isinstance(found, Ambiguous):
        return ""
    meanings = either([number(each, locale or current_locale()) for each in found.meanings])
    written = either([typed_number(each) for each in found.meanings])
    typed = text.strip()[:40]
    return tr("is “{typed}” {meanings}? Write {written}", typed=typed, meanings=meanings, written=written)


def typed_number(value: Number) -> str:
    """Return a number as it can be typed in any locale: three decimals would be read as a group."""
    return f"{value}0" if re.search(r"\.\d{3}$", str(value)) else str(value)


def locale_of(locale: str, timezone: str) -> str:
    """Return the person's locale, else that of the country of the tenant's time zone; empty if unknown."""
    if _marks_of(locale).group:
        return locale
    territory = get_global("zone_territories").get(timezone, "")
    return f"und_{territory}" if territory and _marks_of(f"und_{territory}").group else ""


@lru_cache(maxsize=256)
def _marks_of(locale: str) -> _Marks:
    try:
        there = Locale.parse(locale.replace("-", "_"))
    except (ValueError, TypeError, UnknownLocaleError):
        return _Marks()
    return _Marks(get_group_symbol(there), get_decimal_symbol(there))


def _number_of(
    found: re.Match[str], marks: _Marks, *, is_money: bool, currency: str = ""
) -> Number | Ambiguous | None:
    digits = _SPACES.sub(" ", found["digits"])
    times = _TIMES[found["suffix"].lower().rstrip(".")] if found["suffix"] else 1
    sign = -1 if found["sign"] else 1
    numbers = [_scaled(each, times, sign) for each in _plain_digits(digits, marks, is_money, currency, times)]
    if len(numbers) > 1:
        return Ambiguous(tuple(numbers))
    return numbers[0] if numbers else None


def _plain_digits(digits: str, marks: _Marks, is_money: bool, currency: str, times: int) -> list[str]:
    """Return digits with a point before the decimals; two if they can be read so, or none."""
    if " " in digits:
        return [digits.replace(" ", "").replace(",", ".")] if _SPACED.fullmatch(digits) else []
    one = _ONE_GROUP.fullmatch(digits)
    if one is not None:
        both = [digits.replace(one[1], ""), digits.replace(one[1], ".")]
        return _decided(both, one[1], marks, is_money, currency, times)
    if _GROUPED.fullmatch(digits):
        return [_without_group_marks(digits)] if times == 1 else []
    return [digits.replace(",", ".")] if _PLAIN.fullmatch(digits) else []


def _decided(
    both: list[str], mark: str, marks: _Marks, is_money: bool, currency: str, times: int
) -> list[str]:
    """Return which of the two readings of one group is meant: thousands or decimals; both if unsure.

    A currency of two decimals settles it. A decimal mark before three digits is believed of numbers, and not
    of money, which has two.
    """
    grouped, decimal = both
    if times > 1:  # 1.500k may be one and a half thousand, or a million and a half
        return both
    precision = get_currency_precision(currency) if currency else 0
    if currency and precision < _PRECISE:
        return [grouped]
    if mark == marks.group or (marks.decimal not in ("", mark) and is_money and not currency):
        return [grouped]
    if mark == marks.decimal and (not is_money or precision >= _PRECISE):
        return [decimal]
    return both


def _scaled(digits: str, times: int, sign: int) -> Number:
    """Return the number; one without decimals, or with a suffix, is an integer where it can be."""
    amount = (float(digits) if "." in digits else int(digits)) * times
    if amount == int(amount) and ("." not in digits or times > 1):
        amount = int(amount)
    return amount * sign


def _without_group_marks(digits: str) -> str:
    """Return grouped digits with a point before the decimals: `1.234,56` and `1,234.56` are 1234.56."""
    mark = next(letter for letter in digits if letter in ".,")
    return digits.replace(mark, "").replace(",", ".")
