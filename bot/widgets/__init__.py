"""Widgets of cards: the only package that knows Google Chat's JSON for them.

All text passed in is untrusted: it is cleaned, cut and escaped here. Limits and
field names: Google's discovery document of Chat v1 (32,000 bytes a message, 100 widgets a card).
"""

from bot.widgets.buttons import Button, Icon, Json, Link, Menu, Press, Widget, press
from bot.widgets.inputs import Choice, DatePicker, Option, TextInput, TimePicker
from bot.widgets.markup import is_link, simple_html
from bot.widgets.message import MESSAGE_BYTES, MOST_WIDGETS, Card, Message, Picture, Section
from bot.widgets.rows import Buttons, Columns, Divider, Fact, Switch, Text, notice_rows

__all__ = [
    "MESSAGE_BYTES",
    "MOST_WIDGETS",
    "Button",
    "Buttons",
    "Card",
    "Choice",
    "Columns",
    "DatePicker",
    "Divider",
    "Fact",
    "Icon",
    "Json",
    "Link",
    "Menu",
    "Message",
    "Option",
    "Picture",
    "Press",
    "Section",
    "Switch",
    "Text",
    "TextInput",
    "TimePicker",
    "Widget",
    "is_link",
    "notice_rows",
    "press",
    "simple_html",
]
