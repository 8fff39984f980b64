"""Google's rules for cards that exist only in prose: chat/troubleshoot-cards, descriptions of fields."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]
MESSAGE_BYTES: Final = 32_000
MOST_WIDGETS: Final = 100
MOST_ITEMS: Final = 100
MOST_COLUMNS: Final = 2
_URL = re.compile(r"https?://[^\s/]+\S*\Z")
_LAYOUT = {"horizontalAlignment"}
_INPUTS = {"textInput", "selectionInput", "dateTimePicker", "switchControl"}
_ICONS = {"icon", "startIcon", "endIcon"}


def prose_problems(body: Json, place: str, *, bare_functions: bool = False) -> Iterator[str]:
    """Yield each broken rule of a message (`place` "message") or of a dialog's card (`place` "dialog")."""
    if place == "message":
        yield from _message(body)
    cards = [(place, body)] if place == "dialog" else list(_cards(body))
    for path, card in cards:
        yield from _card(path, card, place)
        for at, key, node in _walk(card, path):
            yield from (f"{at}: {problem}" for problem in _node(key, node, bare_functions))


def _message(body: Json) -> Iterator[str]:
    if not any(
        body.get(key) for key in ("text", "cardsV2", "attachment", "actionResponse", "accessoryWidgets")
    ):
        yield "message: neither text nor cardsV2"
    ids = [card.get("cardId") for _, card in _items(body, "cardsV2")]
    if len(ids) > 1 and (None in ids or len(set(ids)) < len(ids)):
        yield "cardsV2: several cards need a cardId each, and different ones"


def _cards(body: Json) -> Iterator[tuple[str, Json]]:
    for at, wrapped in _items(body, "cardsV2"):
        if isinstance(wrapped.get("card"), dict):
            yield f"{at}.card", wrapped["card"]
        else:
            yield at, {}


def _card(path: str, card: Json, place: str) -> Iterator[str]:
    if not card.get("sections") and not card.get("header"):
        yield f"{path}: an empty card is not shown"
    if "header" in card and not _says(card["header"], "title"):
        yield f"{path}.header: without a title the header disappears"
    footer = card.get("fixedFooter")
    if footer is not None and place == "message":
        yield f"{path}.fixedFooter: only dialogs have a fixed footer"
    elif footer is not None and not _has(footer, "primaryButton"):
        yield f"{path}.fixedFooter: without primaryButton the dialog does not open"
    nodes = list(_walk(card, path))
    count = sum(key in ("widgets", "footerWidgets") for _, key, _ in nodes)
    if count > MOST_WIDGETS:
        yield f"{path}: {count} widgets, Chat draws {MOST_WIDGETS} and drops the sections after"
    names = [node.get("name") for _, key, node in nodes if key in _INPUTS]
    for name in sorted({str(name) for name in names if name and names.count(name) > 1}):
        yield f"{path}: the input name {name!r} is used twice"


def _walk(node: Any, path: str, key: str = "") -> Iterator[tuple[str, str, Json]]:
    """Yield (path, key, node) of every object; members of a list have the list's key."""
    if isinstance(node, dict):
        if key:
            yield path, key, node
        for name, inner in node.items():
            yield from _walk(inner, f"{path}.{name}", name)
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _walk(inner, f"{path}[{number}]", key)


def _node(key: str, node: Json, bare_functions: bool) -> Iterator[str]:
    if key == "action" and not node.get("function"):
        yield "an action needs a function"
    elif key == "action" or key.endswith("Action"):
        yield from _function(node.get("function"), bare_functions)
    elif key in _ICONS:
        yield from _one_of(node, {"knownIcon", "iconUrl", "materialIcon"}, "icon")
    elif key in ("button", "buttons") or key.endswith("Button"):
        yield from _button(node)
    elif rule := _RULES.get(key):
        yield from rule(node)


def _function(function: Any, bare_functions: bool) -> Iterator[str]:
    if function and not bare_functions and not (isinstance(function, str) and _URL.match(function)):
        yield f"function {function!r} is no full URL, an add-on would not call it"


def _button(node: Json) -> Iterator[str]:
    if not _says(node, "text") and not node.get("icon"):
        yield "a button needs a text or an icon"
    if "onClick" not in node:
        yield "a button without onClick makes the whole card disappear"


def _chip(node: Json) -> Iterator[str]:
    if not _says(node, "label") and not node.get("icon"):
        yield "a chip needs a label or an icon"


def _on_click(node: Json) -> Iterator[str]:
    if not any(node.values()):
        yield "an empty onClick makes the whole card disappear"
    elif len(node) > 1:
        yield f"onClick is one of {', '.join(sorted(node))}, not several"


def _open_link(node: Json) -> Iterator[str]:
    url = node.get("url")
    if not isinstance(url, str) or not re.match(r"(?:https?://[^\s/]+|mailto:.|tel:.)", url):
        yield f"openLink opens nothing: {url!r}"


def _section(node: Json) -> Iterator[str]:
    if not node.get("widgets"):
        yield "a section needs a widget"


def _widget(node: Json) -> Iterator[str]:
    kinds = sorted(set(node) - _LAYOUT)
    if len(kinds) != 1:
        yield f"a widget is exactly one thing, not {' and '.join(kinds) or 'nothing'}"


def _text(node: Json) -> Iterator[str]:
    if not _says(node, "text"):
        yield "text is missing"


def _decorated_text(node: Json) -> Iterator[str]:
    if not _says(node, "text") and not node.get("contentText"):
        yield "text is missing"
    if len({"button", "switchControl", "endIcon"} & set(node)) > 1:
        yield "only one of button, switchControl and endIcon"


def _button_list(node: Json) -> Iterator[str]:
    if not node.get("buttons"):
        yield "an empty buttonList makes the whole card disappear"


def _image(node: Json) -> Iterator[str]:
    if not str(node.get("imageUrl") or node.get("imageUri") or "").startswith(("https://", "data:image/")):
        yield "an image needs an https imageUrl"


def _columns(node: Json) -> Iterator[str]:
    if not 0 < len(node.get("columnItems") or []) <= MOST_COLUMNS:
        yield f"one or {MOST_COLUMNS} columns"


def _input(node: Json) -> Iterator[str]:
    if not _says(node, "name"):
        yield "an input needs a name, else the dialog does not open"


def _text_input(node: Json) -> Iterator[str]:
    yield from _input(node)
    if not _says(node, "label") and not _says(node, "hintText"):
        yield "label or hintText is required"


def _selection(node: Json) -> Iterator[str]:
    yield from _input(node)
    items = node.get("items") or []
    if len(items) > MOST_ITEMS:
        yield f"{len(items)} items, {MOST_ITEMS} are allowed"
    if not items and not {"externalDataSource", "platformDataSource", "dataSourceConfigs"} & set(node):
        yield "nothing to select"
    if node.get("multiSelectMaxSelectedItems", 1) < 1:
        yield "multiSelectMaxSelectedItems is at least 1"


def _one_of(node: Json, kinds: set[str], what: str) -> Iterator[str]:
    if len(kinds & set(node)) != 1:
        yield f"an {what} is exactly one of {', '.join(sorted(kinds))}"


_RULES: Final[dict[str, Callable[[Json], Iterator[str]]]] = {
    "onClick": _on_click,
    "openLink": _open_link,
    "sections": _section,
    "widgets": _widget,
    "footerWidgets": _widget,
    "textParagraph": _text,
    "decoratedText": _decorated_text,
    "buttonList": _button_list,
    "image": _image,
    "chips": _chip,
    "columns": _columns,
    "textInput": _text_input,
    "selectionInput": _selection,
    "dateTimePicker": _input,
    "switchControl": _input,
}


def _items(body: Json, key: str) -> Iterator[tuple[str, Json]]:
    inside = body.get(key)
    for number, item in enumerate(inside if isinstance(inside, list) else []):
        if isinstance(item, dict):
            yield f"{key}[{number}]", item


def _says(node: Any, key: str) -> bool:
    """Return whether `key` has text: a blank title counts as none."""
    return isinstance(node, dict) and isinstance(node.get(key), str) and bool(node[key].strip())


def _has(node: Any, key: str) -> bool:
    return isinstance(node, dict) and bool(node.get(key))
