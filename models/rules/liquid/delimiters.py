"""The check of a source before Liquid reads it: each `{{` and `{%` must be closed, and quick to read.

The language skips some of what is not closed. Its reader also takes seconds where thousands of them, or
thousands of blanks inside one, stand in a source of 8,000 bytes.
"""

from __future__ import annotations

import re
from typing import Final

from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_EOF, Token

from models.languages.translate import marked, tr, whole

TOO_DEEP: Final = marked("the template is nested too deep")
_OPENED: Final = re.compile(r"\{\{|\{%")
_CLOSED_BY: Final = {"{{": "}}", "{%": "%}"}
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_COMMENT: Final = re.compile(r"-?\s*#")
_MOST_BLANKS: Final = 200
_BLANKS: Final = re.compile(rf"\s{{{_MOST_BLANKS + 1}}}")
_MOST_PARENTHESES: Final = 50


def check_delimiters(source: str) -> None:
    """Raise LiquidSyntaxError in our own words, with the place, if what was opened cannot be read."""
    at = 0
    while opened := _OPENED.search(source, at):
        end = source.find(_CLOSED_BY[opened.group()], opened.end())
        inner = source[opened.end() : max(end, 0)]
        bare = _QUOTED.sub("", inner)
        if end < 0 or (_OPENED.search(bare) and not _COMMENT.match(inner)):
            closing = _CLOSED_BY[opened.group()]
            words = tr("“{opening}” is not closed with “{closing}”", opening=opened.group(), closing=closing)
            raise _error(words, source, opened.start())
        if _BLANKS.search(inner):
            words = tr("more than {most} blanks in a row inside a tag", most=whole(_MOST_BLANKS))
            raise _error(words, source, opened.start())
        if bare.count("(") > _MOST_PARENTHESES:
            raise _error(tr(TOO_DEEP), source, opened.start())
        at = end + 2


def _error(words: str, source: str, at: int) -> LiquidSyntaxError:
    return LiquidSyntaxError(words, token=Token(TOKEN_EOF, source[at : at + 2], at, source))
