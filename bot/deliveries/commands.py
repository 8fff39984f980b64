"""log, retry and why: what was sent, failed or waits; sending again; and what decided."""

from __future__ import annotations

from typing import Final

from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.deliveries.cards import retried_batch_card, retried_card
from bot.deliveries.log import draw_log_page, view_of_args
from bot.deliveries.replay import draw_replay
from bot.deliveries.why import explain_words
from models.accounts.rights import Action
from models.deliveries.actions import retry_delivery, retry_failed
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.languages.words import meaning_of

FAILED: Final = "failed"


@command(
    "log",
    right=Action.LOG_READ,
    usage="[failed|held|digested|skipped] [rule <number or name>]",
    summary="What was sent, what failed, what waits, what was left out",
)
def log(context: Context) -> Reply:
    return Say(draw_log_page(context, view_of_args(context, context.args)))


@command(
    "retry",
    right=Action.LOG_RETRY,
    usage="<delivery number or failed>",
    summary="Send again what failed",
    writes=True,
)
def retry(context: Context) -> Reply:
    args = [meaning_of(word) for word in context.args]
    if len(args) != 1:
        raise InvalidRequest(
            user_message=tr("Which delivery? Say its number, as the log shows it, or failed for all of them.")
        )
    if args == [FAILED]:
        batch = retry_failed(context.session, context.actor)
        context.wake_worker = batch.count > 0
        return Say(retried_batch_card(batch))
    count = retry_delivery(context.session, context.actor, args[0])
    context.wake_worker = True
    return Say(retried_card(count))


@command(
    "replay",
    right=Action.LOG_RETRY,
    usage="[failed|skipped] [rule <number or name>] [to <place>] [since 2d] [until 2026-12-24]",
    summary="Send many again, slowly, after a look at how many; it can be cancelled",
)
def replay(context: Context) -> Reply:
    return Say(draw_replay(context, context.args))


@command(
    "why",
    right=Action.WHY_READ,
    usage="[deal|lead|...] <its number or words of its title>",
    summary="Why a card came or did not, rule by rule",
)
def why(context: Context) -> Reply:
    return Say(explain_words(context, context.args))
