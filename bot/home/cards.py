"""The cards of home, help, status, and the welcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.text.format import plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press
from models.accounts.rights import Action
from models.deliveries.queries import MOST_COUNTED
from models.languages.translate import tr, tr_in, tr_plural, whole


@dataclass(frozen=True, slots=True)
class Problem:
    """The one problem that a person has to solve, as a text; empty when there is none.

    With `reconnect`, connecting Pipedrive again solves it. `place` is the destination that has it, by its id.
    """

    text: str = ""
    reconnect: bool = False
    place: int | None = None

    def button(self) -> Button | None:
        """Return what leads to the destination that has it."""
        if self.place is None:
            return None
        return Button(tr_in("button", "Show"), press("space.show", place=self.place))


NO_PROBLEM: Final = Problem()


@dataclass(frozen=True, slots=True)
class Home:
    """What the home card shows of a tenant in one space.

    `unread`, `muted`, `quiet` and `digest` are texts, empty where there is none. `connection` is the state of
    Pipedrive's connection where it is broken. Counts are of events: one card may tell many. `may_make`: the
    reader may make rules; `may_connect`: and connect Pipedrive.
    `has_quiet` and `has_digest`: there is something to see or to set, so that a button opens it.
    """

    space: str = ""
    connected: bool = True
    linked: bool = True
    rules_on: int = 0
    rules_off: int = 0
    sent_today: int = 0
    held: int = 0
    failed: int = 0
    muted: str = ""
    quiet: str = ""
    digest: str = ""
    last_sent: str = ""
    unread: str = ""
    problem: Problem = NO_PROBLEM
    connection: str = ""
    may_make: bool = True
    may_connect: bool = True
    has_quiet: bool = True
    has_digest: bool = True


def home_card(home: Home) -> Message:
    """Return the home card: the present state and the one next step."""
    headline = home.problem.text or _headline(home)
    card = Card(
        "Pipenotify",
        headline,
        [Section(_home_rows(home)), Section([_home_buttons(), _attention_buttons(home)])],
        _home_footer(home),
    )
    return Message(card, fallback_text=f"Pipenotify: {headline}")


def _headline(home: Home) -> str:
    if not home.connected:
        return tr("Pipedrive is not connected yet")
    if not home.rules_on:
        return tr("No rule is on yet")
    return tr_plural(
        "{count} rule on, {events} sent today",
        "{count} rules on, {events} sent today",
        home.rules_on,
        events=_events_text(home.sent_today),
    )


def _events_text(count: int) -> str:
    """Return a count that was counted up to `MOST_COUNTED` as people read it."""
    return (
        plural(count, "event") if count < MOST_COUNTED else tr("{count} or more events", count=whole(count))
    )


def _home_rows(home: Home) -> list[Widget]:
    rows = [
        (tr("Inbox"), home.unread, "mark_email_unread"),
        (tr("Needs you"), home.problem.text, "warning"),
        (
            "Pipedrive",
            home.connection or (tr("connected") if home.connected else tr("not connected")),
            "link",
        ),
        (
            tr("This space"),
            home.space and (home.space if home.linked else tr("{space} (not linked)", space=home.space)),
            "forum",
        ),
        (tr("Rules"), _rules_text(home), "rule"),
        (tr("Sent today"), _events_text(home.sent_today), "send"),
        (tr("Held"), plural(home.held, "event") if home.held else "", "hourglass_empty"),
        (tr("Failed today"), _events_text(home.failed) if home.failed else "", "error"),
        (tr("Muted"), home.muted, "notifications_off"),
        (tr("Quiet hours"), home.quiet, "bedtime"),
        (tr("Digest"), home.digest, "inbox"),
        (tr("Last card"), home.last_sent, "history"),
    ]
    ends = {
        "warning": home.problem.button(),
        "notifications_off": Button(tr("All mutes"), press("mute.list")),
        "mark_email_unread": Button(tr("Open"), press("inbox.show", filter="unread")),
    }
    return [Fact(text, label, Icon(icon, label), end=ends.get(icon)) for label, text, icon in rows if text]


def _rules_text(home: Home) -> str:
    on = tr("{count} on", count=whole(home.rules_on))
    return f"{on}, {tr('{count} off', count=whole(home.rules_off))}" if home.rules_off else on


def _home_buttons() -> Buttons:
    return Buttons(
        Button(tr("Rules"), press("rule.list")),
        Button(tr("Log"), press("log.show")),
        Button(tr("Help"), press("help.show")),
    )


def _attention_buttons(home: Home) -> Buttons:
    quiet, digest = Button(tr("Quiet hours"), press("quiet.show")), Button(tr("Digest"), press("digest.show"))
    return Buttons(
        Button(tr_in("button", "Mute"), press("mute.open", dialog=True)),
        *([quiet] if home.has_quiet else []),
        *([digest] if home.has_digest else []),
    )


def _home_footer(home: Home) -> list[Button]:
    if not home.connected or home.problem.reconnect:
        label = tr("Connect again") if home.problem.reconnect else tr("Connect Pipedrive")
        return [Button(label, press("connection.show"), primary=True)] if home.may_connect else []
    if not home.linked:
        return [Button(tr("Link this space"), press("space.link"), primary=True)]
    return [Button(tr("New rule"), press("rule.new", dialog=True), primary=True)] if home.may_make else []


@dataclass(frozen=True, slots=True)
class Usage:
    """One command: its syntax and what it does."""

    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Commands that belong together; `verbs` names them in one line: "list, new, show"."""

    title: str
    usages: Sequence[Usage]
    verbs: str = ""


SHOWN: Final = 7  # commands of a topic that fit on a screen; the others unfold


def help_card(topics: Sequence[Topic], *, intro: str = "") -> Message:
    """Return the commands of a topic, or of several a line each that unfolds: at most a screen."""
    text = intro or tr("Write /pipenotify and one of these")
    sections = [
        _topic_section(topics[0], SHOWN) if len(topics) == 1 else _folded_topic(topic) for topic in topics
    ]
    return Message(
        Card(tr("Pipenotify help"), text, sections, card_id="help"),
        fallback_text=tr("Help: {text}", text=text),
    )


def _topic_section(topic: Topic, shown: int) -> Section:
    return Section(
        [Fact(usage.text, below=usage.meaning) for usage in topic.usages], topic.title, shown=shown
    )


def _folded_topic(topic: Topic) -> Section:
    """Return a topic as a line that unfolds; its commands are one text, or there would be too many rows."""
    lines = "\n".join(f"{usage.text}\n{usage.meaning}" for usage in topic.usages)
    return Section([Text(topic.verbs), Text(lines)], topic.title, shown=1)


def status_card(
    facts: Sequence[tuple[str, str]], problem: Problem = NO_PROBLEM, *, may_connect: bool = True
) -> Message:
    """Return the facts as (label, text) rows, below the problem.

    `may_connect`: the reader may connect Pipedrive again, where that solves it.
    """
    rows: list[Widget] = [Fact(text, label) for label, text in facts]
    if problem.text:
        icon = Icon("warning", tr("Trouble"))
        rows.insert(0, Fact(problem.text, tr("Needs you"), icon, end=problem.button()))
    text = problem.text or tr("All is well")
    reconnects = problem.reconnect and may_connect
    reconnecting = [Button(tr("Connect again"), press("connection.show"), primary=True)] if reconnects else []
    buttons = [*reconnecting, Button(tr("Rules"), press("rule.list")), Button(tr("Log"), press("log.show"))]
    card = Card(tr("Status"), text, [Section(rows)], buttons, card_id="status")
    return Message(card, fallback_text=tr("Status: {text}", text=text))


def welcome_card(
    *,
    connected: bool = False,
    linked: bool = False,
    has_rules: bool = False,
    asked: str = "",
    may: Callable[[Action], bool] = lambda _: True,
) -> Message:
    """Return the welcome, with the first step that is left: connect Pipedrive, link the space, make a rule.

    Everybody in the space sees it, so its button asks for a connect link and does not contain one. `asked` is
    the command that was typed and needs a linked space. `may` tells what the reader may do, if there is one:
    no button offers what is refused.
    """
    steps: list[Widget] = [
        _step(connected, tr("Connect Pipedrive"), tr("An admin does this once, in the browser.")),
        _step(linked, tr("Link this space"), tr("Then rules may post here.")),
        _step(has_rules, tr("Make a rule"), tr("Say which events shall become a card, and where.")),
    ]
    intro = Text(
        tr(
            "What happens in Pipedrive becomes a card here: deals won, lost or moved, new leads,"
            " activities done."
        )
    )
    needs_link = tr(
        "“{asked}” works here once this space is linked: press Link this space, or say"
        " /pipenotify space here.",
        asked=asked,
    )
    card = Card(
        tr("Welcome to Pipenotify"),
        tr("Pipedrive, well timed, in Chat"),
        [Section([Text(needs_link) if asked else intro]), Section(steps, tr("Three steps"))],
        [*_next_step_button(connected, linked, may), Button(tr("Help"), press("help.show"))],
        card_id="welcome",
    )
    return Message(
        card, fallback_text=tr("Welcome to Pipenotify: connect Pipedrive, link this space, make a rule")
    )


def _step(done: bool, what: str, below: str) -> Fact:
    icon = Icon("check_circle", tr("Done")) if done else Icon("radio_button_unchecked", tr("To do"))
    return Fact(what, icon=icon, below="" if done else below)


def _next_step_button(connected: bool, linked: bool, may: Callable[[Action], bool]) -> list[Button]:
    if not connected:
        right = Action.CONNECTION_CHANGE
        step = Button(tr("Connect Pipedrive"), press("connection.show"), primary=True)
    elif not linked:
        right, step = Action.SPACE_LINK, Button(tr("Link this space"), press("space.link"), primary=True)
    else:
        right = Action.RULE_MAKE
        step = Button(tr("New rule"), press("rule.new", dialog=True), primary=True)
    return [step] if may(right) else []
