"""Liquid for customers' templates: a subset of the language, with limits on time, memory and output.

Ranges are refused: python-liquid 2.3.6 turns `(1..1000000000) reversed` into a list before it counts loops.
Filters are an allow-list, and the result of each is bounded, because a chain could double it endlessly.
How money and days are written is given by whoever renders: cards do it in the language of their readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import (
    FilterArgumentError,
    FilterError,
    LiquidError,
    LiquidSyntaxError,
    ResourceLimitError,
)
from liquid.expression import Expression
from liquid.token import Token

from models.languages.translate import marked, tr, whole

SOURCE_BYTES: Final = 8_000
OUTPUT_BYTES: Final = 28_000
MOST_FILTER_CALLS: Final = 2_000
_LETTERS_A_CALL: Final = 2_000  # a filter on a text of 4,000 letters counts as three
_MOST_DIGITS: Final = 30
_TAGS = """
    # assign break capture case comment content continue doc echo for if illegal output unless
""".split()  # noqa: SIM905 - a column of quotes would hide the words
_FILTERS = """
    abs append at_least at_most capitalize ceil default divided_by downcase escape escape_once first floor
    join last lstrip minus modulo newline_to_br plus prepend round rstrip size slice strip strip_newlines
    times truncate truncatewords upcase
""".split()  # noqa: SIM905 - same
_DATE_FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdeHIjmMpyY%]){0,60}\Z")
# What the language itself says when something is wrong, and the same with values, to be translated.
_LIQUID_TEXTS: Final = (
    (re.compile(r"unknown filter (?P<name>'.*')", re.DOTALL), marked("unknown filter {name}")),
    (re.compile(r"unexpected tag (?P<name>'.*')", re.DOTALL), marked("unexpected tag {name}")),
    (re.compile("block nesting limit reached|.*nested too deep"), marked("the template is nested too deep")),
    (re.compile("loop iteration limit reached"), marked("loop iteration limit reached")),
    (re.compile("output stream limit reached"), marked("output stream limit reached")),
    (re.compile("local namespace limit reached"), marked("local namespace limit reached")),
    (re.compile(r"(?P<name>\w+): can't divide by 0"), marked("{name}: can't divide by 0")),
)


@dataclass(frozen=True, slots=True)
class Formats:
    """How values become text: money with its currency, a number, a day, and any text without line breaks."""

    money: Callable[[object, object], str]
    number: Callable[..., str]
    day: Callable[[str], str]
    clean: Callable[[object], str]


class FilterLimitError(ResourceLimitError):
    """A template calls too many filters."""


class _CountingContext(RenderContext):
    """One rendering, which counts the calls of filters: a call on a long text counts for more."""

    _spent = 0

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter that raises FilterLimitError once too many were called."""
        work = super().filter(name, token)

        def counted(left: object, *given: object, **named: object) -> object:
            self._spent += 1 + (len(left) // _LETTERS_A_CALL if isinstance(left, str) else 0)
            if self._spent > MOST_FILTER_CALLS:
                raise FilterLimitError(tr("too many filters"), token=None)
            return work(left, *given, **named)

        return counted


class _CountedTemplate(BoundTemplate):
    context_class = _CountingContext


class BoundedEnvironment(Environment):
    """Liquid with its limits: 1,000 loops, 2,000 filters, 64 kB of variables, 28 kB of output, ten levels."""

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
        self.filters |= {"money": _money(formats), "number": formats.number, "date": _date(formats)}

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
        try:
            parsed = self.from_string(source)
            _refuse_ranges(parsed)
        except RecursionError as deep:
            raise LiquidSyntaxError(tr("the template is nested too deep"), token=None) from deep
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


def _date(formats: Formats) -> Callable[..., str]:
    def date(value: object, form: object = None) -> str:
        text = formats.clean(value)
        if not form:
            return formats.day(text)
        if not _DATE_FORMAT.match(str(form)):
            known = "%a %A %b %B %d %e %H %I %j %m %M %p %y %Y"
            raise FilterArgumentError(tr("date knows {letters}", letters=known), token=None)
        try:
            return datetime.fromisoformat(text).strftime(str(form))
        except ValueError:
            return text

    return date


def _refuse_ranges(parsed: BoundTemplate) -> None:
    context = RenderContext(parsed)
    for node in parsed.nodes:
        for part in _expressions(node, context):
            if isinstance(part, RangeLiteral):
                raise LiquidSyntaxError(tr("ranges like (1..5) are not allowed"), token=part.token)


def _expressions(node: Node, context: RenderContext) -> Iterator[Expression]:
    waiting = list(node.expressions())
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(part.children())
    for inner in node.children(context, include_partials=False):
        yield from _expressions(inner, context)


def complaint(wrong: Exception) -> str:
    """Return the error of a template in one line, with the line of the template if known."""
    where = wrong.context() if isinstance(wrong, LiquidError) and wrong.token else None
    message = wrong.message if isinstance(wrong, LiquidError) else wrong
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
