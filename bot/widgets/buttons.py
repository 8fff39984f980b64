"""The clickable parts of a card: links, actions, buttons, and their icons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from bot.text.format import plain
from bot.widgets.markup import is_link

Json = dict[str, Any]
DOOR: Final = "/chat/events"  # the path of every endpoint; pictures have the same origin
PICTURES: Final = "/static/cards"


@dataclass(frozen=True, slots=True)
class Pen:
    """What drawing needs: the URL that every button calls, and how many bytes one text may take."""

    endpoint: str
    most: int = 28_000

    def picture(self, name: str) -> str:
        """Return the URL of one of the pictures that we serve ourselves."""
        return f"{self.endpoint.removesuffix(DOOR)}{PICTURES}/{name}.png"


class Widget(Protocol):
    """One row of a card."""

    def draw(self, pen: Pen) -> Json: ...


@dataclass(frozen=True, slots=True)
class Icon:
    """A Material icon by name. `alt` is its text for screen readers; without it there is no icon."""

    name: str
    alt: str

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"icon {self.name!r} needs an alt text")

    def draw(self) -> Json:
        return {"materialIcon": {"name": self.name}, "altText": plain(self.alt)}


@dataclass(frozen=True, slots=True)
class Link:
    """Opens a page. Raises ValueError unless https (or http to this machine)."""

    url: str

    def __post_init__(self) -> None:
        if not is_link(self.url):
            raise ValueError("a card links to https only")

    def draw(self, _pen: Pen) -> Json:
        return {"openLink": {"url": self.url}}


@dataclass(frozen=True, slots=True)
class Press:
    """Calls us back: `do` names the action (`rule.toggle`), `params` are sent, `dialog` asks for a dialog."""

    do: str
    params: Mapping[str, str] = field(default_factory=dict)
    dialog: bool = False

    def draw(self, pen: Pen) -> Json:
        return {"action": self.draw_action(pen)}

    def draw_action(self, pen: Pen) -> Json:
        named = {"do": self.do, **self.params}
        drawn: Json = {
            "function": pen.endpoint,
            "parameters": [{"key": key, "value": value} for key, value in named.items()],
        }
        return {**drawn, "interaction": "OPEN_DIALOG"} if self.dialog else drawn


def press(do: str, *, dialog: bool = False, **params: object) -> Press:
    """Return a Press with its parameters as keywords; values become text."""
    return Press(do, {key: str(value) for key, value in params.items()}, dialog)


@dataclass(frozen=True, slots=True)
class Menu:
    """Opens a list of further choices under the button, each a button without its frame."""

    items: Sequence["Button"]

    def draw(self, pen: Pen) -> Json:
        return {"overflowMenu": {"items": [self._draw_item(each, pen) for each in self.items]}}

    def _draw_item(self, item: "Button", pen: Pen) -> Json:
        text = plain(item.text, most=80, room=pen.most) or "Open"
        return {"text": text, "onClick": item.click.draw(pen)}


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `primary` fills it, `disabled` greys it. Without a text it shows its icon alone."""

    text: str
    click: Link | Press | Menu
    primary: bool = False
    icon: Icon | None = None
    disabled: bool = False

    def draw(self, pen: Pen) -> Json:
        drawn: Json = {"onClick": self.click.draw(pen)}
        if self.text or not self.icon:
            drawn = {"text": plain(self.text, most=80, room=pen.most) or "Open", **drawn}
        if self.primary:
            drawn["type"] = "FILLED"
        if self.icon:
            drawn["icon"] = self.icon.draw()
        if self.disabled:
            drawn["disabled"] = True
        return drawn
