"""The check of a Liquid source before it is saved: short, well-formed, only allowed tags and filters."""

from __future__ import annotations

import re
from typing import Final

from liquid import Environment, Mode
from liquid.exceptions import LiquidError

SOURCE_BYTES: Final = 8_000
TAGS: Final = frozenset(
    re.findall(
        r"\S+",
        "# assign break capture case comment content continue doc echo for if illegal output unless",
    )
)
FILTERS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        abs append at_least at_most capitalize ceil date default divided_by downcase escape escape_once
        first floor join last lstrip minus modulo money newline_to_br number plus prepend round rstrip
        size slice strip strip_newlines times truncate truncatewords upcase
        """,
    )
)


def _make_environment() -> Environment:
    environment = Environment(tolerance=Mode.STRICT)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in TAGS}
    return environment


_ENVIRONMENT: Final = _make_environment()


def liquid_problems(source: str) -> list[str]:
    """Return what is wrong with a source, in words with the line; empty if it may be saved."""
    size = len(source.encode("utf-8", "replace"))
    if size > SOURCE_BYTES:
        return [f"the template has {size:,} bytes, {SOURCE_BYTES:,} are allowed"]
    try:
        used = _ENVIRONMENT.from_string(source).analyze().filters
    except LiquidError as wrong:
        return [_problem_text(wrong)]
    except RecursionError:
        return ["the template is nested too deep"]
    return [f"unknown filter {name[:80]!r}" for name in used if name not in FILTERS]


def _problem_text(wrong: LiquidError) -> str:
    where = wrong.context() if wrong.token else None
    message = " ".join(str(wrong.message or "the template does not work").split())[:300]
    return f"{message} (line {where[0]} of the template)" if where else message
