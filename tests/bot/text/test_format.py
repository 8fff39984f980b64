"""Formatting: money, days, counts, and foreign text made harmless."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import format as text_format
from bot.text.letters import letter_ends
from tests.hostile import titles

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
NOW = datetime(2026, 11, 20, 14, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (12500, "EUR", "€12,500"),
        (12500.5, "USD", "$12,500.50"),
        ("12500", "eur", "€12,500"),
        (12500, "JPY", "¥12,500"),
        (1.5, "KWD", "KWD\xa01.500"),
        (-3, "EUR", "-€3"),
        (0, "EUR", "€0"),
        (5, "ZZQ", "5 ZZQ"),
        (5, "<b>", "5 \u2039b\u203a"),
        (5, None, "5"),
        (None, "EUR", ""),
        (True, "EUR", "True"),
        ("much", "EUR", "much"),
        (float("nan"), "EUR", "nan"),
        (1e308, "EUR", "1.0000E+308 EUR"),
        (Decimal("1e15"), "EUR", "1.0000E+15 EUR"),
        (10**500, "EUR", str(10**500)),
    ],
)
def test_money_is_said_in_its_own_currency(amount: object, currency: str | None, said: str) -> None:
    assert text_format.money(amount, currency) == said


def test_money_speaks_other_languages() -> None:
    assert text_format.money(12500, "EUR", "de") == "12.500\xa0€"
    assert text_format.money(12500, "EUR", "no such language") == "€12,500"


@pytest.mark.parametrize(
    ("value", "said"),
    [(12500, "12,500"), (0.25, "0.25"), ("7", "7"), ("x", "x"), (None, ""), (1e30, "1.0000E+30")],
)
def test_numbers_have_their_thousands_parted(value: object, said: str) -> None:
    assert text_format.number(value) == said


@pytest.mark.parametrize(("places", "said"), [(0, "12,501"), (2, "12,500.75"), (6, "12,500.750000")])
def test_a_number_has_just_the_decimals_that_are_asked_for(places: int, said: str) -> None:
    assert text_format.number(12500.75, places=places) == said
    assert text_format.number("soon", places=places) == "soon"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-11-20", "Nov 20, 2026"),
        ("2026-11-20T10:00:00Z", "Nov 20, 2026"),
        (date(2026, 1, 2), "Jan 2, 2026"),
        ("soon", "soon"),
        (None, ""),
        ("", ""),
    ],
)
def test_days_are_said_as_days(value: str | date | None, said: str) -> None:
    assert text_format.day(value) == said


def test_moments_are_wall_time() -> None:
    assert text_format.moment(NOW, "Europe/Prague").replace("\u202f", " ") == "Nov 20, 2026, 3:05 PM"
    assert text_format.moment(NOW, "Nowhere/Land").replace("\u202f", " ") == "Nov 20, 2026, 2:05 PM"
    assert text_format.moment(NOW.replace(tzinfo=None), "UTC", "de") == "20.11.2026, 14:05"


def test_instants_are_told_by_their_own_clock_and_utc_is_named() -> None:
    assert text_format.wall_time(NOW).replace("\u202f", " ") == "Nov 20, 2026, 2:05 PM UTC"
    assert (
        text_format.wall_time(NOW.replace(tzinfo=None)).replace("\u202f", " ") == "Nov 20, 2026, 2:05 PM UTC"
    )
    local = NOW.astimezone(ZoneInfo("Europe/Prague"))
    assert text_format.wall_time(local).replace("\u202f", " ") == "Nov 20, 2026, 3:05 PM"


def test_distances_in_time_are_relative() -> None:
    assert text_format.ago(NOW - timedelta(minutes=5), NOW) == "5 minutes ago"
    assert text_format.ago(NOW + timedelta(hours=2), NOW) == "in 2 hours"


def test_counts_agree_with_their_noun() -> None:
    assert text_format.plural(1, "event") == "1 event"
    assert text_format.plural(2000, "event") == "2,000 events"
    assert text_format.plural(0, "reply", "replies") == "0 replies"


@pytest.mark.parametrize(
    ("things", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
    ],
)
def test_lists_read_like_sentences(things: list[str], said: str) -> None:
    assert text_format.listed(things) == said


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("👩\u200d👧", "👩\u200d👧"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),  # Persian
        ("pay\u200dpal", "paypal"),
        ("user\u202eexe", "userexe"),
        ("\ufeffa\u00adb", "ab"),
        ("two  spaces\there", "two spaces here"),
    ],
)
def test_hidden_characters_go_where_they_only_hide(said: str, kept: str) -> None:
    assert text_format.clean(said) == kept


@given(titles)
def test_escaped_text_holds_no_markup_and_nothing_hidden(said: str) -> None:
    escaped = text_format.escape(said, most=500)

    assert not re.search(r"<(?!br>)", escaped)
    assert not HIDDEN.search(escaped)


@given(titles)
def test_disarmed_text_holds_none_of_the_marks_of_chat(said: str) -> None:
    disarmed = text_format.disarm(said)

    assert not set("<>*_~`\n") & set(disarmed)
    assert not HIDDEN.search(disarmed)
    assert len(list(letter_ends(disarmed))) <= 1000
    assert len(text_format.disarm(said, room=300).encode()) <= 300


@given(titles)
def test_plain_text_has_no_angle_brackets(said: str) -> None:
    assert not set("<>\n\r") & set(text_format.plain(said))
    assert len(list(letter_ends(text_format.plain(said)))) <= 200
    assert len(text_format.plain(said, room=100).encode()) <= 100


def test_brackets_are_counted_as_what_stands_for_them() -> None:
    assert len(text_format.plain("<" * 134, room=200).encode()) <= 200


@pytest.mark.parametrize(
    "letter",
    ["x", "\u682a", "\u00e9", "e\u0301", "🇨🇿", "👩\u200d👩\u200d👧\u200d👦", "👍🏽", "\u1112\u1161\u11ab"],
)
def test_what_people_count_as_a_letter_is_counted_as_one_and_never_cut(letter: str) -> None:
    assert text_format.cut_letters(letter * 200, 200) == letter * 200
    assert text_format.cut_letters(letter * 201, 200) == letter * 199 + "…"
    kept = text_format.cut_bytes(letter * 100, 100).removesuffix("…")
    assert kept == letter * (len(kept) // len(letter))


@given(st.text(), st.integers(0, 30))
def test_cut_letters_fit_and_begin_like_the_whole(said: str, most: int) -> None:
    cut = text_format.cut_letters(said, most)

    assert len(list(letter_ends(cut))) <= max(most, 1)
    assert cut == said or said.startswith(cut.removesuffix("…"))
    assert list(letter_ends(said))[-1:] == ([len(said)] if said else [])


def test_a_letter_under_a_heap_of_accents_takes_the_room_of_few() -> None:
    said = text_format.cut_letters("e" + "\u0301" * 50_000, 200)

    assert len(said) <= 200 * 17


@given(st.text(), st.integers(0, 60))
def test_cut_text_fits_and_starts_like_the_whole(said: str, most: int) -> None:
    cut = text_format.cut_bytes(said, most)

    assert len(cut.encode("utf-8", "replace")) <= most
    assert said.startswith(cut.removesuffix(text_format.ELLIPSIS)) or cut == said
