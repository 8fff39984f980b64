"""The endpoints of the playground's page: each calls the Playground after checking the body."""

from collections.abc import Callable, Mapping
from typing import Any

from web.playground.inspector import DIALOG, MESSAGE, report
from web.playground.play import Playground

Door = Callable[[Playground, Mapping[str, Any]], Mapping[str, Any] | None]

LONGEST_QUERY = 200  # letters typed into a choice that searches
SHOWN_MESSAGES = 200  # more than anybody scrolls through in a demo, and few enough for a fast page

_DEAL_FIELDS = frozenset({"title", "value", "currency", "stage_id", "owner_id", "person_name", "org_name"})
PIPEDRIVE_ACTIONS: Mapping[str, frozenset[str]] = {
    "create_deal": _DEAL_FIELDS,
    "edit_deal": _DEAL_FIELDS | {"id", "visible_to"},
    "move_deal": frozenset({"id", "stage_id"}),
    "change_value": frozenset({"id", "value"}),
    "win_deal": frozenset({"id"}),
    "lose_deal": frozenset({"id", "lost_reason"}),
    "follow_deal": frozenset({"id", "follower_id"}),
    "reopen_deal": frozenset({"id"}),
    "delete_deal": frozenset({"id"}),
    "bulk_import": frozenset({"count"}),
    "create_lead": frozenset({"title", "amount", "currency", "owner_id", "person_name", "org_name"}),
    "create_person": frozenset({"name", "owner_id", "org_name", "email", "phone"}),
    "create_organization": frozenset({"name", "owner_id"}),
    "create_product": frozenset({"name", "code", "price", "currency"}),
    "create_activity": frozenset({"subject", "type", "due_date", "owner_id", "deal_id", "note"}),
    "finish_activity": frozenset({"id"}),
    "create_note": frozenset({"content", "deal_id"}),
}


class Unsound(ValueError):
    """The page sent an unusable value; the text is for people."""


def text(body: Mapping[str, Any], key: str, *, longest: int = 8000) -> str:
    """The text under `key`; raises Unsound if it is missing, empty, no text, or longer than Chat allows."""
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Unsound(f"{key} is missing")
    if len(value) > longest:
        raise Unsound(f"{key} is longer than {longest} characters")
    return value


def mapping(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`, empty if there is none."""
    value = body.get(key) or {}
    if not isinstance(value, Mapping):
        raise Unsound(f"{key} has to be an object")
    return value


def parameters(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a pressed button; in Chat they are all text."""
    return {str(key): str(value) for key, value in mapping(body, "parameters").items()}


def window(body: Mapping[str, Any]) -> str:
    """The window of the browser, "" for a client that has none."""
    return text(body, "window", longest=64) if body.get("window") else ""


def say(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    thread = text(body, "thread") if body.get("thread") else None
    typed = (text(body, "space"), text(body, "user"), text(body, "text"))
    return play.say(*typed, thread=thread, window=window(body))


def command_id(body: Mapping[str, Any]) -> int:
    command = body.get("command")
    if not isinstance(command, int):
        raise Unsound("command has to be a number")
    return command


def quick_command(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return play.quick_command(text(body, "space"), text(body, "user"), command_id(body), window=window(body))


def message_action(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    chosen = (text(body, "space"), text(body, "user"), text(body, "message"))
    return play.message_action(*chosen, command_id(body), window=window(body))


def click(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return play.click(
        text(body, "space"),
        text(body, "user"),
        text(body, "message"),
        parameters(body),
        mapping(body, "inputs"),
        window=window(body),
    )


def submit_dialog(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    filled = (parameters(body), mapping(body, "inputs"))
    return play.submit_dialog(text(body, "user"), *filled, window=window(body))


def autocomplete(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    query = str(body.get("query", ""))[:LONGEST_QUERY]
    typed = (text(body, "space"), text(body, "user"), parameters(body), query)
    return play.autocomplete(*typed, window=window(body))


def dialect(play: Playground, body: Mapping[str, Any]) -> None:
    play.speak(text(body, "dialect"))


def outage(play: Playground, body: Mapping[str, Any]) -> None:
    play.switch_outage(text(body, "name"), on=body.get("on") is True)


def inspect(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    message = text(body, "message") if body.get("message") else None
    return play.inspect(text(body, "user"), message, window=window(body))


def check(_play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What Chat would refuse in a message or a dialog that somebody wrote into the inspector."""
    typed = body.get("json")
    if not isinstance(typed, dict):
        raise Unsound("A message or a dialog is a JSON object")
    try:
        return report(typed, DIALOG if body.get("place") == DIALOG else MESSAGE)
    except (AttributeError, TypeError) as broken:
        raise Unsound(f"This has not the shape of a message: {broken}") from broken


def close_dialog(play: Playground, body: Mapping[str, Any]) -> None:
    play.close_dialog(text(body, "user"), window=window(body))


def add_app(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return play.add_app(text(body, "space"), text(body, "user"))


def remove_app(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return play.remove_app(text(body, "space"), text(body, "user"))


def pipedrive(play: Playground, body: Mapping[str, Any]) -> Mapping[str, Any]:
    action = text(body, "action")
    known = PIPEDRIVE_ACTIONS.get(action)
    if known is None:
        raise Unsound(f"Pipedrive has no action {action}")
    arguments = dict(mapping(body, "arguments"))
    if unknown := sorted(set(arguments) - known):
        raise Unsound(f"{action} does not take {', '.join(unknown)}")
    if body.get("user_id") is not None:
        arguments["user_id"] = body["user_id"]
    return play.pipedrive_do(action, **arguments)


DOORS: Mapping[str, Door] = {
    "say": say,
    "quick-command": quick_command,
    "message-action": message_action,
    "click": click,
    "dialog/submit": submit_dialog,
    "autocomplete": autocomplete,
    "dialect": dialect,
    "outage": outage,
    "inspect": inspect,
    "check": check,
    "dialog/close": close_dialog,
    "app/add": add_app,
    "app/remove": remove_app,
    "pipedrive": pipedrive,
}


def state(play: Playground, viewer: str | None, space: str | None, window: str = "") -> dict[str, Any]:
    """What one person sees in one window: spaces, the messages of one space, the open dialog, the board.

    The version is read first: a change between the reads is then shown twice, never missed. An unknown
    viewer or space becomes the first one, because both may come from an earlier run of the demo.
    """
    version = play.wait_for_change(-1, 0)
    people = play.people()
    seer = _known(viewer, people)
    spaces = play.spaces(seer)
    here = _known(space, spaces)
    heard = {each["name"]: play.messages(each["name"], seer) for each in spaces}
    return {
        "version": version,
        "viewer": seer,
        "people": people,
        "dialect": play.dialect(),
        "outages": play.outages(),
        "spaces": [
            {**each, "last": _last(heard[each["name"]]), "news": _news(heard[each["name"]])}
            for each in spaces
        ],
        "space": here,
        "messages": heard.get(here, [])[-SHOWN_MESSAGES:],
        "earlier": max(0, len(heard.get(here, [])) - SHOWN_MESSAGES),
        "dialog": play.dialog(seer, window=window),
        "pipedrive": play.pipedrive_state(),
    }


def _known(name: str | None, among: list[dict[str, Any]]) -> str:
    names: list[str] = [each["name"] for each in among]
    return name if name is not None and name in names else next(iter(names), "")


def _last(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not messages:
        return None
    last = messages[-1]
    return {
        "name": last["name"],
        "createTime": last.get("createTime"),
        "sender": last.get("sender", {}),
        "text": _snippet(last)[:140],
    }


def _news(messages: list[dict[str, Any]]) -> str | None:
    """The name of the last message that marks its space as unread: a silent one does not."""
    return next((each["name"] for each in reversed(messages) if not each.get("silent")), None)


def _snippet(message: Mapping[str, Any]) -> str:
    """The preview of a message in a list of spaces: its text, or its card's notification text."""
    cards = message.get("cardsV2") or [{}]
    title = cards[0].get("card", {}).get("header", {}).get("title", "")
    return str(message.get("text") or message.get("fallbackText") or title)
