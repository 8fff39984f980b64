"""The buttons by which an admin lets rules show what only some may see in Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.restricted.cards import (
    NONE_LEFT,
    HidingRule,
    closed_card,
    confirm_all,
    confirm_one,
    hiding_card,
    opened_card,
)
from bot.rules.show import facts_of, gone_card
from bot.widgets import Button
from bot.widgets import press as press_of
from models.accounts.rights import Action
from models.connections.restricted_share import stored_share
from models.connections.visibility import active_users
from models.database.row_ids import row_id
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.rules.actions import show_restricted
from models.rules.restricted import close_rules, hiding_rules, open_all_rules
from models.tables import Rule


def _share_text(context: Context) -> str:
    """Return the share of restricted deals among the newest events, empty where there are none."""
    users = active_users(context.session, context.tenant_id)
    share = stored_share(context.session, context.tenant_id, users)
    return str(share) if share.restricted else ""


def _named_rule(context: Context) -> tuple[str, Rule | None]:
    """Return the rule that a button names, as text and as a row: none is named by a button for all rules."""
    named = context.interaction.parameters.get("rule", "")
    return named, lookup.rule_by_id(context, named) if named else None


def _facts_of(context: Context, rules: Sequence[Rule]) -> list[HidingRule]:
    return [HidingRule(facts.id, facts.name, facts.to) for facts in facts_of(context, rules)]


@press("restricted.rules", right=Action.RULE_REVEAL)
def list_hiding_rules(context: Context) -> Reply:
    rules = hiding_rules(context.session, context.tenant_id)
    return Update(hiding_card(_facts_of(context, rules), _share_text(context)))


@press("restricted.ask", right=Action.RULE_REVEAL)
def ask_to_open(context: Context) -> Reply:
    """Open the dialog that says what it means, for one rule or for all. Raises InvalidRequest for none."""
    named, rule = _named_rule(context)
    if rule is not None:
        if rule.shows_restricted:
            raise InvalidRequest(user_message=tr("The rule “{name}” shows it already.", name=rule.name[:80]))
        (facts,) = _facts_of(context, [rule])
        return Open(confirm_one(facts, _share_text(context)))
    if named:
        return Update(gone_card(context))
    rules = hiding_rules(context.session, context.tenant_id)
    if not rules:
        raise InvalidRequest(user_message=tr(NONE_LEFT))
    places = sorted({facts.to for facts in _facts_of(context, rules)})
    return Open(confirm_all(len(rules), places, _share_text(context)))


@press("restricted.open", right=Action.RULE_REVEAL, writes=True)
def open_rules(context: Context) -> Reply:
    named, rule = _named_rule(context)
    if rule is not None:
        show_restricted(context.session, context.actor, rule, on=True)
        hide = Button(tr("Undo"), press_of("rule.reveal", rule=rule.id, to="off"))
        return Update(opened_card([rule.name], hide))
    if named:
        return Update(gone_card(context))
    names, entry = open_all_rules(context.session, context.actor)
    if not names:
        raise InvalidRequest(user_message=tr(NONE_LEFT))
    return Update(opened_card(names, Button(tr("Undo"), press_of("restricted.undo", entry=entry))))


@press("restricted.undo", right=Action.RULE_REVEAL, writes=True)
def close_again(context: Context) -> Reply:
    entry = row_id(context.interaction.parameters.get("entry", ""))
    if entry is None:
        raise NotFound("the button names no entry")
    return Update(closed_card(close_rules(context.session, context.actor, entry)))
