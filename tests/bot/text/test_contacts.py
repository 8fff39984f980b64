"""Mail addresses and telephone numbers are links; nothing else that a CRM holds becomes one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.event import event_card
from bot.text.contacts import linked
from bot.widgets.markup import is_contact, simple_html
from models.pipedrive.names import NO_NAMES
from tests.cards import assert_valid
from tests.changes import told
from tests.hostile import TITLES


def person(**fields: Any) -> Any:
    return told(entity="person", action="create", **fields)


@pytest.mark.parametrize(
    ("fields", "html"),
    [
        (
            {"emails": [{"value": "grace@acme.test", "primary": True}]},
            '<a href="mailto:grace@acme.test">grace@acme.test</a>',
        ),
        ({"phones": [{"value": "+420 (777) 123-456"}]}, '<a href="tel:+420777123456">+420 (777) 123-456</a>'),
        ({"phones": "030 / 123456"}, '<a href="tel:030123456">030 / 123456</a>'),
    ],
)
def test_a_contact_is_a_link(fields: dict[str, Any], html: str) -> None:
    shown = next(iter(fields.values()))
    text = shown if isinstance(shown, str) else shown[0]["value"]
    assert linked(f"Acme & Co · {text}", person(**fields)) == f"Acme &amp; Co · {html}"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "a@b.test?subject=hi",
        'a@b.test" onclick="x',
        "<a href=x>a@b.test</a>",
        "a@b",
        "call me",
        "12",
        "+1;ext=2",
    ],
)
def test_what_is_no_plain_contact_stays_text(address: str) -> None:
    made = linked(address, person(emails=[{"value": address}], phones=[{"value": address}]))
    assert made == ""


def test_one_inside_another_is_linked_once() -> None:
    made = linked("jo@acme.test and mary-jo@acme.test", person(emails=["jo@acme.test", "mary-jo@acme.test"]))
    assert made.count("<a ") == 2
    assert '<a href="mailto:mary-jo@acme.test">mary-jo@acme.test</a>' in made


@pytest.mark.parametrize("title", TITLES)
def test_hostile_contacts_make_no_link_of_their_own(title: str) -> None:
    change = person(
        name=title, emails=[{"value": title}], phones=[{"value": title}, {"value": "+420777123456"}]
    )
    drawn = str(assert_valid(event_card(change, NO_NAMES)))
    assert drawn.count("<a href") == drawn.count('<a href="tel:+420777123456">')


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("mailto:a@b.test", True),
        ("tel:+420777", True),
        ("mailto:a@b.test?body=x", False),
        ("tel:*21#", False),
        ("javascript:1", False),
        ("mailto:a@b.test\n", False),
    ],
)
def test_markup_lets_plain_contacts_through(url: str, *, is_one: bool) -> None:
    assert is_contact(url) is is_one
    assert ("<a" in simple_html(f'<a href="{url}">x</a>')) is is_one
