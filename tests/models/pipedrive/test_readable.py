"""Cards and conditions read the same part of a value: what people read in Pipedrive."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.declaration import Markup
from models.pipedrive.readable import (
    LONGEST_COMPARED,
    as_seen,
    compared_text,
    fold_name,
    fold_text,
    is_empty,
    read_part,
    without_markup,
)

WORK = {"label": "work", "primary": True}


@pytest.mark.parametrize(
    ("raw", "nothing"),
    [
        (None, True),
        ("", True),
        (" \u00a0\u200b", True),
        ([], True),
        ({}, True),
        ([None, ""], True),
        ([{**WORK, "value": ""}], True),
        ([{**WORK, "value": " "}, {**WORK, "value": None}], True),
        ([{**WORK, "value": ""}, {**WORK, "value": "+420 777"}], False),
        ({"amount": None, "currency": "EUR"}, True),
        ({"type": "address", "value": None, "formatted_address": ""}, True),
        ({"type": "set", "values": []}, True),
        ({"type": "set", "values": [{"id": 3}]}, False),
        ({"id": 3, "label": "Gold"}, False),
        ("0000-00-00", True),
        ("0000-00-00 00:00:00", True),
        ("0000-00-00T00:00:00Z", True),
        ({"type": "date", "value": "0000-00-00"}, True),
        ("0000-00-01", False),
        ("-", False),
        (0, False),
        (False, False),
        ({"id": 0}, False),
        ({"value": 0, "currency": "EUR"}, False),
    ],
)
def test_blank_contacts_zero_dates_and_lists_of_nothing_are_empty(raw: Any, nothing: bool) -> None:
    assert is_empty(raw) is nothing


def test_a_value_nested_without_end_is_not_looked_at_to_its_end() -> None:
    deep: Any = ""
    for _ in range(20_000):
        deep = [{"value": deep}]

    assert is_empty(deep) is False


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ({**WORK, "value": "ada@example.com"}, "ada@example.com"),
        ({**WORK, "value": ""}, None),
        ({"id": 7, "name": "Ada", "email": "ada@example.com", "value": 7}, "Ada"),
        ({"id": 3, "label": "Gold"}, "Gold"),
        ({"value": "Hall 2", "formatted_address": "Hall 2, Brno"}, "Hall 2, Brno"),
        ({"value": "Hall 2", "formatted_address": ""}, "Hall 2"),
        ({"type": "varchar", "value": "x"}, "x"),
        ({"type": "enum", "id": 11}, 11),
        ({}, None),
    ],
)
def test_the_part_that_is_read_of_an_object(raw: dict[str, Any], read: Any) -> None:
    assert read_part(raw) == read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Big\u00a0deal", "big deal"),
        ("Big  \t deal", "big deal"),
        ("  Big deal\u202f", "big deal"),
        ("Big\u3000deal", "BIG DEAL"),
        ("Bi\u200bg deal", "big deal"),
        ("Caf\u00e9", "cafe\u0301"),
        ("\u0130STANBUL", "istanbul"),
        ("\u0130stanbul", "\u0131STANBUL"),
        ("DIYARBAKIR", "diyarbak\u0131r"),
        ("STRASSE", "stra\u00dfe"),
    ],
)
def test_texts_that_people_read_alike_fold_alike(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Big deal", "Bigdeal"), ("resume", "r\u00e9sum\u00e9"), ("\u0130", "\u00ed"), ("o", "\u00f6")],
)
def test_texts_that_people_read_differently_do_not(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@given(st.text())
def test_folding_twice_changes_nothing_and_ignores_composition(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))


@given(st.text(), st.text())
def test_white_space_around_and_between_does_not_count(one: str, other: str) -> None:
    assert fold_text(f"\u00a0{one} \n {other}\t") == fold_text(f"{one}\u2003{other}")
    assert fold_text(as_seen(one)) == fold_text(one)


def test_a_long_text_is_folded_once_and_only_its_beginning() -> None:
    text = "\u0130\u00e9 " * 300_000
    fold_text(text)
    started = time.perf_counter()
    for _ in range(2_000):
        fold_text(text)

    assert time.perf_counter() - started < 0.2
    assert len(fold_text(text)) <= 2 * LONGEST_COMPARED


@pytest.mark.parametrize(
    ("raw", "markup", "read"),
    [
        ("R&amp;D budget &gt; 5&nbsp;000 &quot;ok&quot;", Markup.HTML, 'R&D budget > 5\u00a0000 "ok"'),
        ("<p>one</p><p>two</p>", Markup.HTML, " one  two "),
        ("<b>o</b>ne<br/>two", Markup.HTML, "one two"),
        ("a < b", Markup.HTML, "a < b"),
        ("&lt;b&gt;", Markup.HTML, "<b>"),
        ("&amp;lt;", Markup.HTML, "&lt;"),
        ("Q&A at AT&T &copy", Markup.HTML, "Q&A at AT&T &copy"),
        ("&#xD800;", Markup.HTML, "\ufffd"),
        ("width <10 mm and height >5 mm", Markup.MAYBE, "width <10 mm and height >5 mm"),
        ("a <b and c> d", Markup.MAYBE, "a <b and c> d"),
        ("a < b & c > d", Markup.MAYBE, "a < b & c > d"),
        ("<ada@example.com>", Markup.MAYBE, "<ada@example.com>"),
        ('<p class="x">Hi <b>you</b></p>', Markup.MAYBE, " Hi you "),
        ("R&amp;D", Markup.MAYBE, "R&D"),
        ("<b>R&amp;D</b>", Markup.NONE, "<b>R&amp;D</b>"),
    ],
)
def test_notes_lose_their_markup_and_plain_texts_keep_their_brackets(
    raw: str, markup: Markup, read: str
) -> None:
    assert without_markup(raw, markup) == read


@given(st.text(alphabet="<>/ab=\"' &;lt#10"), st.sampled_from(Markup))
def test_no_markup_breaks_the_reading(raw: str, markup: Markup) -> None:
    read = without_markup(raw, markup)

    assert len(read) <= len(raw)
    assert compared_text(raw, markup) == read


@pytest.mark.parametrize("piece", ["<a ", "<p class='", '<p class="x" ', "&", "<!--", "<b", "</"])
def test_hostile_markup_takes_no_time(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    started = time.perf_counter()
    for markup in (Markup.HTML, Markup.MAYBE):
        without_markup(text, markup)

    assert time.perf_counter() - started < 1


def test_a_name_is_compared_without_the_quotes_that_keyboards_differ_in() -> None:
    assert fold_name("\u201eBig\u201c wins") == fold_name('"big" wins') == "big wins"
    assert fold_name("Bob\u2019s") == fold_name("Bob's")
    assert fold_name("''") == "''"
