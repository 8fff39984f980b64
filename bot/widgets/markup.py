"""Keeps the few HTML tags that Chat renders (b, i, u, s, br, a) and escapes everything else."""

import html
import re

from bot.text.format import ELLIPSIS, clean, cut_bytes

_TAG = re.compile(
    r"""<(/?)(b|i|u|s|br|a)(?:\s+href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'))?\s*/?>""", re.IGNORECASE
)
_LINK = re.compile(r"https://[^\s\"'<>\\]+\Z", re.IGNORECASE)
_LOOPBACK = re.compile(
    r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:/[^\s\"'<>\\]*)?\Z", re.IGNORECASE
)
_CONTACT = re.compile(r"(?:mailto:[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{3,255}|tel:\+?[0-9]{3,20})\Z")
_MOST_LINK = 2000


def is_link(url: str) -> bool:
    """Return whether a card may link to `url`: https, or http to this machine (the demo)."""
    return len(url) <= _MOST_LINK and bool(_LINK.match(url) or _LOOPBACK.match(url))


def is_contact(url: str) -> bool:
    """Return whether `url` writes a mail or calls a number, and nothing else: no subject, no text."""
    return bool(_CONTACT.match(url))


def simple_html(source: str, most: int = 28_000) -> str:
    """Return `source` as balanced, harmless HTML in about `most` bytes; line ends become <br>."""
    return _Converter(most).convert(source)


class _Converter:
    """One text being converted: the output, the open tags, the bytes left."""

    def __init__(self, room: int) -> None:
        self.out: list[str] = []
        self.open: list[str] = []
        self.room = room

    def convert(self, source: str) -> str:
        at = 0
        for tag in _TAG.finditer(source):
            self._add_text(source[at : tag.start()])
            self._add_tag(*tag.groups())
            at = tag.end()
            if self.room <= 0:
                break
        else:
            self._add_text(source[at:])
        self._close_down_to(0)
        return "".join(self.out)

    def _add_text(self, source: str) -> None:
        cut = cut_bytes(_clean_inner(html.unescape(source)), max(self.room, 0))
        self.room = 0 if cut.endswith(ELLIPSIS) else self.room - len(cut.encode())
        self.out.append(html.escape(cut).replace("\n", "<br>"))

    def _add_tag(self, closing: str, name: str, quoted: str | None, ticked: str | None) -> None:
        name, url = name.lower(), html.unescape(quoted or ticked or "")
        self.room -= 2 * len(name) + 5 + len(url)
        if name == "br":
            self.out.append("<br>")
        elif closing and name in self.open:
            self._close_down_to(len(self.open) - 1 - self.open[::-1].index(name))
        elif not closing and (name != "a" or is_link(url) or is_contact(url)):
            self.out.append(f'<a href="{html.escape(url)}">' if name == "a" else f"<{name}>")
            self.open.append(name)

    def _close_down_to(self, depth: int) -> None:
        while len(self.open) > depth:
            self.out.append(f"</{self.open.pop()}>")


def _clean_inner(cut: str) -> str:
    """Clean `cut`, but keep the spaces at its edges, which separate it from adjacent tags."""
    inner = clean(cut, lines=True)
    if not inner:
        return cut if cut.isspace() and cut.isascii() else ""
    before, after = cut[: len(cut) - len(cut.lstrip())], cut[len(cut.rstrip()) :]
    return f"{before if before.isascii() else ' '}{inner}{after if after.isascii() else ' '}"
