"""Every command, button and dialog, pressed by every role and by a guest, on every kind of object.

`LINES` says for each entry which right it needs and what it asks with: one without a line fails. The table of
rights itself is compared with the contract in tests/models/accounts/test_rights.py.
"""

from __future__ import annotations

from typing import Final

import pytest

from bot.context import COMMANDS, DIALOGS, PRESSES
from models.accounts.rights import COLUMNS, GUEST, Action, Scope, scope_of
from models.tables.accounts import Role
from tests.bot.company import BOARD, LINES, REFUSED, Company, ask, contents, take_role
from tests.chat import ADA, CLEO, DEALS, audit_of
from tests.suites import few_of

FEW: Final = (Role.SALES_REP, GUEST)  # who may do some of it, and who nothing


def test_every_entry_has_a_line_and_the_right_that_it_says() -> None:
    registered = {
        f"{kind} {entry.name}": entry.right
        for kind, registry in (("command", COMMANDS), ("button", PRESSES), ("dialog", DIALOGS))
        for entry in registry
    }

    assert registered == {name: right for name, (right, _) in LINES.items()}


# Entries with an object that change nothing: they read, or ask first, or do again what is done already.
UNCHANGING: Final = {
    "command rule delete", "command rule on", "command rule show", "button rule.delete", "button rule.show",
    "dialog rule.edit", "command space remove", "command space resume", "button space.remove",
    "button space.resume", "button space.show", "command rule edit", "command rule test", "button rule.try",
    "command rule backtest", "button rule.backtest", "button rule.preview", "command template delete",
    "command template edit", "command template show", "button template.delete", "button template.show",
    "dialog template.edit",
    "command space show", "command space test", "button space.try", "button space.retry",
    "dialog space.address", "dialog space.readdress", "command space fallback", "command space rename",
    "dialog space.fallback", "dialog space.set_fallback", "command team remove", "button team.remove",
    "button team.show", "button team.restore", "dialog team.line", "dialog team.role",
    "button restricted.ask", "button restricted.undo",
    "button delivery.why", "button why.show",
    "command deal show", "command token revoke", "button token.ask",
}  # fmt: skip
WITH_OBJECT: Final = [
    line
    for line, (_, words) in LINES.items()
    if "phrase" not in words and "{" in "".join(words if isinstance(words, str) else words.values())
]
COPYING: Final = {"command rule clone"}  # whoever may make rules may copy what they read, as their own


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
def test_who_has_no_right_changes_nothing_and_opens_nothing(company: Company, role: str | None) -> None:
    take_role(company, role)
    before = contents(company.database)

    for line, (right, _) in LINES.items():
        if scope_of(role, right) is not Scope.NOTHING:
            continue
        if right is Action.OPERATE:  # it does not exist for them, and nobody in the team could be asked
            assert not ask(company, line, company.own).has(REFUSED)
            continue
        reply = ask(company, line, company.own)
        assert reply.title == REFUSED, line
        assert reply.has("Please ask ada@acme.test"), f"{line} names somebody who may"
    assert contents(company.database) == before


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
def test_who_has_a_right_does_what_they_ask_with_their_own(company: Company, role: str | None) -> None:
    take_role(company, role)
    for number, (line, (right, _)) in enumerate(LINES.items()):
        if scope_of(role, right) is Scope.NOTHING or line == "dialog space.save":
            continue  # which adds a webhook: linking spaces is not enough for that
        own = company.add(f"Rule {number} of Cleo", DEALS, CLEO["email"])
        done = len(audit_of(company.database, company.tenant_id))

        assert ask(company, line, own).title != REFUSED, line
        if line in WITH_OBJECT and line not in UNCHANGING:
            assert len(audit_of(company.database, company.tenant_id)) > done, line
        company.restore_places()


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
@pytest.mark.parametrize("where", [DEALS, BOARD], ids=["this space", "another space"])
def test_what_is_somebody_elses_is_left_to_those_who_may(
    company: Company, where: dict[str, str], role: str | None
) -> None:
    take_role(company, role)
    theirs = company.add("Rule of Ada in question", where, ADA["email"])
    before = contents(company.database)
    for line in WITH_OBJECT:
        if scope_of(role, LINES[line][0]) is not Scope.TENANT and line not in COPYING:
            ask(company, line, theirs)
    assert contents(company.database) == before

    for number, line in enumerate(WITH_OBJECT):
        if scope_of(role, LINES[line][0]) is Scope.TENANT and line not in UNCHANGING:
            theirs = company.add(f"Rule {number} of Ada", where, ADA["email"])
            done = len(audit_of(company.database, company.tenant_id))
            ask(company, line, theirs)
            assert len(audit_of(company.database, company.tenant_id)) > done, line
            company.restore_places()


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
def test_another_tenants_objects_are_out_of_reach_for_everybody(company: Company, role: str | None) -> None:
    take_role(company, role)
    before = contents(company.database)

    for line in WITH_OBJECT:
        assert not ask(company, line, company.foreign).has("Rule of Bolt"), line
    assert contents(company.database) == before


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
def test_no_card_offers_what_is_refused(company: Company, role: str | None) -> None:
    """Each button on each card that may be read leads to something that the role may do."""
    take_role(company, role)
    for line, (right, _) in LINES.items():
        if line in {
            "button rule.remove",
            "button space.drop",
            "button team.drop",
            "command connect",
            "button connection.show",
        }:
            continue  # what they answer is drawn for those who may
        if scope_of(role, right) is Scope.NOTHING:
            continue
        for about in (company.own, company.here):
            reply = ask(company, line, about)
            for text, press in reply.buttons().items():
                entry = PRESSES.get(press["do"]) or DIALOGS.get(press["do"])
                assert entry is not None
                assert scope_of(role, entry.right) is not Scope.NOTHING, f"{line} offers {text} to {role}"


@pytest.mark.parametrize("role", few_of(COLUMNS, *FEW))
def test_help_shows_the_commands_that_a_role_may_use(company: Company, role: str | None) -> None:
    take_role(company, role)
    reply = company.chat.say("help")

    assert {entry.name for entry in COMMANDS if reply.has(entry.summary)} == {
        entry.name for entry in COMMANDS if scope_of(role, entry.right) is not Scope.NOTHING
    }
