"""Liquid sources: which are accepted, and which are refused with the line."""

from __future__ import annotations

import pytest

from bot.text import liquid
from models.rules.liquid_check import FILTERS, SOURCE_BYTES, TAGS, liquid_problems


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
def test_valid_source_has_no_problems(source: str) -> None:
    assert liquid_problems(source) == []


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
def test_invalid_source_is_refused_with_a_message(source: str, complaint: str) -> None:
    assert complaint in "\n".join(liquid_problems(source))


def test_saving_and_drawing_allow_the_same() -> None:
    assert set(liquid._TAGS) == TAGS
    assert {*liquid._FILTERS, "money", "number", "date"} == FILTERS
    assert liquid.SOURCE_BYTES == SOURCE_BYTES
