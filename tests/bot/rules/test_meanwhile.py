from dataclasses import replace

from bot.rules.meanwhile import deletion_text, marks_of
from models.rules.drafts import RuleDraft

DRAFT = RuleDraft("Big wins", ["deal.won"], None, ["spaces/ACME"], "compact")


def test_each_part_that_the_dialog_shows_has_its_own_mark() -> None:
    before = marks_of(DRAFT).split(",")
    after = marks_of(replace(DRAFT, to=["Wall"])).split(",")
    assert [old.split(":")[0] for old, new in zip(before, after, strict=True) if old != new] == ["to"]
    assert marks_of(replace(DRAFT, enabled=False)) == marks_of(DRAFT)


def test_a_deletion_that_nobody_knows_of_needs_notice_without_a_name() -> None:
    assert deletion_text(None) == "This rule was deleted."
