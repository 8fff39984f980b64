"""A mail says what the card says, in the language of its reader, and how to get no more of them."""

from bot.cards.mail import mail_of
from bot.widgets import Button, Buttons, Card, Fact, Link, Message, Section
from models.languages.translate import speaking

ENDPOINT = "https://app.example.com/chat/events"
LEAVE = "https://app.example.com/unsubscribe/x"


def _message(title: str) -> Message:
    buttons = Buttons(Button("Open", Link("https://crm.example/1?a=1&b=2")))
    card = Card(title, "Won", [Section([Fact("€5", "Value"), buttons])])
    return Message(card, fallback_text=f"{title}: won")


def test_the_facts_stand_in_both_parts() -> None:
    mail = mail_of(_message("Acme"), ENDPOINT, rule="Wins", unsubscribe_url=LEAVE)

    assert mail.subject == "Acme: won"
    for part in (mail.text, mail.html):
        assert all(each in part for each in ("Acme", "Won", "Value", "€5", "Wins", LEAVE))
    assert "Open: https://crm.example/1?a=1&b=2" in mail.text
    assert 'href="https://crm.example/1?a=1&amp;b=2"' in mail.html


def test_hostile_titles_take_no_effect() -> None:
    mail = mail_of(_message("<img src=x>\r\nBcc: x {title}"), ENDPOINT, rule="<b>", unsubscribe_url=LEAVE)

    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert "<img" not in mail.html
    assert "“<b>”" not in mail.html


def test_a_german_reader_gets_german() -> None:
    with speaking("de"):
        mail = mail_of(_message("Acme"), ENDPOINT, rule="", unsubscribe_url=LEAVE)

    assert "Keine dieser E-Mails mehr" in mail.text
    assert '<html lang="de">' in mail.html
