"""The home card: what is on, what waits, what to do next."""

from dataclasses import dataclass

from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Widget, press
from bot.words import plural


@dataclass(frozen=True, slots=True)
class Home:
    """What the home card shows of a tenant, as the asking person sees it in one space.

    `muted_until` and `quiet` are ready to read (`until 3:05 PM`), empty when nothing holds. `trouble` is the
    one thing that needs somebody, empty when all is well; with `reconnect` that is the connection.
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
    last_sent: str = ""
    trouble: str = ""
    reconnect: bool = False
    may_edit: bool = True


def home_card(home: Home) -> Message:
    """Return the home card: the present state, and the one next step."""
    headline = home.trouble or _headline(home)
    card = Card("Pipenotify", headline, [Section(_rows(home)), Section([_doors()])], _footer(home))
    return Message(card, fallback_text=f"Pipenotify: {headline}")


def _headline(home: Home) -> str:
    if not home.connected:
        return "Pipedrive is not connected yet"
    if not home.rules_on:
        return "No rule is on yet"
    return f"{plural(home.rules_on, 'rule')} on, {plural(home.sent_today, 'card')} today"


def _rows(home: Home) -> list[Widget]:
    rows = [
        ("Needs you", home.trouble, "warning"),
        ("Pipedrive", "connected" if home.connected else "not connected", "link"),
        ("This space", home.space and (home.space if home.linked else f"{home.space} (not linked)"), "forum"),
        ("Rules", _rules(home), "rule"),
        ("Sent today", plural(home.sent_today, "card"), "send"),
        ("Held", plural(home.held, "card") if home.held else "", "hourglass_empty"),
        ("Failed", plural(home.failed, "card") if home.failed else "", "error"),
        ("Muted", home.muted, "notifications_off"),
        ("Quiet hours", home.quiet, "bedtime"),
        ("Last card", home.last_sent, "history"),
    ]
    return [Fact(said, label, Icon(icon, label)) for label, said, icon in rows if said]


def _rules(home: Home) -> str:
    off = f", {home.rules_off:,} off" if home.rules_off else ""
    return f"{home.rules_on:,} on{off}"


def _doors() -> Buttons:
    return Buttons(
        Button("Rules", press("rule.list")),
        Button("Log", press("log.show")),
        Button("Help", press("help.show")),
    )


def _footer(home: Home) -> list[Button]:
    if not home.connected or home.reconnect:
        words = "Connect again" if home.reconnect else "Connect Pipedrive"
        return [Button(words, press("connection.show"), primary=True)]
    if not home.linked:
        return [Button("Link this space", press("space.link"), primary=True)]
    return [Button("New rule", press("rule.new", dialog=True), primary=True)] if home.may_edit else []
