"""The dialogs of routing: a policy, deleting one, and declining a lead with a reason."""

from __future__ import annotations

from bot.cards.done import confirm_dialog, done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.routing.buttons import policy_number
from bot.routing.form import draw_policy, read_policy
from bot.routing.show import draw_policies, preview_section
from bot.widgets import Button, Card, Section, Text, TextInput, press
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.routing.actions import add_policy, change_policy, delete_policy, get_policy
from models.routing.answers import decline, get_assignment
from models.routing.policies import PolicyDraft, draft_of
from models.routing.preview import try_policy


@dialog("route.edit", right=Action.SPACE_CHANGE)
def edit(context: Context) -> Reply:
    return Open(draw_policy(context, _kept(context), policy_number(context)))


@dialog("route.try", right=Action.SPACE_CHANGE)
def try_out(context: Context) -> Reply:
    """Show in the dialog who would have got what; what is refused is shown with the reason."""
    kept = _kept(context)
    try:
        draft = read_policy(context, kept)
        preview = try_policy(context.session, context.actor, draft, now())
    except InvalidRequest as refused:
        return Open(draw_policy(context, kept, policy_number(context), refused.user_message))
    return Open(
        draw_policy(context, draft, policy_number(context), preview=preview_section(context, preview))
    )


@dialog("route.save", right=Action.SPACE_CHANGE, writes=True)
def save(context: Context) -> Reply:
    """Save the policy; what is refused is shown in the form again with the reason."""
    number, draft = policy_number(context), _kept(context)
    try:
        draft = read_policy(context, draft)
        if number:
            row = change_policy(context.session, context.actor, number, draft)
        else:
            row = add_policy(context.session, context.actor, draft, now())
    except InvalidRequest as refused:
        return Open(draw_policy(context, draft, number, refused.user_message))
    return Update(draw_policies(context, tr("{name} is saved.", name=row.name)))


@dialog("route.remove", right=Action.SPACE_CHANGE)
def ask_to_delete(context: Context) -> Reply:
    row = get_policy(context.session, context.actor, policy_number(context))
    what = tr("{name} is deleted. Leads that were offered stay with whoever has them.", name=row.name)
    yes = press("route.delete", policy=row.id)
    return Open(confirm_dialog(tr("Delete this policy?"), what, yes=tr("Delete"), press=yes))


@dialog("route.delete", right=Action.SPACE_CHANGE, writes=True)
def delete(context: Context) -> Reply:
    row = delete_policy(context.session, context.actor, policy_number(context))
    return Update(draw_policies(context, tr("{name} is deleted.", name=row.name)))


@dialog("route.ask", right=Action.CARD_PRESS)
def ask_why(context: Context) -> Reply:
    """Ask why a lead is declined; one that is not the person's is not asked about. Raises NotFound."""
    number = row_id(context.interaction.parameters.get("assignment", "")) or 0
    get_assignment(context.session, context.actor, number)
    return Open(_draw_decline(number))


@dialog("route.decline", right=Action.CARD_PRESS, writes=True)
def decline_lead(context: Context) -> Reply:
    number = row_id(context.interaction.parameters.get("assignment", "")) or 0
    reason = " ".join(context.interaction.inputs.get("reason", ()))
    try:
        decline(context.session, context.actor, number, reason, now())
    except InvalidRequest as refused:
        return Open(_draw_decline(number, refused.user_message))
    return Update(
        done_card(tr("Declined"), tr("It goes to the next person; if nobody is left, the admins are told."))
    )


def _draw_decline(number: int, problem: str = "") -> Card:
    shown = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    shown.append(Section([TextInput("reason", tr("Why not?"), hint=tr("The team sees it"), most=300)]))
    button = Button(tr("Decline"), press("route.decline", assignment=number), primary=True)
    return Card(tr("Decline this lead"), "", shown, [button], card_id="decline")


def _kept(context: Context) -> PolicyDraft:
    number = policy_number(context)
    return draft_of(get_policy(context.session, context.actor, number)) if number else PolicyDraft("")
