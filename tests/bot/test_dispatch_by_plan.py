"""What a team's plan lacks is refused at once, before anything opens or is typed, and no button offers it."""

from __future__ import annotations

import html
from collections.abc import Collection

import pytest
from sqlalchemy import update

from bot.context import COMMANDS, DIALOGS, PRESSES
from models.accounts.features import OF_ACTION, Feature
from models.accounts.rights import Action
from models.database.engine import Database
from models.tables import Tenant
from tests.bot.company import REFUSED, Company, ask, take_role
from tests.bot.templates.test_commands import make
from tests.chat import BOB, BOLTS, Chat

NOT_IN_PLAN = "Not in your plan"
MAIL = {"kind": ["email"], "name": ["Board"], "url": ["ada@acme.test"]}
# What opens a dialog, or offers to, and the feature that it needs.
OPENING = {
    "template new": Feature.TEMPLATES,
    "rule import": Feature.RULES_FILE,
    "rule export": Feature.RULES_FILE,
    "stalled set": Feature.STALLED,
    "space add": Feature.WEBHOOKS,
    "quiet set 19:00-08:00": Feature.QUIET_HOURS,
    "digest daily": Feature.DIGESTS,
    "report": Feature.ANALYTICS,
    "token list": Feature.API,
    "audit": Feature.AUDIT,
}
DIALOG = {
    "template.new": Feature.TEMPLATES,
    "rules.import": Feature.RULES_FILE,
    "stalled.set": Feature.STALLED,
    "space.add": Feature.WEBHOOKS,
    "quiet.open": Feature.QUIET_HOURS,
    "digest.open": Feature.DIGESTS,
}
# Refused only with the words that set something: it shows what was set before, and switches it off.
SHOWS_WHAT_WAS_SET = {"digest"}
# The buttons on the answer to a command that offer a feature.
OFFERED = [
    ("templates", "New template", Feature.TEMPLATES),
    ("space list", "Add", Feature.WEBHOOKS),
    ("stalled", "Settings", Feature.STALLED),
    ("quiet me", "Set quiet hours", Feature.QUIET_HOURS),
    ("digest me", "Set a digest", Feature.DIGESTS),
    ("home", "Quiet hours", Feature.QUIET_HOURS),
    ("home", "Digest", Feature.DIGESTS),
]


def switch_off(database: Database, tenant_id: int, features: Collection[Feature]) -> None:
    with database.writing_all() as session:
        off = dict.fromkeys(map(str, features), False)
        session.execute(update(Tenant).where(Tenant.id == tenant_id).values(features=off))


def other_team(chat: Chat) -> Chat:
    return Chat(chat.deps, chat.dialect, BOB, BOLTS)


@pytest.mark.parametrize("command", OPENING)
def test_a_command_of_a_feature_that_is_off_says_so_at_once_and_only_to_that_team(
    chat: Chat, database: Database, tenants: tuple[int, int], command: str
) -> None:
    switch_off(database, tenants[0], [OPENING[command]])

    refused = chat.say(command)

    assert refused.title == NOT_IN_PLAN
    assert refused.has("that is not in your team")
    assert other_team(chat).say(command).title != NOT_IN_PLAN
    switch_off(database, tenants[0], [])
    assert chat.say(command).title != NOT_IN_PLAN


@pytest.mark.parametrize("do", DIALOG)
def test_no_dialog_opens_for_a_feature_that_is_off(
    chat: Chat, database: Database, tenants: tuple[int, int], do: str
) -> None:
    switch_off(database, tenants[0], [DIALOG[do]])

    assert chat.open(do).title == NOT_IN_PLAN
    assert other_team(chat).open(do).title != NOT_IN_PLAN


@pytest.mark.parametrize(("command", "button", "feature"), OFFERED)
def test_no_button_offers_a_feature_that_is_off(
    chat: Chat, database: Database, tenants: tuple[int, int], command: str, button: str, feature: Feature
) -> None:
    assert button in chat.say(command).buttons()
    switch_off(database, tenants[0], [feature])

    assert button not in chat.say(command).buttons()
    assert button in other_team(chat).say(command).buttons()


def test_no_command_is_suggested_or_named_by_help_that_the_plan_lacks(
    company: Company, database: Database
) -> None:
    take_role(company, "admin")
    switch_off(database, company.tenant_id, list(Feature))
    named = html.unescape(str(company.chat.say("help").card))

    for entry in COMMANDS:
        if entry.name == "language":
            continue  # all others are answered in English
        if entry.right is Action.OPERATE:
            continue  # which no plan and no role has
        mistyped = " ".join(f"{word}q" for word in entry.name.split())
        offered = company.chat.say(mistyped).buttons()
        is_refused = ask(company, f"command {entry.name}", company.own).title == NOT_IN_PLAN
        is_kept = entry.name in SHOWS_WHAT_WAS_SET
        assert (entry.summary in named) is (is_kept or not is_refused), entry.name
        assert is_kept or not is_refused or entry.name not in offered, entry.name
        company.restore_places()


def test_a_mistyped_command_is_suggested_to_the_team_whose_plan_has_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    switch_off(database, tenants[0], [Feature.STALLED])

    assert "stalled set" not in chat.say("stalld set").buttons()
    assert "stalled set" in other_team(chat).say("stalld set").buttons()


def test_the_dialog_of_a_mute_offers_only_what_the_plan_has(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert {"Quiet hours", "Digest"} <= chat.open("mute.open").buttons().keys()
    switch_off(database, tenants[0], [Feature.DIGESTS])
    assert "Digest" not in chat.open("mute.open").buttons()
    switch_off(database, tenants[0], [Feature.DIGESTS, Feature.QUIET_HOURS])
    shown = chat.open("mute.open")
    assert {"Quiet hours", "Digest"}.isdisjoint(shown.buttons())
    assert not shown.has("Every day at the same hours")


def test_what_was_set_before_is_shown_and_can_be_switched_off(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("quiet set 19:00-08:00 here")
    chat.say("digest daily here")
    switch_off(database, tenants[0], [Feature.QUIET_HOURS, Feature.DIGESTS])

    home = chat.say("home").buttons()
    for button, offered in (("Quiet hours", {"Change", "Add a window"}), ("Digest", {"Change"})):
        shown = chat.click(**home[button])
        assert offered.isdisjoint(shown.buttons())
        ended = chat.click(**shown.buttons()["Off"])
        assert ended.has("that is not in your team")
    assert {"Quiet hours", "Digest"}.isdisjoint(chat.say("home").buttons())


def test_templates_and_addresses_are_shown_without_the_buttons_that_change_them(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    make(chat)
    assert chat.submit("space.save", MAIL).title == "Board"
    switch_off(database, tenants[0], [Feature.TEMPLATES, Feature.WEBHOOKS])

    assert list(chat.say("template show hurra").buttons()) == ["All templates"]
    shown = chat.say("space show board").buttons()
    assert "New address" not in shown
    assert {"Pause", "Remove"} <= shown.keys()


def test_a_button_that_runs_a_command_is_refused_alike(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    switch_off(database, tenants[0], [Feature.STALLED])

    assert chat.click("phrase.say", phrase="stalled set").title == NOT_IN_PLAN


def test_german_readers_are_refused_in_german(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    switch_off(database, tenants[0], list(Feature))
    chat.say("language de")

    for command in ("template new", "stalled set", "space add"):
        refused = chat.say(command)
        assert refused.title == "Nicht in eurem Tarif"
        assert refused.has("das ist nicht im Tarif eures Teams")


def test_a_right_comes_before_the_plan(company: Company, database: Database) -> None:
    take_role(company, "viewer")
    switch_off(database, company.tenant_id, list(Feature))

    assert company.chat.say("template new").title == REFUSED


def test_whatever_has_the_right_of_a_feature_needs_the_feature() -> None:
    for entries in (COMMANDS, PRESSES, DIALOGS):
        assert [
            each.name for each in entries if each.right in OF_ACTION and each.feature != OF_ACTION[each.right]
        ] == []
