"""Draws the inbox of who asks, and does what its buttons and commands say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.cards.done import done_card
from bot.context import Context
from bot.text.format import ago
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Fact,
    Icon,
    Link,
    Menu,
    Message,
    Press,
    Section,
    Text,
    Widget,
    is_link,
    notice_rows,
    press,
)
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr, tr_in, tr_plural, tr_stored
from models.languages.words import meaning_of
from models.notifications.actions import (
    InboxFilter,
    InboxPart,
    clear_read,
    count_inbox,
    delete_notification,
    get_notification,
    list_inbox,
    mark_all_read,
    mark_read,
)
from models.notifications.channels import ChannelFate, ChannelOutcome
from models.notifications.places import KINDS
from models.notifications.preferences import ChosenBy
from models.notifications.types import CHANNEL_TEXTS, TYPE_TEXTS, NotificationChannel, NotificationType
from models.tables.notifications import Notification

PAGE: Final = 6
TAG: Final = "tag:"
GONE: Final = marked("This notification is not in your inbox any more.")
FATE_TEXTS: Final = {
    ChannelFate.SENT: marked("It came here at once."),
    ChannelFate.CARD: marked("Its card came here."),
    ChannelFate.GATHERED: marked("It comes here in a summary."),
    ChannelFate.FAILED: marked("It could not come here."),
}
OFF_TEXTS: Final = {
    ChosenBy.PERSON: marked("You have switched this off."),
    ChosenBy.TEAM: marked("Your team has switched this off; you may choose otherwise."),
    ChosenBy.LOCK: marked("An admin has switched this off for everybody."),
    ChosenBy.USUAL: marked("This is off until you choose it."),
}


def read_filter(words: Sequence[str]) -> InboxFilter:
    """Read `[unread] [type] [tag:word]` in any order. Raises InvalidRequest for anything else."""
    found = InboxFilter()
    for word in words:
        meant = meaning_of(word)
        type_ = meant.removeprefix("type:").replace("-", "_").upper()
        if meant in ("unread", "new"):
            found = replace(found, unread=True)
        elif meant.startswith(TAG):
            found = replace(found, tag=meant.removeprefix(TAG))
        elif type_ in tuple(NotificationType):
            found = replace(found, type=NotificationType(type_))
        elif meant != "all":
            known = ", ".join(each.lower() for each in NotificationType)
            raise InvalidRequest(
                user_message=tr("I do not know “{typed}” here. Say unread, tag:word, or one of {types}.",
                                typed=word[:40], types=known)
            )  # fmt: skip
    return found


def filter_of_button(context: Context) -> InboxFilter:
    """Return the filter that a button of the inbox carries."""
    return read_filter(context.interaction.parameters.get("filter", "").split())


def draw_inbox(context: Context, wanted: InboxFilter, page: int = 1, notice: str = "") -> Message:
    """Return a page of the inbox, the newest first, with what can be done with each."""
    session, actor, at = context.session, context.actor, now()
    part = InboxPart(PAGE + 1, (page - 1) * PAGE)
    found = list_inbox(session, actor, wanted, part, at)
    if not found and page > 1:
        return draw_inbox(context, wanted, 1, notice)
    unread = count_inbox(session, actor, InboxFilter(unread=True), at)
    top = notice_rows(notice)
    sections = [Section(top)] if top else []
    sections += [Section(_rows(each, wanted)) for each in found[:PAGE]]
    if not found:
        sections.append(Section([Text(_nothing(wanted))]))
    sections.append(Section(_foot(wanted, page, has_more=len(found) > PAGE, unread=unread)))
    count = tr_plural("{count} unread", "{count} unread", unread)
    card = Card(tr("Inbox"), count, sections, card_id="inbox")
    return Message(card, fallback_text=notice or f"{tr('Inbox')}: {count}")


def unread_text(context: Context) -> str:
    """Return how much of the reader's inbox is unread, empty for nothing and for nobody of the team."""
    if context.actor.user_id is None:
        return ""
    count = count_inbox(context.session, context.actor, InboxFilter(unread=True), now())
    return tr_plural("{count} unread", "{count} unread", count) if count else ""


def read(context: Context, number: str) -> Message:
    """Mark one as read. Raises NotFound."""
    mark_read(context.session, context.actor, _id(number), now())
    return draw_inbox(context, filter_of_button(context), context.page)


def read_all(context: Context) -> Message:
    count = mark_all_read(context.session, context.actor, now())
    done = tr_plural("{count} marked as read", "{count} marked as read", count)
    return draw_inbox(context, InboxFilter(), notice=done)


def read_by_words(context: Context, words: Sequence[str]) -> Message:
    """Mark one by its number, or all. Raises InvalidRequest, NotFound."""
    if [*map(meaning_of, words)] == ["all"]:
        return read_all(context)
    return read(context, _number(words))


def delete(context: Context, number: str) -> Message:
    """Delete one. Raises NotFound."""
    gone = delete_notification(context.session, context.actor, _id(number))
    return draw_inbox(
        context, filter_of_button(context), context.page, notice=tr("Deleted: {title}", title=gone.title)
    )


def delete_by_words(context: Context, words: Sequence[str]) -> Message:
    return delete(context, _number(words))


def clear(context: Context) -> Message:
    count = clear_read(context.session, context.actor)
    done = tr_plural("{count} deleted, what is unread stays", "{count} deleted, what is unread stays", count)
    return draw_inbox(context, InboxFilter(), notice=done)


def explain_by_words(context: Context, words: Sequence[str]) -> Message:
    return explain(context, _number(words))


def explain(context: Context, number: str) -> Message:
    """Return why a notification reached its person as it did, channel by channel. Raises NotFound."""
    found = get_notification(context.session, context.actor, _id(number))
    facts = [(tr("What"), tr(TYPE_TEXTS[NotificationType(found.type)]))]
    asked = [each for each in NotificationChannel if each not in KINDS or each in found.channels]
    facts += [(tr(CHANNEL_TEXTS[channel]), _reason(found, channel)) for channel in asked]
    if found.source:
        facts.append((tr("Sent by"), found.source))
    buttons = [
        Button(tr("Change"), press("prefs.open", dialog=True)),
        Button(tr("Inbox"), press("inbox.show")),
    ]
    return done_card(found.title, facts=facts, buttons=buttons)


def _reason(found: Notification, channel: NotificationChannel) -> str:
    outcome = ChannelOutcome.of(found.channels.get(channel, ChannelFate.OFF))
    if outcome.fate is ChannelFate.OFF:
        return tr(OFF_TEXTS[ChosenBy(outcome.by or ChosenBy.USUAL)])
    error = tr_stored(str(found.errors.get(channel, "")))
    return " ".join(filter(None, (tr(FATE_TEXTS[outcome.fate]), error)))


def _rows(each: Notification, wanted: InboxFilter) -> list[Widget]:
    label = f"#{each.id} · {tr(TYPE_TEXTS[NotificationType(each.type)])} · {ago(each.created_at, now())}"
    if each.priority == "high":
        label = f"{label} · {tr('urgent')}"
    icon = Icon("mark_email_unread", tr("Unread")) if each.read_at is None else Icon("drafts", tr("Read"))
    tags = " ".join(f"#{tag}" for tag in each.tags)
    below = " · ".join(filter(None, (tr_stored(each.body)[:300], tags)))
    end = Button(tr("Open"), Link(each.url)) if is_link(each.url) else None
    is_new = each.read_at is None
    buttons = [Button(tr("Mark read"), _press("inbox.read", each, wanted))] if is_new else []
    buttons.append(Button(tr_in("button", "Delete"), _press("inbox.delete", each, wanted)))
    buttons.append(Button(tr("Why"), press("inbox.why", notification=each.id)))
    return [Fact(tr_stored(each.title), label, icon, below, end), Buttons(*buttons)]


def _press(do: str, each: Notification, wanted: InboxFilter) -> Press:
    return press(do, notification=each.id, filter=_words(wanted))


def _foot(wanted: InboxFilter, page: int, *, has_more: bool, unread: int) -> list[Widget]:
    words, pages = _words(wanted), []
    if page > 1:
        pages.append(Button(tr("Previous"), press("inbox.show", page=page - 1, filter=words)))
    if has_more:
        pages.append(Button(tr("Next"), press("inbox.show", page=page + 1, filter=words)))
    buttons = [Button(tr("Read all"), press("inbox.read_all"))] if unread else []
    shows = Button(tr("Show all"), press("inbox.show"))
    only_unread = Button(tr("Only unread"), press("inbox.show", filter="unread"))
    buttons.append(shows if wanted != InboxFilter() else only_unread)
    clears = Button(tr("Clear read"), press("inbox.clear"))
    more = Menu([clears, Button(tr("Preferences"), press("prefs.show"))])
    buttons.append(Button("", more, icon=Icon("more_vert", tr("More"))))
    return [*([Buttons(*pages)] if pages else []), Buttons(*buttons)]


def _words(wanted: InboxFilter) -> str:
    parts = (
        "unread" if wanted.unread else "",
        (wanted.type or "").lower(),
        f"{TAG}{wanted.tag}" * bool(wanted.tag),
    )
    return " ".join(filter(None, parts))


def _nothing(wanted: InboxFilter) -> str:
    if wanted == InboxFilter():
        return tr("Nothing was sent to you yet. What reaches you here, /pipenotify prefs says.")
    return tr("Nothing fits. Show all shows the rest.")


def _number(words: Sequence[str]) -> str:
    if len(words) != 1:
        raise InvalidRequest(user_message=tr("Which one? Add its number, as the inbox shows it."))
    return words[0].removeprefix("#")


def _id(number: str) -> int:
    found = row_id(number)
    if found is None:
        raise NotFound(user_message=tr(GONE))
    return found
