"""Liquid for customers' templates: a subset of the language, with limits on time, memory and output.

Ranges are refused: python-liquid 2.3.6 turns `(1..1000000000) reversed` into a list before it counts loops.
Filters are an allow-list, and the result of each is bounded, because a chain could double it endlessly.
How money and days are written is given by whoever renders: cards do it in the language of their readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, Final

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import (
    FilterArgumentError,
    FilterError,
    LiquidError,
    LiquidSyntaxError,
)
from liquid.lex import _tokenize_template
from liquid.token import Token

from models.errors import Interruption
from models.languages.translate import marked, tr, whole
from models.rules.liquid.delimiters import PARTS, TOO_DEEP, check_delimiters
from models.rules.liquid.limits import CountingContext, count_steps, expressions

SOURCE_BYTES: Final = 8_000
OUTPUT_BYTES: Final = 28_000
_MOST_DIGITS: Final = 30
_DECIMALS: Final = {str(places): places for places in range(7)}
_TAGS = """
    # assign break capture case comment content continue doc echo for if illegal output unless
""".split()  # noqa: SIM905 - a column of quotes would hide the words
_FILTERS = """
    abs append at_least at_most capitalize ceil default divided_by downcase escape escape_once first floor
    join last lstrip minus modulo newline_to_br plus prepend round rstrip size slice strip strip_newlines
    times truncate truncatewords upcase
""".split()  # noqa: SIM905 - same
_DATE_FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdeHIjmMpyY%]){0,60}\Z")
# Their texts tell people what a template did; those of other kinds are about the code of the language.
_TELLING: Final = (LiquidError, ArithmeticError, TypeError, ValueError)
# What the language itself says when something is wrong, and the same with values, to be translated.
_LIQUID_TEXTS: Final = (
    (re.compile(r"unknown filter (?P<name>'.*')", re.DOTALL), marked("unknown filter {name}")),
    (re.compile(r"unexpected tag (?P<name>'.*')", re.DOTALL), marked("unexpected tag {name}")),
    (re.compile("block nesting limit reached|maximum context depth reached.*|.*nested too deep"), TOO_DEEP),
    (re.compile("loop iteration limit reached"), marked("loop iteration limit reached")),
    (re.compile("output stream limit reached"), marked("output stream limit reached")),
    (re.compile("local namespace limit reached"), marked("local namespace limit reached")),
    (re.compile(r"(?P<name>\w+): can't divide by 0"), marked("{name}: can't divide by 0")),
)


@dataclass(frozen=True, slots=True)
class Formats:
    """How values become text: money with its currency, a number, a day, and any text without line breaks.

    A number has as many decimals as are asked for; None asks for those that it has.
    """

    money: Callable[[object, object], str]
    number: Callable[[object, int | None], str]
    day: Callable[[str], str]
    clean: Callable[[object], str]


class TemplateFailed(ValueError):
    """A template that does not work; the text says why, and on which line."""


class _CountedTemplate(BoundTemplate):
    context_class = CountingContext


class BoundedEnvironment(Environment):
    """Liquid with its limits: 1,000 loops, 64 kB of variables, 28 kB of output, ten levels, and `limits`."""

    template_class = _CountedTemplate
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 1_000
    local_namespace_limit = 64_000
    output_stream_limit = OUTPUT_BYTES

    def __init__(self, formats: Formats) -> None:
        super().__init__(autoescape=True, strict_filters=True, tolerance=Mode.STRICT)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _TAGS}
        self.filters = {name: _bounded(self.filters[name]) for name in _FILTERS}
        self.filters |= {"money": _money(formats), "number": _number(formats), "date": _date(formats)}

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """Return what cuts a source into its parts, by rules that are quick for every source."""
        return partial(_tokenize_template, rules=PARTS)

    def parse_bounded(self, source: str) -> BoundTemplate:
        """Return `source` ready to render. Raises LiquidError if it is wrong, too long or not allowed."""
        size = len(source.encode("utf-8", "replace"))
        if size > SOURCE_BYTES:
            words = tr(
                "the template has {size} bytes, {most} are allowed",
                size=whole(size),
                most=whole(SOURCE_BYTES),
            )
            raise LiquidSyntaxError(words, token=None)
        check_delimiters(source)
        try:
            parsed = self.from_string(source)
        except LiquidError as wrong:
            if isinstance(wrong.__cause__, RecursionError):
                raise LiquidSyntaxError(tr(TOO_DEEP), token=None) from wrong
            raise
        _refuse_ranges(parsed)
        count_steps(parsed)
        return parsed


def _bounded(work: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse huge numbers and texts, before and after the filter."""

    @wraps(work)
    def careful(*given: Any, **named: Any) -> Any:
        for one in (*given, *named.values()):
            _check_size(one)
        try:
            made = work(*given, **named)
        except (ArithmeticError, ValueError) as wrong:
            raise FilterArgumentError(str(wrong), token=None) from wrong
        _check_size(made)
        return made

    return careful


def _check_size(value: Any) -> None:
    if isinstance(value, str) and len(value) > OUTPUT_BYTES:
        raise FilterError(tr("a text grew too long"), token=None)
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        raise FilterError(tr("a number grew too long"), token=None)


def _money(formats: Formats) -> Callable[..., str]:
    def money(value: object, currency: object = None) -> str:
        return formats.money(value, currency or getattr(value, "currency", None))

    return money


def _number(formats: Formats) -> Callable[..., str]:
    def number(value: object, places: object = None) -> str:
        asked = _DECIMALS.get(str(places)) if isinstance(places, str | int) else None
        return formats.number(value, asked)

    return number


def _date(formats: Formats) -> Callable[..., str]:
    def date(value: object, form: object = None) -> str:
        text = formats.clean(value)
        if not form:
            return formats.day(text)
        if not isinstance(form, str | int | float) or not _DATE_FORMAT.match(str(form)):
            known = "%a %A %b %B %d %e %H %I %j %m %M %p %y %Y"
            raise FilterArgumentError(tr("date knows {letters}", letters=known), token=None)
        try:
            return datetime.fromisoformat(text).strftime(str(form))
        except ValueError:
            return text

    return date


def _refuse_ranges(parsed: BoundTemplate) -> None:
    context = RenderContext(parsed)
    waiting = list(parsed.nodes)
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children(context, include_partials=False))
        if found := next((each for each in expressions(node) if isinstance(each, RangeLiteral)), None):
            raise LiquidSyntaxError(tr("ranges like (1..5) are not allowed"), token=found.token)


@contextmanager
def template_failures() -> Iterator[None]:
    """Turn whatever a template raises, while it is read or drawn, into TemplateFailed.

    The language raises more kinds than its own: for what its authors did not foresee, KeyError and others.
    """
    try:
        yield
    except Exception as wrong:
        if isinstance(wrong, Interruption):
            raise
        raise TemplateFailed(complaint(wrong)) from wrong


def complaint(wrong: Exception) -> str:
    """Return the error of a template in one line, with the line of the template if known."""
    if isinstance(wrong, RecursionError):
        return tr(TOO_DEEP)
    where = wrong.context() if isinstance(wrong, LiquidError) and wrong.token else None
    message = wrong.message if isinstance(wrong, LiquidError) else wrong
    message = message if isinstance(wrong, _TELLING) else ""
    words = _translated(" ".join(str(message or "").split())) or tr("the template does not work")
    return at_line(words, where[0]) if where else words


def at_line(problem: str, line: int) -> str:
    """Return what is wrong with the line (from 1) of the template where it is."""
    return tr("{problem} (line {line} of the template)", problem=problem, line=line)


def _translated(message: str) -> str:
    message = message[:300]
    for pattern, words in _LIQUID_TEXTS:
        if found := pattern.fullmatch(message):
            return tr(words, **found.groupdict())
    return message
