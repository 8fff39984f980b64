"""The home card: the present state, and one next step."""

import pytest

from bot.home.cards import Home, Problem, home_card
from tests.cards import lines, text


def test_home_says_what_is_on() -> None:
    home = Home(
        "Deals", rules_on=3, rules_off=1, sent_today=14, held=2, failed=1, muted="until 3 PM", quiet="19-08"
    )
    shown = text(home_card(home))

    assert "3 rules on, 14 events sent today" in shown
    for row in (
        "Rules\n3 on, 1 off",
        "Held\n2 events",
        "Failed today\n1 event",
        "Muted\nuntil 3 PM",
        "Quiet hours\n19-08",
    ):
        assert row in shown
    assert "[New rule]" in shown


@pytest.mark.parametrize(
    ("home", "headline", "button"),
    [
        (Home(connected=False), "Pipedrive is not connected yet", "[Connect Pipedrive]"),
        (Home("Deals", linked=False), "No rule is on yet", "[Link this space]"),
        (Home(problem=Problem("Deals is paused")), "Deals is paused", "[New rule]"),
        (
            Home(problem=Problem("Access was revoked", reconnect=True)),
            "Access was revoked",
            "[Connect again]",
        ),
        (Home(may_make=False), "No rule is on yet", "[Digest]"),
    ],
)
def test_home_offers_the_next_step(home: Home, headline: str, button: str) -> None:
    shown = lines(home_card(home))

    assert shown[1] == headline
    assert shown[-1] == button
