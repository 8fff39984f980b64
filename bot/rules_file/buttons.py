"""The buttons that turn to another part of an exported document."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.rules_file.show import draw_export
from models.accounts.rights import Action


@press("rules.export", right=Action.RULE_IMPORT)
def show_part(context: Context) -> Reply:
    return Update(draw_export(context, context.page))
