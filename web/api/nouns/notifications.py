"""notifications: sent to people by what they want of them, and the caller's own inbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from models.clock import now
from models.languages.translate import tr_stored
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
from models.notifications.send import (
    BODY_LETTERS,
    KEY_LETTERS,
    MOST_AT_ONCE,
    TITLE_LETTERS,
    URL_LETTERS,
    NewNotification,
    SendOutcome,
    outcome_of,
    send_batch,
    send_notification,
)
from models.notifications.types import NotificationType, Priority
from models.tables.notifications import Notification
from web.api.paging import Page, page_of, read_cursor
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, Params, read_time

NOTIFICATIONS: Final = Routes("notifications", "read:notifications", "write:notifications")
PATH: Final = "/notifications"
LAST_ID: Final = 2**53


class NotificationBody(Body):
    """A notification for the user of an e-mail. With a `key` sending again makes no second.

    `for_all`: a space or a webhook that the person chose gets what it says, not only for whom it is.
    """

    to: str = Field(max_length=320)
    type: NotificationType = Field(strict=False)
    title: str = Field(min_length=1, max_length=TITLE_LETTERS)
    body: str = Field("", max_length=BODY_LETTERS)
    url: str = Field("", max_length=URL_LETTERS)
    priority: Priority = Field(Priority.NORMAL, strict=False)
    tags: list[str] = Field([], max_length=10)
    expires_at: str | None = Field(None, max_length=40)
    key: str = Field("", max_length=KEY_LETTERS)
    for_all: bool = False


class BatchBody(Body):
    """Up to 100 notifications; each is sent or refused by itself."""

    notifications: list[NotificationBody] = Field(min_length=1, max_length=MOST_AT_ONCE)


class SentOut(Out):
    """What became of it by channel. `skipped`: who decided that a channel does not take it.

    `errors`: why a channel could not take it. `is_new` is false for one that was sent before with its key.
    """

    id: Id | None
    success: bool
    channels: dict[str, bool]
    skipped: dict[str, str]
    errors: dict[str, str]
    is_new: bool
    error: str


class BatchOut(Out):
    """What became of each, in their order, and how many were sent and refused."""

    results: list[SentOut]
    sent: int
    refused: int


class NotificationOut(Out):
    """A notification of the caller's inbox."""

    id: Id
    type: str
    priority: str
    title: str
    body: str
    url: str
    tags: list[str]
    source: str
    created_at: Moment
    expires_at: Moment | None
    read_at: Moment | None


class StreamOut(Out):
    """What came, the oldest first; `after` is what to ask with next."""

    items: list[NotificationOut]
    after: Id


class CountOut(Out):
    """How many were changed."""

    count: int


class InboxParams(ListParams):
    """Which notifications; `include=all` also those that were switched off for the inbox."""

    unread: bool = False
    type: NotificationType | None = None
    tag: str = Field("", max_length=40, pattern=r"^[a-z0-9_-]*$")
    include: str = Field("", pattern=r"^(all)?$")


class StreamParams(Params):
    """What follows the notification of this id, the oldest first; begin with 0."""

    after: int = Field(0, ge=0, le=LAST_ID)
    limit: int = Field(100, ge=1, le=100)
    type: NotificationType | None = None


@NOTIFICATIONS.post(PATH, summary="Send a notification", data=SentOut, body=NotificationBody, status=201)
def send(call: ApiCall) -> SentOut:
    call.wake = True
    return _sent(send_notification(call.session, call.actor, _new(call, call.body), now()))


@NOTIFICATIONS.post(f"{PATH}/batch", summary="Send up to 100 notifications", data=BatchOut, body=BatchBody)
def send_many(call: ApiCall) -> BatchOut:
    call.wake = True
    batch = [_new(call, each) for each in call.body.notifications]
    results = [_sent(each) for each in send_batch(call.session, call.actor, batch, now())]
    refused = sum(bool(each.error) for each in results)
    return BatchOut(results=results, sent=len(results) - refused, refused=refused)


@NOTIFICATIONS.get(PATH, summary="List the inbox", data=NotificationOut, params=InboxParams, is_list=True)
def list_own(call: ApiCall) -> Page:
    params, at = call.params, now()
    wanted = InboxFilter(params.unread, params.type, params.tag, params.include == "all")
    before = read_cursor(params)
    part = InboxPart(params.size + 1, params.offset, before)
    found = list_inbox(call.session, call.actor, wanted, part, at)
    total = count_inbox(call.session, call.actor, wanted, at)
    return page_of(params, found, total, _draw_all)


@NOTIFICATIONS.get(f"{PATH}/stream", summary="Follow the inbox", data=StreamOut, params=StreamParams)
def follow(call: ApiCall) -> StreamOut:
    params = call.params
    part = InboxPart(params.limit, after=params.after)
    found = list_inbox(call.session, call.actor, InboxFilter(type=params.type), part, now())
    return StreamOut(items=_draw_all(found), after=found[-1].id if found else params.after)


@NOTIFICATIONS.put(f"{PATH}/<id>/read", summary="Mark as read", data=NotificationOut)
def mark_one(call: ApiCall) -> NotificationOut:
    return _draw(mark_read(call.session, call.actor, call.id, now()))


@NOTIFICATIONS.post(f"{PATH}/read-all", summary="Mark all as read", data=CountOut)
def mark_all(call: ApiCall) -> CountOut:
    return CountOut(count=mark_all_read(call.session, call.actor, now()))


@NOTIFICATIONS.post(f"{PATH}/clear", summary="Delete what is read", data=CountOut)
def clear(call: ApiCall) -> CountOut:
    return CountOut(count=clear_read(call.session, call.actor))


@NOTIFICATIONS.get(f"{PATH}/<id>/why", summary="Say why it came as it did", data=SentOut)
def explain(call: ApiCall) -> SentOut:
    return _sent(outcome_of(get_notification(call.session, call.actor, call.id)))


@NOTIFICATIONS.delete(f"{PATH}/<id>", summary="Delete a notification", data=NotificationOut)
def delete(call: ApiCall) -> NotificationOut:
    return _draw(delete_notification(call.session, call.actor, call.id))


def _new(call: ApiCall, body: Any) -> NewNotification:
    expires_at = None if body.expires_at is None else read_time("expires_at", body.expires_at)
    return NewNotification(
        body.to,
        body.type,
        body.title,
        body.body,
        body.url,
        body.priority,
        tuple(body.tags),
        expires_at,
        body.key,
        source=call.actor.name,
        for_all=body.for_all,
    )


def _sent(outcome: SendOutcome) -> SentOut:
    return SentOut(
        id=outcome.id,
        success=outcome.success,
        channels=dict(outcome.channels),
        skipped=dict(outcome.skipped),
        errors={channel: tr_stored(why) for channel, why in outcome.errors.items()},
        is_new=outcome.is_new,
        error=outcome.error,
    )


def _draw_all(found: Sequence[Notification]) -> list[NotificationOut]:
    return [_draw(each) for each in found]


def _draw(found: Notification) -> NotificationOut:
    return NotificationOut.model_validate(found)
