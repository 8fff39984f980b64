"""The first card of a space: what Pipenotify does, and the steps that are left."""

from bot.widgets import Button, Card, Fact, Icon, Message, Section, Text, Widget, press


def welcome_card(*, connected: bool = False, linked: bool = False) -> Message:
    """Return the welcome: `connected` says whether Pipedrive is, `linked` whether the space is.

    All in the space may see it, so its button asks for the way to connect, and holds no way itself.
    """
    steps: list[Widget] = [
        _step(connected, "Connect Pipedrive", "An admin does this once, in the browser."),
        _step(linked, "Link this space", "Then rules may post here."),
        _step(False, "Make a rule", "Say which events shall become a card, and where."),
    ]
    intro = Text(
        "What happens in Pipedrive becomes a card here: deals won, moved or stuck, new leads, due tasks."
    )
    card = Card(
        "Welcome to Pipenotify",
        "Pipedrive, well timed, in Chat",
        [Section([intro]), Section(steps, "Three steps")],
        [_next(connected, linked), Button("Help", press("help.show"))],
        card_id="welcome",
    )
    return Message(
        card, fallback_text="Welcome to Pipenotify: connect Pipedrive, link this space, make a rule"
    )


def _step(done: bool, what: str, below: str) -> Fact:
    icon = Icon("check_circle", "Done") if done else Icon("radio_button_unchecked", "To do")
    return Fact(what, icon=icon, below="" if done else below)


def _next(connected: bool, linked: bool) -> Button:
    if not connected:
        return Button("Connect Pipedrive", press("connection.show"), primary=True)
    if not linked:
        return Button("Link this space", press("space.link"), primary=True)
    return Button("New rule", press("rule.new", dialog=True), primary=True)
