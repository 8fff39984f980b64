"""What is not closed is refused in our own words, and what does no harm is allowed; both are quick."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from
from liquid import Environment
from liquid.exceptions import LiquidSyntaxError
from liquid.token import Token

from models.rules.liquid.check import liquid_problems
from models.rules.liquid.delimiters import check_delimiters
from models.rules.liquid.environment import BoundedEnvironment
from tests.models.rules.liquid.test_environment import FORMATS, parse

TAG_NAMES = ["raw", "endraw", "doc", "enddoc", "comment", "endcomment"]
COMMENT, END = "{% comment %}", "{% endcomment %}"
SLOW = {
    COMMENT + "{{" * 3_900 + END: "“{{” is not closed with “}}”",
    "{{" * 4_000: "“{{” is not closed with “}}”",
    "{" * 8_000: "“{{” is not closed with “}}”",
    COMMENT + "{" * 7_900 + END: "“{{” is not closed with “}}”",
    COMMENT + "{% raw %}" * 850 + END: "“{% raw %}” is not closed with “{% endraw %}”",
    "{% raw %}" * 850: "“{% raw %}” is not closed with “{% endraw %}”",
    "{% doc %}" * 850: "“{% doc %}” is not closed with “{% enddoc %}”",
    "{%" + "a" * 7_990: "“{%” is not closed with “%}”",
    "{% if " + "(" * 7_900 + " %}{% endif %}": "the template is nested too deep",
}
BLANKS = [
    "{% if 1 %}x{% endif" + " " * 7_900 + "%}",
    "{{" + "\n" * 3_900 + "title" + "\n" * 3_900 + "}}",
    "{% #" + " " * 7_900 + "%}",
    "{% if" + "\t" * 3_900 + "title" + " " * 3_900 + "%}{% endif %}",
    "{{ title | append: '" + " " * 7_900 + "' }}",
    "{% assign x = " + "'a' | append: " + " " * 7_900 + "title %}",
]
HARMLESS = [
    "{% raw %}Write {{ to begin{% endraw %}",
    "{% raw %}{{ {% if %} }}{% endraw %}",
    "{% doc %} use {{ title {% enddoc %}",
    "{% comment %}{{ title{% endcomment %}",
    "{% comment %}write {% raw %} before it{% endcomment %}",
    "{% comment %}" + "{{ " * 20 + "{% endcomment %}",
    "{% comment %}{% comment %}{{{% endcomment %}{{{% endcomment %}",
    "{% comment %}" + "(" * 99 + "{{ " + "(" * 99 + " }}{% endcomment %}",
    "{% # {{ %}{% # " + " " * 201 + " %}",
    "{{ '" + " " * 201 + "' }}",
    "{{ '{{' }}{% if title contains '((((' %}" + " " * 500 + "x{%" + " " * 200 + "endif %}" + "(" * 99,
]
PIECES = ["{{", "}}", "{%", "%}", "{", "}", "-", "#", "a", "'", " ", "\n", *TAG_NAMES]


@pytest.mark.parametrize("source", SLOW)
def test_a_source_that_is_slow_to_read_is_refused_at_once(source: str) -> None:
    """Each of them took 0.2 to 3.4 s; some were accepted."""
    started = time.thread_time()
    with pytest.raises(LiquidSyntaxError) as caught:
        parse(source)

    assert time.thread_time() - started < 0.1
    assert caught.value.message == SLOW[source]


@pytest.mark.parametrize("source", BLANKS)
def test_thousands_of_blanks_are_read_at_once(source: str) -> None:
    """The language's own rules took 0.4 s for the first."""
    started = time.thread_time()
    parse(source)

    assert time.thread_time() - started < 0.1


@pytest.mark.parametrize("source", HARMLESS)
def test_what_does_no_harm_is_allowed(source: str) -> None:
    check_delimiters(source)

    assert liquid_problems(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "{% comment %}{{ title{% endcomment %} and {{ who }}{% comment %}{% endcomment %}",
        "{% raw %}{{{% endraw %}{{ title",
        "{% comment %}{{{% endcomment %}{{ title",
        "{% endcomment %}{{ title",
    ],
)
def test_what_would_be_left_out_of_the_card_is_refused(source: str) -> None:
    with pytest.raises(LiquidSyntaxError, match=r"“\{\{” is not closed"):
        check_delimiters(source)


@given(lists(sampled_from(PIECES)))
def test_a_source_is_cut_up_as_the_language_does_it(parts: list[str]) -> None:
    source = "".join(parts)

    assert _cut_up(BoundedEnvironment(FORMATS), source) == _cut_up(Environment(), source)


def _cut_up(environment: Environment, source: str) -> list[tuple[str, str]] | str:
    try:
        tokens: list[Token] = list(environment.tokenizer()(source))
    except LiquidSyntaxError as refused:
        return str(refused)
    return [(each.kind, each.value) for each in tokens]
