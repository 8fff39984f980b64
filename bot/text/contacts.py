"""Mail addresses and telephone numbers of an object as links, wherever they stand in a line of its card."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.text.format import clean
from models.pipedrive.change import Change

_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")
_NUMBER: Final = re.compile(r"\+?[0-9]{5,15}")
_GROUPING: Final = re.compile(r"[\s().\-/\u2010-\u2013]")
MOST: Final = 10


def linked(text: str, change: Change) -> str:
    """Return a line as HTML in which the contacts of the object are links; empty where it has none.

    Everything else is escaped.
    """
    links = {html.escape(shown): url for shown, url in _contacts(change.state) if shown in text}
    if not links:
        return ""
    longest_first = sorted(links, key=len, reverse=True)
    pattern = "|".join(re.escape(each) for each in longest_first)
    return re.sub(pattern, lambda found: f'<a href="{links[found[0]]}">{found[0]}</a>', html.escape(text))


def _contacts(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the contacts of an object as they are shown, each with its link; others are left as text."""
    for key, link in (("emails", _mail_link), ("phones", _call_link)):
        raw = state.get(key)
        for each in (raw if isinstance(raw, list) else [raw])[:MOST]:
            shown = clean(each.get("value") if isinstance(each, Mapping) else each)
            if url := link(shown):
                yield shown, url


def _mail_link(address: str) -> str:
    return f"mailto:{address}" if _MAIL.fullmatch(address) else ""


def _call_link(number: str) -> str:
    plain = _GROUPING.sub("", number)
    return f"tel:{plain}" if _NUMBER.fullmatch(plain) else ""
