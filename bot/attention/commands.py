"""mute, unmute, quiet and digest."""

from __future__ import annotations

from bot.attention.cards import HOW, ask_button, list_button
from bot.attention.digest_show import draw_digest, find_digest_place, send_now
from bot.attention.digest_show import set_by_words as set_digest
from bot.attention.mute_form import draw_mute_form
from bot.attention.places import place_word
from bot.attention.quiet_show import draw_quiet, find_quiet_place, remove, set_by_words, set_urgent
from bot.attention.show import draw_mutes, mute_by_words, unmute_by_words
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.languages.translate import tr
from models.languages.words import meaning_of


@command(
    "mute",
    right=Action.ATTENTION_SELF,
    usage="<30m, 1h, until 15:00, today or tomorrow> [here|me|all|rule <name>]",
    summary="Send no cards for a while; then one card says what was missed",
    writes=True,
)
def mute(context: Context) -> Reply:
    """Mute this space, or oneself in a direct message, unless the words name another place."""
    if not context.args and context.interaction.opens_dialog:
        return Open(draw_mute_form(context))
    if not context.args:
        return Say(done_card(tr("For how long?"), tr(HOW), buttons=[ask_button(), list_button()]))
    return Say(mute_by_words(context, context.args))


@command(
    "unmute",
    right=Action.ATTENTION_SELF,
    usage="[here|me|all|rule <name>]",
    summary="Send cards again, and what was missed as one card",
    writes=True,
)
def unmute(context: Context) -> Reply:
    return Say(unmute_by_words(context, context.args))


@command("mute list", right=Action.ATTENTION_SELF, summary="What is muted, until when, and by whom")
def mute_list(context: Context) -> Reply:
    return Say(draw_mutes(context))


@command(
    "quiet",
    right=Action.ATTENTION_SELF,
    usage="[show] [here|me|team]",
    summary="Quiet hours, and what they hold now",
)
def quiet_show(context: Context) -> Reply:
    words = context.args[1:] if [*map(meaning_of, context.args[:1])] == ["show"] else context.args
    return Say(draw_quiet(context, find_quiet_place(context, words)))


@command(
    "quiet set",
    right=Action.ATTENTION_SELF,
    feature=Feature.QUIET_HOURS,
    usage="19:00-08:00 [mon-fri] [Europe/Prague] [here|me|team]",
    summary="Hold cards at these hours; they leave when the hours end",
    writes=True,
)
def quiet_set(context: Context) -> Reply:
    return Say(set_by_words(context, context.args))


@command(
    "quiet off",
    right=Action.ATTENTION_SELF,
    usage="[here|me|team]",
    summary="Remove quiet hours; what they hold leaves at once",
    writes=True,
)
def quiet_off(context: Context) -> Reply:
    return Say(remove(context, context.args))


@command(
    "quiet urgent",
    right=Action.ATTENTION_SELF,
    usage="<on or off> [here|me|team]",
    summary="Let urgent cards pass quiet hours, or hold them too",
    writes=True,
)
def quiet_urgent(context: Context) -> Reply:
    return Say(set_urgent(context, context.args))


@command(
    "digest",
    right=Action.ATTENTION_SELF,
    usage="[off, hourly, daily 09:00 or weekly mon 09:00] [here|me]",
    summary="Gather what is not urgent for one card at its time",
    writes=True,
)
def digest(context: Context) -> Reply:
    """Show the digest of a place; with a time, or off, change it."""
    if not context.args or place_word(context.args):
        return Say(draw_digest(context, find_digest_place(context, context.args)))
    return Say(set_digest(context, context.args))


@command(
    "digest now",
    right=Action.ATTENTION_SELF,
    usage="[here|me]",
    summary="Send what was gathered now",
    writes=True,
)
def digest_now(context: Context) -> Reply:
    return Say(send_now(context, context.args))
