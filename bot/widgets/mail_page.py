"""The HTML of a mail: the rows of a message, in markup that mail programs of all kinds draw."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final

from bot.widgets.readable import Readable, ReadableRow
from models.languages.translate import current_language

_GREY: Final = "color:#5f6368;font-size:13px"
_BUTTON: Final = (
    "display:inline-block;margin:4px 8px 4px 0;padding:8px 16px;border-radius:6px;background:#0b57d0;"
    "color:#ffffff;text-decoration:none"
)
_PAGE: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body style="margin:0;padding:16px;background:#f1f3f4;font:15px/1.5 Arial,Helvetica,sans-serif;color:#202124">
<div style="max-width:560px;margin:0 auto;padding:20px 24px;background:#ffffff;border-radius:8px">
<h1 style="margin:0;font-size:19px;line-height:1.3">{title}</h1>
{body}
</div>
<p style="max-width:560px;margin:12px auto;{grey}">{why}
<a href="{leave}" style="color:#5f6368">{leave_text}</a></p>
</body></html>
"""


def draw_page(read: Readable, *, why: str, leave: str, unsubscribe_url: str) -> str:
    """Return the page of a message; below it `why` it came, and the link to `leave`, both plain text."""
    subtitle = (
        [f'<p style="margin:2px 0 0;{_GREY}">{html.escape(read.subtitle)}</p>'] if read.subtitle else []
    )
    body = [*subtitle, *(_html_row(row) for row in read.rows), _html_links(read.links)]
    return _PAGE.format(
        language=current_language().code,
        title=html.escape(read.title),
        body="\n".join(filter(None, body)),
        grey=_GREY,
        why=html.escape(why),
        leave=html.escape(unsubscribe_url),
        leave_text=html.escape(leave),
    )


def _html_row(row: ReadableRow) -> str:
    if row.is_heading:
        return f'<h2 style="margin:16px 0 4px;font-size:15px">{row.markup}</h2>'
    text = f'<a href="{html.escape(row.url)}">{row.markup}</a>' if row.url else row.markup
    label = f'<span style="{_GREY}">{html.escape(row.label)}</span><br>' if row.label else ""
    below = f'<br><span style="{_GREY}">{html.escape(row.below)}</span>' if row.below else ""
    return f'<p style="margin:10px 0">{label}{text}{below}</p>'


def _html_links(links: Sequence[tuple[str, str]]) -> str:
    drawn = (
        f'<a href="{html.escape(url)}" style="{_BUTTON}">{html.escape(label)}</a>' for label, url in links
    )
    return f'<p style="margin:16px 0 0">{"".join(drawn)}</p>' if links else ""
