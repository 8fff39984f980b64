"""Liquid sources: which are accepted, and which are refused with the line."""

from __future__ import annotations

import pytest

from bot.text import liquid
from models.rules.liquid_check import FILTERS, SOURCE_BYTES, TAGS, problems


@pytest.mark.parametrize(
    "source",
    [
        "",
        "plain",
        "{{ deal.title }}",
        "{{ deal.value | money }}",
        "{% if before.stage %}x{% endif %}",
        "x" * SOURCE_BYTES,
    ],
)
def test_sound_source_has_no_problems(source: str) -> None:
    assert problems(source) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{{ deal.title", "expected"),
        ("{% if x %}", "endif"),
        ("{% include 'x' %}", "unexpected tag 'include'"),
        ("{% render 'x' %}", "unexpected tag 'render'"),
        ("a\n{% bogus %}", "line 2 of the template"),
        ("{{ x | frobnicate }}", "unknown filter 'frobnicate'"),
        ("é" * SOURCE_BYTES, "16,000 bytes, 8,000 are allowed"),
    ],
)
def test_unsound_source_is_refused_in_words(source: str, complaint: str) -> None:
    assert complaint in "\n".join(problems(source))


def test_saving_and_drawing_allow_the_same() -> None:
    assert set(liquid._TAGS) == TAGS
    assert {*liquid._FILTERS, "money", "number", "date"} == FILTERS
    assert liquid.SOURCE_BYTES == SOURCE_BYTES
