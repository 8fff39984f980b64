"""What counts as an e-mail address that somebody enters."""

from __future__ import annotations

import pytest

from models.intake.entered import is_email


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("jana@globex.test", True),
        ("j.b+x@sub.globex.co.uk", True),
        ("jana", False),
        ("jana@globex", False),
        ("jana b@globex.test", False),
        ("<jana@globex.test>", False),
        ("a@b..test", False),
        ("", False),
    ],
)
def test_an_address_has_a_name_and_a_domain(text: str, is_one: bool) -> None:
    assert is_email(text) is is_one
