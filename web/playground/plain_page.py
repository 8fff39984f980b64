"""The small pages that the simulated Google and Pipedrive show to people."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from web.playground.wire import Answer

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:12vh auto;"
    "padding:0 1rem}a.choice{display:block;padding:.75rem 1rem;margin:.5rem 0;border:1px solid;"
    "border-radius:.5rem;color:inherit;text-decoration:none}a.choice:focus-visible{outline:3px solid}"
    "a.choice small{display:block}form{display:inline}button{font:inherit;padding:.5rem 1rem;"
    "margin:.5rem .5rem .5rem 0}"
)


def choice(label: str, small: str, path: str, query: Mapping[str, str]) -> str:
    """A link that looks like a button; `small` is its second line, "" for none."""
    below = f"<small>{escape(small)}</small>" if small else ""
    return f'<a class="choice" href="{escape(path)}?{escape(urlencode(query))}">{escape(label)}{below}</a>'


def button(label: str, path: str, query: Mapping[str, str]) -> str:
    """A submit button with this text."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in query.items()
    )
    return f'<form action="{escape(path)}">{fields}<button>{escape(label)}</button></form>'


def plain_page(title: str, says: str, choices: str = "", status: int = 200) -> Answer:
    """A whole page; `title` and `says` are text, `choices` is made of `choice`."""
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(says)}</p>{choices}</main></body></html>"
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Answer(status, body.encode(), headers)


def redirect(address: str, found: Mapping[str, str]) -> Answer:
    """Redirect the browser to a URL with these query parameters."""
    return Answer(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{urlencode(found)}"})
