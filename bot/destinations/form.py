"""The form that adds a destination: this space, a webhook of another one, a mail, a server of one's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.context import Context
from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, press
from models.accounts.rights import Action
from models.destinations.configured import missing_setting
from models.languages.translate import marked, tr
from models.security.secrets import new_signing_secret
from models.tables.destinations import EMAIL, INCOMING_WEBHOOK, OUTGOING_WEBHOOK

THIS_SPACE: Final = "here"
WEBHOOK: Final = "webhook"
MAIL: Final = "email"
SERVER: Final = "server"
WHERE: Final = marked("In that space: Apps and integrations, Webhooks, Add webhook, copy the link")


_KINDS: Final = {
    THIS_SPACE: marked("This space"),
    WEBHOOK: marked("An incoming webhook of another space"),
    MAIL: marked("An e-mail address"),
    SERVER: marked("A server of yours, by an outgoing webhook"),
}
_ADDRESS_HINT: Final = marked(
    "Of an incoming webhook its link: in that space, Apps and integrations, Webhooks, Add webhook"
)
_SECRET_HINT: Final = marked(
    "Only for a server: it checks with it that a call is ours. Copy it before you add"
)
_KEPT_HINT: Final = marked("Left empty, neither changes. An old secret signs on for a day")


@dataclass(frozen=True, slots=True)
class DestinationForm:
    """The fields of the form. `name` and `url` count where `kind` is not THIS_SPACE, `secret` for SERVER."""

    kind: str = THIS_SPACE
    name: str = ""
    url: str = ""
    secret: str = ""


def read_form(inputs: Mapping[str, Sequence[str]]) -> DestinationForm:
    """Return what was filled in; a field that is missing has its default."""

    def first_value(name: str, default: str = "") -> str:
        return next(iter(inputs.get(name, ())), default)

    texts = (first_value(each).strip() for each in ("name", "url", "secret"))
    return DestinationForm(first_value("kind", THIS_SPACE), *texts)


def offered_kinds(context: Context) -> list[str]:
    """Return the kinds of destinations that the asking person may add, and that work here."""
    if not context.actor.may(Action.WEBHOOK_ADD):
        return [THIS_SPACE]
    may_mail = not missing_setting(context.session, EMAIL)
    return [kind for kind in _KINDS if may_mail or kind != MAIL]


def kinds_text(kinds: Collection[str]) -> str:
    """Return in one sentence what can be added."""
    if MAIL in kinds:
        return tr("This space, a webhook or an e-mail address.")
    return tr("This space or a webhook.") if WEBHOOK in kinds else tr("Into this space.")


def draw_form(kinds: Collection[str], form: DestinationForm | None = None, problem: str = "") -> Card:
    """Return the dialog with what was filled in; `problem` is shown above the fields.

    `kinds` are those that are offered (see `offered_kinds`).
    """
    form = form or DestinationForm()
    options = [Option(kind, tr(text), form.kind == kind) for kind, text in _KINDS.items() if kind in kinds]
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section([Choice("kind", tr("Where shall cards go?"), options, "radio")]),
        Section(
            [
                TextInput("name", tr("Name"), form.name, hint=tr("How rules call it")),
                TextInput("url", tr("Address"), form.url, hint=tr(_ADDRESS_HINT)),
                TextInput("secret", tr("Secret"), form.secret or new_signing_secret(), hint=tr(_SECRET_HINT)),
            ]
            if WEBHOOK in kinds
            else [],
            tr("Only for webhooks and e-mails") if MAIL in kinds else tr("Only for webhooks"),
        ),
    ]
    footer = [Button(tr("Add"), press("space.save"), primary=True)]
    return Card(
        tr("Add a destination"),
        "",
        [section for section in sections if section.widgets],
        footer,
        card_id="space-form",
    )


def draw_address_form(
    destination_id: int, name: str, form: DestinationForm | None = None, problem: str = "", *, kind: str
) -> Card:
    """Return the dialog that gives a destination a new address; `problem` is shown above the field.

    `kind` is that of the destination. The secret of an outgoing webhook stays where its field is left empty.
    """
    form = form or DestinationForm()
    what = (
        tr(
            "Make a new webhook in the space, and paste its link here. All rules that post to {name} stay.",
            name=name,
        )
        if kind == INCOMING_WEBHOOK
        else tr("All rules that post to {name} stay.", name=name)
    )
    hint = tr(WHERE) if kind == INCOMING_WEBHOOK else ""
    secret = TextInput("secret", tr("New secret"), form.secret, hint=tr(_KEPT_HINT))
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section([Text(what), TextInput("url", tr("New address"), form.url, hint=hint)]),
        Section([secret] if kind == OUTGOING_WEBHOOK else []),
    ]
    save = Button(tr("Save"), press("space.readdress", place=destination_id), primary=True)
    shown = [section for section in sections if section.widgets]
    return Card(tr("Give it a new address"), name, shown, [save], card_id="space-address")
