"""What an e-mail address looks like, for dialogs, commands, REST and forms alike."""

from __future__ import annotations

import pytest

from models.pipedrive.contact_details import EMAIL_LETTERS, is_email


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("jana@globex.com", True),
        ("jana.novakova+web@mail.globex.co.uk", True),
        ("jürgen@müller.de", True),
        ("", False),
        ("jana", False),
        ("jana@globex", False),
        ("jana@globex..com", False),
        ("jana@globex.com.", False),
        ("@globex.com", False),
        ("jana@@globex.com", False),
        ("jana novakova@globex.com", False),
        ("Jana <jana@globex.com>", False),
        ("a" * 65 + "@globex.com", False),
        ("a@" + "b" * EMAIL_LETTERS + ".com", False),
        ("a@" + "b." * 20_000, False),
    ],
)
def test_an_address_has_a_name_and_a_domain(text: str, is_one: bool) -> None:
    assert is_email(text) is is_one
