from bot.rules.dialog.after_change import after_change
from bot.rules.dialog.condition_rows import Row
from bot.rules.dialog.form import RuleForm
from bot.rules.dialog.option_room import SEVERAL
from bot.rules.dialog.vocabulary import Vocabulary

WORDS = Vocabulary(locale="en")
BIG = Row("value", "at_least", "10k", currency="EUR")


def test_another_field_gets_its_usual_operator_and_no_value_of_the_old_one() -> None:
    form = RuleForm(rows=[BIG, Row("stage", "at_least", "10k", is_or=True)])
    changed, _ = after_change(form, "field2", "", (), WORDS)
    assert list(changed.rows) == [BIG, Row("stage", "is", is_or=True)]
    flag, _ = after_change(RuleForm(rows=[Row("is_archived", "at_least", "x")]), "field1", "", (), WORDS)
    assert list(flag.rows) == [Row("is_archived", "is", "yes")]


def test_an_operator_without_a_value_drops_it() -> None:
    form = RuleForm(rows=[Row("value", "increased", "10k", currency="EUR")])
    assert list(after_change(form, "op1", "", (), WORDS)[0].rows) == [Row("value", "increased")]
    several = RuleForm(rows=[Row("stage", "is", "A; B", ("A", "B"))])
    assert list(after_change(several, "op1", "", (), WORDS)[0].rows) == [Row("stage", "is", "A")]


def test_empty_rows_close_up_and_a_change_elsewhere_keeps_all_others() -> None:
    form = RuleForm(rows=[Row(), BIG, Row()], to=("spaces/A",))
    assert list(after_change(form, "to", "", (), WORDS)[0].rows) == [BIG]
    for strange in ("field77", "field0", "name", "", "field"):
        assert list(after_change(form, strange, "", (), WORDS)[0].rows) == [BIG]


def test_several_keeps_what_was_chosen_and_stays_several() -> None:
    form = RuleForm(on=(SEVERAL,), to=(SEVERAL,))
    changed, several = after_change(form, "on", "deal.lost", ("to",), WORDS)
    assert changed.on == ("deal.lost",)
    assert several == {"on", "to"}
    assert after_change(RuleForm(to=(SEVERAL,)), "to", "", (), WORDS)[0].to == ()
