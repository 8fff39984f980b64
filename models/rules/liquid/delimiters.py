"""How the source of a template is cut into its parts, and the check that each `{{` and `{%` is closed.

The language skips some of what is not closed. It also takes seconds to cut up a source of 8,000 bytes with
thousands of blanks inside a tag, so its rules are written here again: with the same results, without going
back (`*+`, `++`). Thousands of `{{` without an end would still take seconds; so they are refused.
"""

from __future__ import annotations

import re
from typing import Final

from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_EOF, Token

from models.languages.translate import marked, tr

TOO_DEEP: Final = marked("the template is nested too deep")


def _inside(end: str) -> str:
    return rf"(?:(?!-?{end})\S|\s++(?!-?{end}))*+"


def _verbatim(tag: str, start_dash: str, end_dash: str) -> str:
    return (
        rf"\{{%-?\s*+{tag}\s*+(?P<{start_dash}>-?)%\}}(?P<{tag}>.*?)"
        rf"\{{%-?\s*+end{tag}\s*+(?P<{end_dash}>-?)%\}}"
    )


# Where nothing closes what is opened, it is content. The language reads the groups by these names.
PARTS: Final = re.compile(
    rf"(?P<RAW>{_verbatim('raw', 'rsr', 'rsr_e')})"
    rf"|(?P<DOC>{_verbatim('doc', 'lsd', 'rsd')})"
    rf"|(?P<output>\{{\{{-?\s*+(?P<stmt>{_inside('}}')})\s*+(?P<rss>-?)\}}\}})"
    rf"|(?P<TAG>\{{%-?\s*+(?P<name>#|\w++)\s*+(?P<expr>{_inside('%}')})\s*+(?P<rst>-?)%\}})"
    r"|(?P<content>.+?(?=((\{%|\{\{)(?P<rstrip>-?))|$))",
    re.DOTALL,
)
_OPENED: Final = re.compile(r"\{\{|\{%")
_CLOSED_BY: Final = {"{{": "}}", "{%": "%}", "{% raw %}": "{% endraw %}", "{% doc %}": "{% enddoc %}"}
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_MOST_PARENTHESES: Final = 50
_MOST_UNCLOSED: Final = 20  # inside comments, where they do no harm


def check_delimiters(source: str) -> None:
    """Raise LiquidSyntaxError in our own words, with the place, if what was opened cannot be read."""
    comments = unclosed = 0
    for part in PARTS.finditer(source):
        name = part["name"]
        if opening := _unclosed(part):
            unclosed += 1
            if not comments or unclosed > _MOST_UNCLOSED:
                raise _not_closed(opening, part)
        elif part["stmt"] is not None or (name and name != "#"):
            _check_inside(part, is_read=not comments)
        if name in ("comment", "endcomment"):
            comments = max(comments + (1 if name == "comment" else -1), 0)


def _unclosed(part: re.Match[str]) -> str:
    """Return what a part opens and nothing closes, empty for a part that is whole."""
    if part["name"] in ("raw", "doc") and not part["expr"]:
        return f"{{% {part['name']} %}}"
    opened = _OPENED.match(part.string, part.start()) if part.lastgroup == "content" else None
    return opened[0] if opened else ""


def _check_inside(part: re.Match[str], *, is_read: bool) -> None:
    bare = _QUOTED.sub("", part[0][2:-2])
    if _OPENED.search(bare):  # it was closed by what closes another one
        raise _not_closed(part[0][:2], part)
    if is_read and bare.count("(") > _MOST_PARENTHESES:
        raise _error(tr(TOO_DEEP), part)


def _not_closed(opening: str, part: re.Match[str]) -> LiquidSyntaxError:
    words = tr("“{opening}” is not closed with “{closing}”", opening=opening, closing=_CLOSED_BY[opening])
    return _error(words, part)


def _error(words: str, part: re.Match[str]) -> LiquidSyntaxError:
    return LiquidSyntaxError(words, token=Token(TOKEN_EOF, part[0][:2], part.start(), part.string))
