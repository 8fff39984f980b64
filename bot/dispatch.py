"""Finds the handler of an interaction, runs it for the right tenant, and always answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

import bot
from bot import errors
from bot.card_actions.replies import WRITE, answer_no_record, card_replied_to
from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import AfterReading, Json, Nothing, Reply, ShownOnce, encode_reply
from bot.command_line import find_command, split_words
from bot.connections import connect_link
from bot.context import COMMANDS, DIALOGS, PRESSES, BotDeps, Context, Handler, actor_of
from bot.deals.preview import unfold_link
from bot.home import membership
from bot.home.help import unknown_command, unknown_quick_command
from bot.home.staging import answer_outside
from bot.registry import Entry, discover
from models.accounts.actions import remember_chat_name
from models.accounts.actor import Actor
from models.accounts.features import Feature
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.connections.joining import join_tenant, tenant_to_join
from models.database.engine import Session
from models.events import unknown_commands
from models.events.interactions import act_once
from models.languages.catalog import known_locale
from models.languages.translate import speak, speaking
from models.logs import note_who_acts

discover(bot)

log = structlog.get_logger()

TEXT_COMMANDS: Final = (1, 2)
QUICK_COMMANDS: Final = {3: "rule new", 4: "mute", 5: "inbox", 6: "lead mine", 7: "report"}
MESSAGE_ACTIONS: Final = (8,)  # in the menu of any message: write it to Pipedrive
MESSAGE_KINDS: Final = (
    InteractionKind.MESSAGE,
    InteractionKind.COMMAND,
    InteractionKind.MESSAGE_ACTION,
    InteractionKind.HOME,
)
CLICK_KINDS: Final = (InteractionKind.CLICK, InteractionKind.DIALOG_SUBMIT, InteractionKind.WIDGET)


@dataclass(frozen=True, slots=True)
class Response:
    """The response body; `wake_worker`: a delivery is due now, so the engine should be woken."""

    body: Json
    wake_worker: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What an interaction asks for: its handler, the arguments, and its registry entry."""

    handle: Handler
    args: tuple[str, ...] = ()
    entry: Entry[Handler] | None = None

    @property
    def writes(self) -> bool:
        return self.entry is not None and self.entry.writes

    @property
    def right(self) -> Action:
        return self.entry.right if self.entry is not None else Action.HELP_READ

    @property
    def feature(self) -> Feature | None:
        return self.entry.feature if self.entry is not None else None

    @property
    def open_to_all(self) -> bool:
        return self.entry is not None and self.entry.open_to_all


def dispatch(interaction: Interaction, deps: BotDeps) -> Response:
    """Return the answer in the asking dialect and language; never raises: errors become a card."""
    with speaking(interaction.locale):
        try:
            if deps.only_spaces is not None and interaction.space.name not in deps.only_spaces:
                return Response(encode_reply(answer_outside(interaction), interaction, deps.endpoint))
            return _answer_interaction(interaction, deps)
        except Exception as error:  # noqa: BLE001 - every interaction is answered, whatever fails
            errors.log_error(error, interaction)
            if has_link(interaction):
                return Response({})  # the message is for others; an error under it would be noise
            return Response(encode_reply(errors.error_reply(error, interaction), interaction, deps.endpoint))


def _answer_interaction(interaction: Interaction, deps: BotDeps) -> Response:
    if interaction.user.is_bot:
        return Response({})  # another app, or ourselves: answering could loop forever
    if interaction.kind in (InteractionKind.ADDED, InteractionKind.REMOVED):
        reply = membership.answer_membership(interaction, deps)
        return Response(encode_reply(reply, interaction, deps.endpoint))
    if interaction.kind not in (*MESSAGE_KINDS, *CLICK_KINDS):
        return Response(encode_reply(Nothing(), interaction, deps.endpoint))
    actor = _find_actor(interaction, deps)
    note_who_acts(actor)
    speak(actor.language, interaction.locale, actor.tenant_language)
    if has_link(interaction):
        return Response(encode_reply(unfold_link(interaction, actor, deps), interaction, deps.endpoint))
    return _answer_task(_known_to(actor, find_task(interaction), interaction), interaction, actor, deps)


def _answer_task(task: Task, interaction: Interaction, actor: Actor, deps: BotDeps) -> Response:
    if task.right is Action.OPERATE:
        return _run_for_operator(task, interaction, actor, deps)
    if is_unknown_command(interaction):
        with deps.database.writing_all() as session:
            unknown_commands.note(session, interaction.command_id or 0)
    if actor.tenant_id is None or not (actor.is_certain or task.open_to_all):
        reply = _answer_unknown(task, interaction, actor, deps)
        return Response(encode_reply(reply, interaction, deps.endpoint))
    user, locale = interaction.user, known_locale(interaction.locale)
    is_new = (user.name and actor.chat_name != user.name) or (locale and actor.chat_locale != locale)
    if actor.user_id is not None and is_new:
        with deps.database.writing(actor.tenant_id) as session:
            remember_chat_name(session, actor, user.name, user.display_name, locale)
    task = _reply_task(interaction, actor.tenant_id, deps) or task
    return _run_task(task, interaction, actor, actor.tenant_id, deps)


def _reply_task(interaction: Interaction, tenant_id: int, deps: BotDeps) -> Task | None:
    """Return the task of words in the thread of a record's card: they are written to Pipedrive.

    They are those of a mention, or of a message that was chosen for it.
    """
    if is_unknown_command(interaction):
        return None
    delivery_id = card_replied_to(interaction, tenant_id, deps)
    return None if delivery_id is None else Task(PRESSES[WRITE].handle, (str(delivery_id),), PRESSES[WRITE])


def _find_actor(interaction: Interaction, deps: BotDeps) -> Actor:
    """Return who acts. A Pipedrive user of the tenant becomes its user at their first word to the app."""
    user = interaction.user
    with deps.database.reading_all() as session:
        actor = actor_of(session, interaction)
        joins = tenant_to_join(session, user.email, actor)
    if joins is None:
        return actor
    with deps.database.writing(joins) as session:
        join_tenant(session, joins, user.email, user.name, user.display_name)
    with deps.database.reading_all() as session:
        return actor_of(session, interaction)


def _answer_unknown(task: Task, interaction: Interaction, actor: Actor, deps: BotDeps) -> Reply:
    """Answer when the tenant is not certain: the connect link if that was asked for, else the welcome."""
    if task.entry is not None and task.entry.name in connect_link.WAYS:
        return connect_link.offer_to_unknown(interaction, actor, deps)
    asked = task.entry.name if task.entry is not None and interaction.kind in MESSAGE_KINDS else ""
    return membership.draw_welcome(actor, deps, asked="" if asked == "home" else asked)


def has_link(interaction: Interaction) -> bool:
    """Return whether Chat asks for the preview of a link in a person's message."""
    return interaction.kind is InteractionKind.MESSAGE and bool(interaction.matched_url)


def is_unknown_command(interaction: Interaction) -> bool:
    """Return whether a command's id is none of those that the setup page says to register."""
    if interaction.command_id is None:
        return False
    if interaction.kind is InteractionKind.MESSAGE_ACTION:
        return interaction.command_id not in MESSAGE_ACTIONS
    known = (*TEXT_COMMANDS, *QUICK_COMMANDS)
    return interaction.kind is InteractionKind.COMMAND and interaction.command_id not in known


def find_task(interaction: Interaction) -> Task:
    """Return what an interaction asks for; anything unknown is answered by help."""
    if interaction.kind in CLICK_KINDS:
        entry = DIALOGS.get(interaction.do) or PRESSES.get(interaction.do)
        return Task(entry.handle, (), entry) if entry else Task(errors.answer_outdated)
    if interaction.kind is InteractionKind.MESSAGE_ACTION and not is_unknown_command(interaction):
        return Task(answer_no_record)
    words = _words_of(interaction)
    if words is None:
        return Task(unknown_quick_command)
    found = find_command(words or ("home",), (entry.name for entry in COMMANDS))
    if found is None:
        return Task(unknown_command, words)
    name, rest = found
    return Task(COMMANDS[name].handle, rest, COMMANDS[name])


def _known_to(actor: Actor, task: Task, interaction: Interaction) -> Task:
    """Return the task; to whom does not run the service, what is for operators does not exist."""
    if task.right is not Action.OPERATE or actor.may(Action.OPERATE):
        return task
    if interaction.kind in CLICK_KINDS:
        return Task(errors.answer_outdated)
    return Task(unknown_command, _words_of(interaction) or ())


def _words_of(interaction: Interaction) -> tuple[str, ...] | None:
    """Return the words of a message, None for an unknown command."""
    if interaction.kind is InteractionKind.MESSAGE_ACTION:
        return None
    if interaction.kind is InteractionKind.COMMAND and interaction.command_id not in TEXT_COMMANDS:
        quick = QUICK_COMMANDS.get(interaction.command_id or 0)
        return tuple(quick.split()) if quick else None
    return split_words(interaction.text)


def _run_task(task: Task, interaction: Interaction, actor: Actor, tenant_id: int, deps: BotDeps) -> Response:
    if task.feature is not None or not actor.may(task.right):
        with deps.database.reading(tenant_id) as session:
            require(session, actor, task.right, task.feature)
    if not task.writes:
        with deps.database.reading(tenant_id) as session:
            reply = task.handle(Context(interaction, actor, session, tenant_id, deps, task.right, task.args))
        return Response(encode_reply(_finished(reply), interaction, deps.endpoint))
    ran: list[Context] = []  # stays empty when the stored answer of an earlier run is returned

    once: list[tuple[Json, Json]] = []  # what is stored, and what is sent instead

    def act(session: Session) -> Json:
        ran.append(Context(interaction, actor, session, tenant_id, deps, task.right, task.args))
        reply = task.handle(ran[-1])  # it runs again if somebody else did the same at this moment
        stored = encode_reply(_finished(reply), interaction, deps.endpoint)
        if isinstance(reply, ShownOnce):
            once.append((stored, encode_reply(reply.shown, interaction, deps.endpoint)))
        return stored

    body = act_once(deps.database, tenant_id, interaction.key or "", act)
    shown = next((sent for stored, sent in once if stored is body), body)  # not if another process was first
    return Response(shown, wake_worker=any(context.wake_worker for context in ran))


def _run_for_operator(task: Task, interaction: Interaction, actor: Actor, deps: BotDeps) -> Response:
    """Run what is about all tenants, whatever team the operator is of; it reads and writes by itself."""
    with deps.database.reading_all() as session:
        context = Context(interaction, actor, session, 0, deps, task.right, task.args)
        reply = task.handle(context)
    body = encode_reply(_finished(reply), interaction, deps.endpoint)
    return Response(body, wake_worker=context.wake_worker)


def _finished(reply: Reply | AfterReading | ShownOnce) -> Reply:
    if isinstance(reply, ShownOnce):
        return reply.afterwards
    return reply.finish() if isinstance(reply, AfterReading) else reply
