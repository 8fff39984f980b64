"""The buttons of mutes, quiet hours and digests: lists, Unmute, "Mute this rule" on a card, Send now."""

from __future__ import annotations

from bot.attention.digest_show import draw_digest, find_digest_place
from bot.attention.digest_show import send_now as send_digest_now
from bot.attention.digest_show import set_by_words as set_digest
from bot.attention.mute_form import RULE_GONE, draw_mute_form, find_rule
from bot.attention.places import place_of_rule
from bot.attention.quiet_show import draw_quiet, find_quiet_place, remove, send_now
from bot.attention.show import draw_mutes, end_mute, mute_place
from bot.chat.reply import Open, Reply, Say, Update
from bot.context import Context, press
from models.accounts.rights import Action
from models.attention.schedule import OFF
from models.errors import NotFound
from models.languages.translate import tr


@press("mute.list", right=Action.ATTENTION_SELF)
def list_mutes(context: Context) -> Reply:
    return Update(draw_mutes(context))


@press("mute.end", right=Action.ATTENTION_SELF, writes=True)
def end(context: Context) -> Reply:
    return Update(end_mute(context, context.interaction.parameters.get("mute", "")))


@press("rule.mute", right=Action.ATTENTION_SELF, writes=True)
def mute_rule(context: Context) -> Reply:
    """Mute the rule of a card in the place of the card: for how long is asked where a dialog may open.

    Elsewhere for the `span` of the button, an hour without one; the card itself stays as it is.
    """
    parameters, rule = context.interaction.parameters, find_rule(context)
    if rule is None:
        raise NotFound("the button names no rule", user_message=tr(RULE_GONE))
    if context.interaction.opens_dialog:
        return Open(draw_mute_form(context, rule=rule))
    place = place_of_rule(context, rule.id, rule.name, parameters.get("where", ""))
    return Say(mute_place(context, place, [parameters.get("span") or "1h"]), keep_clicked=True)


@press("quiet.show", right=Action.ATTENTION_SELF)
def show_quiet(context: Context) -> Reply:
    return Update(draw_quiet(context, find_quiet_place(context, _where(context))))


@press("quiet.send", right=Action.ATTENTION_SELF, writes=True)
def send_held(context: Context) -> Reply:
    return Update(send_now(context, context.interaction.parameters.get("where", "")))


@press("quiet.off", right=Action.ATTENTION_SELF, writes=True)
def end_quiet(context: Context) -> Reply:
    return Update(remove(context, _where(context)))


@press("digest.show", right=Action.ATTENTION_SELF)
def show_digest(context: Context) -> Reply:
    return Update(draw_digest(context, find_digest_place(context, _where(context))))


@press("digest.off", right=Action.ATTENTION_SELF, writes=True)
def end_digest(context: Context) -> Reply:
    return Update(set_digest(context, [OFF, *_where(context)]))


@press("digest.send", right=Action.ATTENTION_SELF, writes=True)
def send_digest(context: Context) -> Reply:
    return Update(send_digest_now(context, _where(context)))


def _where(context: Context) -> list[str]:
    """Return the word of the place that a button names, none for the usual one."""
    word = context.interaction.parameters.get("where", "")
    return [word] if word else []
