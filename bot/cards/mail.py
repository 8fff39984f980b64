"""The mail of a message: the same facts as its card, as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.text.format import clean, cut_letters
from bot.widgets import Message
from bot.widgets.mail_page import draw_page
from bot.widgets.readable import Readable, ReadableRow, read_message
from models.languages.translate import tr

SUBJECT_LETTERS: Final = 150


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's subject, one line without hidden letters, and its body twice."""

    subject: str
    text: str
    html: str


def mail_of(message: Message, endpoint: str, *, rule: str, unsubscribe_url: str) -> MailText:
    """Return the mail of a message, in the language that is spoken; `rule` is why it comes, or empty."""
    read = read_message(message, endpoint)
    subject = cut_letters(clean(message.fallback_text) or read.title, SUBJECT_LETTERS)
    why = (
        tr("The rule “{rule}” of Pipenotify sent this.", rule=clean(rule))
        if rule
        else tr("Pipenotify sent this.")
    )
    leave = tr("Get no more of these mails")
    foot = f"{why}\n{leave}: {unsubscribe_url}"
    page = draw_page(read, why=why, leave=leave, unsubscribe_url=unsubscribe_url)
    return MailText(subject, f"{_as_text(read)}\n\n-- \n{foot}\n", page)


def _as_text(read: Readable) -> str:
    rows = ["\n".join(filter(None, (read.title, read.subtitle)))]
    rows += [_text_row(row) for row in read.rows]
    rows += [f"{label}: {url}" for label, url in read.links]
    return "\n\n".join(filter(None, rows))


def _text_row(row: ReadableRow) -> str:
    first = f"{row.label}: {row.text}" if row.label else row.text
    return "\n".join(filter(None, (first, row.below, row.url)))
