"""Sources that Liquid's reader would take seconds for are refused at once, in our own words."""

from __future__ import annotations

import time

import pytest
from liquid.exceptions import LiquidSyntaxError

from models.rules.liquid.delimiters import check_delimiters
from tests.models.rules.liquid.test_environment import parse

SLOW = {
    "{% comment %}" + "{{" * 3_900 + "{% endcomment %}": "“{{” is not closed with “}}”",
    "{{" * 4_000: "“{{” is not closed with “}}”",
    "{% if 1 %}x{% endif" + " " * 7_900 + "%}": "more than 200 blanks in a row inside a tag",
    "{{" + "\n" * 7_900 + "}}": "more than 200 blanks in a row inside a tag",
    "{% if " + "(" * 7_900 + " %}{% endif %}": "the template is nested too deep",
}


@pytest.mark.parametrize("source", SLOW)
def test_a_source_that_is_slow_to_read_is_refused_at_once(source: str) -> None:
    """Each of them took 0.4 to 3.4 s; some were accepted."""
    started = time.thread_time()
    with pytest.raises(LiquidSyntaxError) as caught:
        parse(source)

    assert time.thread_time() - started < 0.1
    assert caught.value.message == SLOW[source]


def test_ordinary_blanks_and_parentheses_are_allowed() -> None:
    check_delimiters(
        "{% if deal.title contains '((((' %}" + " " * 500 + "x{%" + " " * 200 + "endif %}" + "(" * 99
    )
