"""Widgets: how they are drawn, what is refused, and that everything drawn fits."""

import json
import re

import pytest
from hypothesis import given

from bot.widgets import (
    MESSAGE_BYTES,
    Button,
    Buttons,
    Card,
    Choice,
    Columns,
    Divider,
    Fact,
    Icon,
    Link,
    Message,
    Option,
    Press,
    Section,
    Switch,
    Text,
    TextInput,
    Widget,
    is_link,
    press,
    simple_html,
)
from bot.widgets.readable import plain_text, read_message
from tests.cards import ENDPOINT, assert_valid, clicks, lines, links
from tests.hostile import TITLES, titles


def dialog(*widgets: object) -> Card:
    return Card("Title", sections=[Section(list(widgets))])  # type: ignore[arg-type]


def first(card: Card) -> dict[str, object]:
    drawn: dict[str, object] = assert_valid(card)["sections"][0]["widgets"][0]
    return drawn


def test_a_button_calls_the_endpoint_and_names_its_action() -> None:
    row = Buttons(Button("Go", press("rule.toggle", rule=7), primary=True, icon=Icon("bolt", "Go")))

    assert first(dialog(row))["buttonList"] == {
        "buttons": [
            {
                "text": "Go",
                "onClick": {
                    "action": {
                        "function": ENDPOINT,
                        "parameters": [{"key": "do", "value": "rule.toggle"}, {"key": "rule", "value": "7"}],
                    }
                },
                "type": "FILLED",
                "icon": {"materialIcon": {"name": "bolt"}, "altText": "Go"},
            }
        ]
    }


def test_a_press_may_ask_for_a_dialog() -> None:
    drawn = json.dumps(
        assert_valid(dialog(Buttons(Button("New", press("rule.new", dialog=True), disabled=True))))
    )

    assert '"interaction": "OPEN_DIALOG"' in drawn
    assert '"disabled": true' in drawn


def test_inputs_come_back_by_name() -> None:
    drawn = assert_valid(
        dialog(
            TextInput("name", "Name", "Big wins", hint="Short", placeholder="x", lines=True, most=80),
            Choice("on", "Event", [Option("deal.won", "Deal won", selected=True), Option("x", "")]),
            Choice("to", "Spaces", [Option("s1", "A"), Option("s2", "B")], "multi", press("rule.preview")),
            Choice("urgent", "Urgent", [Option("yes", "Urgent")], "switch"),
            Divider(),
            Fact("On", end=Switch("enabled", True, press("rule.toggle"))),
        )
    )

    widgets = drawn["sections"][0]["widgets"]
    assert widgets[0]["textInput"]["validation"] == {"characterLimit": 80}
    assert widgets[1]["selectionInput"]["items"][0] == {
        "text": "Deal won",
        "value": "deal.won",
        "selected": True,
    }
    assert widgets[1]["selectionInput"]["items"][1]["text"] == "x"
    assert widgets[2]["selectionInput"]["multiSelectMaxSelectedItems"] == 2
    assert widgets[3]["selectionInput"]["type"] == "SWITCH"
    assert widgets[5]["decoratedText"]["switchControl"]["onChangeAction"]["function"] == ENDPOINT


def test_a_dialog_has_its_buttons_fixed_and_a_message_has_them_last() -> None:
    card = Card(
        "T", sections=[Section([Text("x")])], footer=[Button("Save", press("a")), Button("No", press("b"))]
    )

    assert set(assert_valid(card)["fixedFooter"]) == {"primaryButton", "secondaryButton"}
    assert lines(Message(card, "T"))[-2:] == ["[Save]", "[No]"]


def test_a_collapsed_section_says_how_much_stays_visible() -> None:
    drawn = assert_valid(Card("T", sections=[Section([Text("a"), Text("b")], "Head <b>", shown=1)]))

    assert drawn["sections"][0]["collapsible"] is True
    assert drawn["sections"][0]["header"] == "Head &lt;b&gt;"


def test_an_icon_without_alt_text_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="alt text"):
        Icon("payments", " ")


def test_a_row_of_no_buttons_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="needs a button"):
        Buttons()


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://acme.pipedrive.com/deal/1", True),
        ("http://127.0.0.1:8080/setup", True),
        ("http://localhost/setup", True),
        ("http://[::1]:8080/setup?a=b", True),
        ("http://acme.pipedrive.com/deal/1", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        ("https://a\nb", False),
        ('https://a/"onclick=', False),
        ("https://a/<b>", False),
        ("https://" + "a" * 3000, False),
        ("", False),
    ],
)
def test_cards_link_to_https_only(url: str, fine: bool) -> None:
    assert is_link(url) is fine
    if not fine:
        with pytest.raises(ValueError, match="https"):
            Link(url)


def test_a_link_opens_its_page() -> None:
    assert links(dialog(Buttons(Button("Open", Link("https://a.example/x"))))) == ["https://a.example/x"]
    assert clicks(dialog(Buttons(Button("Go", Press("x"))))) == [{"do": "x"}]


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("<b>x</b> y", "<b>x</b> y"),
        ("<B>x</B>", "<b>x</b>"),
        ("<b>x", "<b>x</b>"),
        ("x</b>", "x"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ('<a href="https://a.example">x</a>', '<a href="https://a.example">x</a>'),
        ("<a href='https://a.example/?a=1&amp;b=2'>x</a>", '<a href="https://a.example/?a=1&amp;b=2">x</a>'),
        ('<a href="javascript:x">x</a>', "x"),
        ("<b onclick=x>y</b>", "&lt;b onclick=x&gt;y"),
        ("a\nb<br/>c", "a<br>b<br>c"),
        ("&lt;b&gt; &amp;amp; & x", "&lt;b&gt; &amp;amp; &amp; x"),
        ("a <b>b</b> c", "a <b>b</b> c"),
        ("\u202eabc\u200b", "abc"),
    ],
)
def test_simple_html_keeps_what_chat_draws(source: str, drawn: str) -> None:
    assert simple_html(source) == drawn
    assert simple_html(drawn) == drawn


@given(titles)
def test_simple_html_is_balanced_and_holds_nothing_else(source: str) -> None:
    drawn = simple_html(source, 2000)
    rest = re.sub(r'</?(?:b|i|u|s)>|<br>|</a>|<a href="https://[^"<>]*">', "", drawn)

    assert not {"<", ">"} & set(rest)
    assert drawn.count("<b>") == drawn.count("</b>")
    assert drawn.count("<a ") == drawn.count("</a>")


def test_long_html_is_cut_with_its_tags_closed() -> None:
    assert simple_html("<b>" + "x" * 100 + "</b>", 30).endswith("…</b>")


@pytest.mark.parametrize("title", TITLES)
def test_hostile_text_makes_a_valid_message_wherever_it_stands(title: str) -> None:
    button = Button(title, press("x"))
    options = Choice("b", "B", [Option("v", title)])
    rows: list[Widget] = [
        Text(title),
        Text(title, html=True),
        Fact(title, title, Icon("x", "X"), title, button),
        options,
    ]
    card = Card(title, title, [Section(rows, title)], [button])
    drawn = json.dumps(assert_valid(Message(card, title, "deal-1", title)))

    assert_valid(card)
    assert "<script" not in drawn
    assert "<users" not in drawn


def test_what_was_typed_comes_back_into_its_box() -> None:
    box = first(dialog(TextInput("a", "A", "<b> & \u202e*x*")))["textInput"]

    assert box == {"name": "a", "label": "A", "type": "SINGLE_LINE", "value": "<b> & *x*"}


def test_any_amount_of_text_fits_into_the_message() -> None:
    flood = [Section([Text("漢" * 9000), Fact("😀" * 9000, "&" * 900)] * 80, "😀" * 900)] * 3
    drawn = assert_valid(
        Message(Card("😀" * 9000, "漢" * 9000, flood, [Button("Ok", press("x"))]), "😀" * 9000)
    )

    assert len(json.dumps(drawn)) <= MESSAGE_BYTES
    assert drawn["cardsV2"][0]["card"]["sections"][-1]["widgets"][0]["buttonList"]


def test_more_than_a_hundred_rows_are_cut_before_chat_drops_a_section() -> None:
    drawn = assert_valid(
        Message(Card("T", sections=[Section([Text("x")] * 60)] * 3, footer=[Button("Ok", press("x"))]), "T")
    )

    assert sum(len(section["widgets"]) for section in drawn["cardsV2"][0]["card"]["sections"]) == 100


def test_an_empty_card_still_has_something_to_show() -> None:
    assert lines(Message(Card(" "), "x")) == ["Untitled", "–"]  # noqa: RUF001 - the dash of an empty paragraph


def test_a_message_names_its_thread_and_its_only_viewer() -> None:
    message = Message(Card("T"), "T <users/all>", thread_key="deal-1", private_to="users/1")
    drawn = assert_valid(message)

    assert drawn["thread"] == {"threadKey": "deal-1"}
    assert drawn["privateMessageViewer"] == {"name": "users/1"}
    assert "text" not in drawn
    assert message.as_plain_text()["text"] == "T \u2039users/all\u203a"
    assert "cardsV2" not in message.as_plain_text()


def test_a_message_may_be_text_alone() -> None:
    drawn = Message(None, "fallback", text="one\ntwo").as_chat(ENDPOINT)

    assert drawn["text"] == "one\ntwo"
    assert "cardsV2" not in drawn


def test_facts_and_links_are_read_and_presses_left_out() -> None:
    buttons = Buttons(Button("Open", Link("https://crm.example/1")), Button("Claim", press("deal.claim")))
    rows: list[Widget] = [
        Text("Hello <b>"),
        Fact("5 & 6", "Value", below="was 4"),
        Columns([Fact("a"), Fact("b")]),
    ]
    card = Card("Deal", "Won", [Section(rows, "Facts"), Section([buttons])])

    read = read_message(Message(card, fallback_text="Deal won", text="Look\nhere"), ENDPOINT)

    assert (read.title, read.subtitle) == ("Deal", "Won")
    assert [row.text for row in read.rows] == ["Look\nhere", "Facts", "Hello <b>", "5 & 6", "a", "b"]
    assert (read.rows[3].label, read.rows[3].below) == ("Value", "was 4")
    assert read.links == [("Open", "https://crm.example/1")]


def test_a_message_without_a_card_has_its_text() -> None:
    read = read_message(Message(None, fallback_text="Hi", text="Hello"), ENDPOINT)

    assert (read.title, [row.text for row in read.rows]) == ("Hi", ["Hello"])


def test_markup_becomes_plain_text() -> None:
    assert plain_text('<b>R&amp;D</b><br><a href="https://x.example">x</a>') == "R&D\nx (https://x.example)"
