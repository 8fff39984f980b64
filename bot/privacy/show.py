"""Draws whether contact details are encrypted, how far that is, and the button for the opposite."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.context import Context
from bot.text.format import number
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.languages.translate import tr
from models.maintenance.encryption import Encryption, get_encryption


def encryption_now(context: Context) -> Message:
    return draw_encryption(context, get_encryption(context.session, context.tenant_id))


def draw_encryption(context: Context, found: Encryption) -> Message:
    """Return the card: what is encrypted, what happens next, and to admins the way back."""
    title, detail = _words(found)
    buttons = [] if found.is_over else [Button(tr("How far is it?"), press("privacy.progress"))]
    return done_card(title, detail, buttons=[*buttons, *switch_buttons(context, found)])


def switch_buttons(context: Context, found: Encryption) -> list[Button]:
    """Return the button that turns encryption on or off, to who may press it."""
    if not context.offers(Action.RETENTION_CHANGE):
        return []
    words = tr("Decrypt contact details") if found.is_on else tr("Encrypt contact details")
    return [Button(words, press("privacy.encrypt", to="off" if found.is_on else "on"))]


def encryption_text(found: Encryption) -> str:
    """Return the state in a few words: `being encrypted: 120 of 500 rows`."""
    if found.is_over:
        return tr("encrypted") if found.is_on else tr("not encrypted")
    done, total = number(found.done), number(found.total)
    if found.is_on:
        return tr("being encrypted: {done} of {total} rows", done=done, total=total)
    return tr("being decrypted: {done} of {total} rows", done=done, total=total)


def _words(found: Encryption) -> tuple[str, str]:
    if found.is_over:
        return _settled(is_on=found.is_on)
    follows = tr(
        "What is kept already follows by itself: {done} of {total} rows so far.",
        done=number(found.done),
        total=number(found.total),
    )
    if found.is_on:
        begins = tr("What comes from now on is encrypted at once.")
        return tr("Contact details are being encrypted"), f"{begins} {follows}"
    begins = tr("What comes from now on is kept as plain text.")
    return tr("Contact details are being decrypted"), f"{begins} {follows}"


def _settled(*, is_on: bool) -> tuple[str, str]:
    apart = tr("Names and titles by which you search stay plain text.")
    if is_on:
        words = tr(
            "E-mail addresses, phone numbers and whatever else Pipedrive tells us of people outside your team"
            " are encrypted in our database."
        )
        return tr("Contact details are encrypted"), f"{words} {apart}"
    words = tr(
        "E-mail addresses, phone numbers and whatever else Pipedrive tells us of people outside your team"
        " are plain text in our database. Once they are encrypted, nobody reads them there or in a copy of it"
        " without our keys. Cards and searches stay as they are."
    )
    return tr("Contact details are not encrypted"), f"{words} {apart}"
