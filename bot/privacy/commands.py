"""privacy: for how long history is kept, how much is kept of somebody, and whether it is encrypted."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.privacy.show import draw_encryption, encryption_now, encryption_text, switch_buttons
from bot.widgets import Button, Link
from models.accounts.permissions import require
from models.accounts.queries import find_user
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr, tr_plural
from models.languages.words import meaning_of
from models.maintenance.encryption import get_encryption, set_encryption
from models.maintenance.person_data import count_person
from models.maintenance.retention import get_retention


@command(
    "privacy",
    right=Action.OVERVIEW_READ,
    usage="[e-mail]",
    summary="For how long history is kept; with an e-mail, how much is kept of somebody",
)
def privacy(context: Context) -> Reply:
    email = next((word.lower() for word in context.args if "@" in word), None)
    return _of_person(context, email) if email else _of_team(context)


@command(
    "privacy encrypt",
    right=Action.RETENTION_CHANGE,
    usage="[on|off]",
    summary="Whether contact details are encrypted in the database, and how far that is",
    writes=True,
)
def privacy_encrypt(context: Context) -> Reply:
    """Show the state; with a word, encrypt contact details or decrypt them."""
    if not context.args:
        return Say(encryption_now(context))
    is_on = {"on": True, "off": False}.get(meaning_of(context.args[0]))
    if is_on is None:
        raise InvalidRequest(user_message=tr("Say privacy encrypt on, or privacy encrypt off."))
    return Say(draw_encryption(context, set_encryption(context.session, context.actor, is_on=is_on)))


def _of_team(context: Context) -> Reply:
    kept = get_retention(context.session, context.tenant_id, context.deps.keep_days)
    encryption = get_encryption(context.session, context.tenant_id)
    facts = [
        (tr("Events of Pipedrive"), _days(kept.events)),
        (tr("Deliveries"), _days(kept.deliveries)),
        (tr("Attempts to send"), _days(kept.attempts)),
        (tr("Audit trail"), _days(kept.audit)),
        (tr("Contact details"), encryption_text(encryption)),
    ]
    buttons = [Button(tr("Privacy"), Link(f"{context.deps.base_url}/privacy"))]
    if context.actor.may(Action.RETENTION_CHANGE):
        buttons.append(Button(tr("Change, export, erase"), Link(f"{context.deps.base_url}/admin/data")))
    buttons += switch_buttons(context, encryption)
    words = tr("What is still owed stays until it is sent or given up.")
    return Say(done_card(tr("For how long history is kept"), words, facts=facts, buttons=buttons))


def _of_person(context: Context, email: str) -> Reply:
    require(context.session, context.actor, Action.PEOPLE_CHANGE)
    user = find_user(context.session, context.tenant_id, email)
    if user is None:
        raise NotFound(user_message=tr("Nobody in your team has the e-mail {email}.", email=email[:320]))
    _, parts = count_person(context.session, context.actor, user.id)
    rows = sum(part.count for part in parts)
    page = Link(f"{context.deps.base_url}/admin/people/{user.id}")
    words = tr("The admin page lists what it is, gives a file of it, and erases it.")
    title = tr("What is kept of {person}", person=user.email)
    count = tr_plural("{count} row", "{count} rows", rows)
    return Say(done_card(title, words, facts=[(tr("Kept"), count)], buttons=[Button(tr("Open it"), page)]))


def _days(days: int | None) -> str:
    return tr("forever") if days is None else tr_plural("{count} day", "{count} days", days)
