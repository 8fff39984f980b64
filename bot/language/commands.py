"""language: how a person is answered, and how the cards of the team are written."""

from __future__ import annotations

from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.language.show import draw_languages, language_named
from models.accounts.actions import set_own_language, set_tenant_language
from models.accounts.rights import Action
from models.languages.translate import speak
from models.languages.words import meaning_of

TEAM = ("team", "all")
AUTO = "auto"


@command(
    "language",
    right=Action.ATTENTION_SELF,
    usage="[auto|en|de] [team]",
    summary="Your language, else that of your Google Chat; with team that of the cards in spaces",
    writes=True,
)
def language(context: Context) -> Reply:
    """Show the languages; with one, choose it for oneself, or for the team."""
    is_team = any(meaning_of(word) in TEAM for word in context.args)
    named = " ".join(word for word in context.args if meaning_of(word) not in TEAM)
    chosen = "" if meaning_of(named) == AUTO else language_named(named)
    if not named:
        return Say(draw_languages(context))
    if is_team:
        return Say(draw_languages(context, team=set_tenant_language(context.session, context.actor, chosen)))
    own = set_own_language(context.session, context.actor, chosen)
    speak(own, context.interaction.locale, context.actor.tenant_language)
    return Say(draw_languages(context, own=own))
