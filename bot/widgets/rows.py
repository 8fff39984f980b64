"""The rows of a card that show something: paragraphs, facts, buttons, lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.text.format import escape, plain
from bot.widgets.buttons import Button, Icon, Json, Link, Pen, Press, Widget
from bot.widgets.markup import is_link, simple_html
from models.languages.translate import tr


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `html` keeps the tags b, i, u, s, br and a; without it no markup takes effect.

    Beyond `lines` lines Chat folds it, with a way to see the rest.
    """

    text: str
    html: bool = False
    lines: int | None = None

    def draw(self, pen: Pen) -> Json:
        drawn = (
            simple_html(self.text, pen.most).strip()
            if self.html
            else escape(self.text, most=4000, room=pen.most)
        )
        paragraph: Json = {"text": drawn or "–"}  # noqa: RUF001 - a dash for an empty paragraph
        return {"textParagraph": {**paragraph, "maxLines": self.lines} if self.lines else paragraph}


@dataclass(frozen=True, slots=True)
class Switch:
    """An on/off switch at the end of a fact; `click` is called at once when it is switched."""

    name: str
    on: bool
    click: Press | None = None

    def draw(self, pen: Pen) -> Json:
        drawn: Json = {"name": self.name, "selected": self.on, "controlType": "SWITCH"}
        return {**drawn, "onChangeAction": self.click.draw_action(pen)} if self.click else drawn


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in a row: `label` above, `below` underneath, an icon before, a button or switch at the end.

    A click on it opens `link`; one that a card may not open is left out.
    """

    text: str
    label: str = ""
    icon: Icon | None = None
    below: str = ""
    end: Button | Switch | None = None
    link: str = ""

    def draw(self, pen: Pen) -> Json:
        drawn: Json = {"text": escape(self.text, most=1000, room=pen.most) or "–", "wrapText": True}  # noqa: RUF001 - same
        if self.label:
            drawn["topLabel"] = plain(self.label, most=120, room=pen.most)
        if self.below:
            drawn["bottomLabel"] = plain(self.below, most=1000, room=pen.most)
        if self.icon:
            drawn["startIcon"] = self.icon.draw()
        if is_link(self.link):
            drawn["onClick"] = Link(self.link).draw(pen)
        if self.end:
            drawn["button" if isinstance(self.end, Button) else "switchControl"] = self.end.draw(pen)
        return {"decoratedText": drawn}


@dataclass(frozen=True, slots=True, init=False)
class Buttons:
    """A row of buttons: `Buttons(Button(...), Button(...))`. Raises ValueError without any."""

    row: tuple[Button, ...]

    def __init__(self, *row: Button) -> None:
        if not row:
            raise ValueError("a row of buttons needs a button")
        object.__setattr__(self, "row", row)

    def draw(self, pen: Pen) -> Json:
        return {"buttonList": {"buttons": [button.draw(pen) for button in self.row]}}


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts in two columns, read row by row; below each other where the screen is narrow."""

    facts: Sequence[Fact]

    def draw(self, pen: Pen) -> Json:
        columns = [self.facts[0::2], self.facts[1::2]]
        items = [{"widgets": [fact.draw(pen) for fact in column]} for column in columns if column]
        return {"columns": {"columnItems": items}}


@dataclass(frozen=True, slots=True)
class Divider:
    """A line across the card."""

    def draw(self, _pen: Pen) -> Json:
        return {"divider": {}}


def notice_rows(notice: str) -> list[Widget]:
    """Return the row that says what was done, above what a card shows; none without a notice."""
    return [Fact(notice, icon=Icon("info", tr("What was done")))] if notice else []
