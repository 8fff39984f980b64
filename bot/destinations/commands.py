"""space: list, show, add, test, pause, resume, rename and remove destinations."""

from __future__ import annotations

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.destinations import show as view
from bot.destinations.form import draw_form, kinds_text, offered_kinds
from bot.widgets import Button, Message, press
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr


@command(
    "space list",
    right=Action.SPACE_READ,
    usage="[words]",
    summary="Where rules may post, and what is paused; or only what has these words in its name",
)
def space_list(context: Context) -> Reply:
    return Say(view.draw_page(context, find=" ".join(context.args)))


@command(
    "space show",
    right=Action.SPACE_READ,
    usage="<number, name or here>",
    summary="One space or other destination, with its rules",
)
def space_show(context: Context) -> Reply:
    return Say(view.draw_destination(context, lookup.find_destination(context, context.args)))


@command(
    "space here",
    right=Action.SPACE_LINK,
    summary="Let rules post into this space",
    writes=True,
    open_to_all=True,
)
def space_here(context: Context) -> Reply:
    return Say(view.link_this_space(context))


@command(
    "space add",
    right=Action.SPACE_LINK,
    feature=Feature.WEBHOOKS,  # a space is linked already where somebody adds one
    summary="Add this space, a webhook or an e-mail address, in a dialog",
)
def space_add(context: Context) -> Reply:
    kinds = offered_kinds(context)
    if context.interaction.opens_dialog:
        return Open(draw_form(kinds))
    button = Button(tr("Add a destination"), press("space.add", dialog=True), primary=True)
    return Say(done_card(tr("Where else shall cards go?"), kinds_text(kinds), buttons=[button]))


@command(
    "space test",
    right=Action.SPACE_CHANGE,
    usage="<number, name or here>",
    summary="Post a test card there, after asking",
)
def space_test(context: Context) -> Reply:
    card = view.ask_to_test(context, lookup.find_destination(context, context.args))
    return Say(Message(card, fallback_text=card.title))


@command(
    "space pause",
    right=Action.SPACE_CHANGE,
    usage="<number, name or here>",
    summary="Send nothing there for now",
    writes=True,
)
def space_pause(context: Context) -> Reply:
    return Say(view.pause_destination(context, lookup.find_destination(context, context.args)))


@command(
    "space resume",
    right=Action.SPACE_CHANGE,
    usage="<number, name or here>",
    summary="Send there again",
    writes=True,
)
def space_resume(context: Context) -> Reply:
    return Say(view.resume_destination(context, lookup.find_destination(context, context.args)))


@command(
    "space fallback",
    right=Action.SPACE_CHANGE,
    usage="<number, name or here>",
    summary="Where cards go while it refuses them for good, in a dialog",
)
def space_fallback(context: Context) -> Reply:
    destination = lookup.find_destination(context, context.args)
    form = view.ask_for_fallback(context, destination)
    if context.interaction.opens_dialog:
        return Open(form)
    name = lookup.title_of(context, destination)
    button = Button(tr("Choose"), press("space.fallback", dialog=True, place=destination.id), primary=True)
    return Say(done_card(tr("Where do cards go while {name} refuses them?", name=name), buttons=[button]))


@command(
    "space rename",
    right=Action.WEBHOOK_ADD,
    usage="<number or name> to <new name>",
    summary="Call a webhook or an e-mail address something else",
    writes=True,
)
def space_rename(context: Context) -> Reply:
    if (found := lookup.destination_before(context, context.args, "to")) is None:
        words = tr("Write space rename <number or name> to <new name>.")
        raise InvalidRequest(user_message=words)
    return Say(view.rename_destination(context, *found))


@command(
    "space remove",
    right=Action.SPACE_CHANGE,
    usage="<number, name or here>",
    summary="Take it away, after asking",
)
def space_remove(context: Context) -> Reply:
    card = view.ask_to_remove(context, lookup.find_destination(context, context.args))
    return Say(Message(card, fallback_text=card.title))
