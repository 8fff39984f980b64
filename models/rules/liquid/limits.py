"""What one rendering of a template may cost: its filters, its lookups, and the steps of all it goes through.

Each is counted, not timed, so that a template which was accepted draws the same on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import Final, TextIO

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import Token
from liquid.undefined import UNDEFINED

from models.languages.translate import tr
from models.rules.liquid.delimiters import TOO_DEEP

MOST_FILTER_CALLS: Final = 2_000
MOST_LOOKUPS: Final = 20_000
MOST_STEPS: Final = 50_000
_LETTERS_A_CALL: Final = 2_000  # a filter on a text of 4,000 letters counts as three
_LETTERS_A_STEP: Final = 500  # the same for a text that is looked up, compared or written
_ITEMS_A_LOOKUP: Final = 4
_LOCALS_A_STEP: Final = 4  # each `assign` measures all variables of the template
_STEPS_A_LOOP: Final = 6  # to start one, however few its rounds
_MOST_DEPTH: Final = 200  # of an expression; each `or` is one deeper


class RenderLimitError(ResourceLimitError):
    """A template calls too many filters, looks up too many variables or takes too many steps."""


class CountingContext(RenderContext):
    """One rendering, which counts what it does; a call or a lookup of something large counts for more."""

    _calls = _lookups = _steps = 0

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter that raises RenderLimitError once too many were called."""
        work = super().filter(name, token)

        def counted(left: object, *given: object, **named: object) -> object:
            self._calls += 1 + (len(left) // _LETTERS_A_CALL if isinstance(left, str) else 0)
            if self._calls > MOST_FILTER_CALLS:
                raise RenderLimitError(tr("too many filters"), token=None)
            return work(left, *given, **named)

        return counted

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Look up a variable: `deal.title` counts as one. Raises RenderLimitError."""
        found = super().get(path, token=token, default=default)
        self._lookups += max(1, len(path) - 1) + _weight(found)
        if self._lookups > MOST_LOOKUPS:
            raise RenderLimitError(tr("too many variable lookups"), token=None)
        return found

    def spend(self, steps: int) -> None:
        """Count steps. Raises RenderLimitError."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise RenderLimitError(tr("too many steps"), token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count the rounds of a loop before it starts."""
        super().raise_for_loop_limit(length)
        self.spend(length + _STEPS_A_LOOP)

    def get_size_of_locals(self) -> int:
        """Count what it costs to measure the variables, and measure them."""
        self.spend(len(self.locals) // _LOCALS_A_STEP)
        return super().get_size_of_locals()


class _CountedNode(Node):
    """A part of a template that counts its steps each time it is drawn."""

    __slots__ = ("_inner", "_steps")

    def __init__(self, inner: Node, steps: int) -> None:
        super().__init__(inner.token)
        self._inner, self._steps, self.blank = inner, steps, inner.blank

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, CountingContext):
            context.spend(self._steps)
        return self._inner.render(context, buffer)

    def children(
        self,
        _context: RenderContext,
        *,
        include_partials: bool = True,  # noqa: ARG002 - the language's own name
    ) -> list[Node]:
        return [self._inner]


def count_steps(parsed: BoundTemplate) -> None:
    """Let each part of a template count, wherever it stands. Raises LiquidSyntaxError if it is too deep."""
    _count(parsed.nodes, RenderContext(parsed))


def _count(nodes: list[Node], context: RenderContext) -> None:
    nodes[:] = [_CountedNode(each, _steps_of(each, context)) for each in nodes]


def _steps_of(node: Node, context: RenderContext) -> int:
    """Return what a part costs with all its conditions; what stands in its blocks counts by itself."""
    steps = 1 + sum(_size(each) for each in expressions(node))
    if isinstance(text := getattr(node, "text", None), str):
        steps += len(text) // _LETTERS_A_STEP
    for inner in node.children(context, include_partials=False):
        if isinstance(inner, BlockNode):
            _count(inner.nodes, context)
        else:
            steps += _steps_of(inner, context)
    return steps


def expressions(node: Node) -> Iterator[Expression]:
    """Return all expressions of one part of a template, without those of the parts in it.

    Raises LiquidSyntaxError if they are nested so deep that a worker might not be able to evaluate them.
    """
    waiting = [(each, 1) for each in node.expressions()]
    while waiting:
        part, depth = waiting.pop()
        if depth > _MOST_DEPTH:
            raise LiquidSyntaxError(tr(TOO_DEEP), token=part.token)
        yield part
        waiting.extend((each, depth + 1) for each in part.children())


def _size(part: Expression) -> int:
    if isinstance(part, Path):
        return 0  # it is counted where it is looked up
    return 1 + (len(part.value) // _LETTERS_A_STEP if isinstance(part, StringLiteral) else 0)


def _weight(found: object) -> int:
    """Return how much more than one a value counts: it may be compared and written in every lookup."""
    if isinstance(found, str):
        return len(found) // _LETTERS_A_STEP
    return len(found) // _ITEMS_A_LOOKUP if isinstance(found, Sized) else 0
