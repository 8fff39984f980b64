from bot.rules.dialog.condition_rows import MOST_ROWS, Row
from bot.rules.dialog.draw_conditions import RowsToDraw, draw_conditions
from bot.rules.dialog.form import RuleForm
from bot.rules.dialog.option_room import OptionRoom
from bot.rules.dialog.vocabulary import Vocabulary
from bot.widgets import Choice, Press, Section, Text, TextInput
from models.pipedrive.names import Name, Names

NAMES = Names({("stage", "1"): Name("Qualified"), ("stage", "2"): Name("Proposal made")})


def draw(rows: list[Row], problems: dict[int, str] | None = None) -> list[Section]:
    words = Vocabulary(NAMES, "en")
    return draw_conditions(
        RowsToDraw(
            RuleForm(rows=rows),
            words,
            OptionRoom(),
            lambda name: Press("rule.form", {"changed": name}),
            problems or {},
        )
    )


def inputs(sections: list[Section]) -> dict[str, Choice | TextInput]:
    widgets = (widget for section in sections for widget in section.widgets)
    return {each.name: each for each in widgets if isinstance(each, Choice | TextInput)}


def test_without_conditions_there_is_one_empty_row() -> None:
    assert list(inputs(draw([]))) == ["field1"]


def test_a_choice_of_names_is_drawn_as_such_and_anything_else_as_text() -> None:
    drawn = inputs(draw([Row("stage", "is", "Qualified"), Row("title", "contains", "x")]))
    value = drawn["value1"]
    assert isinstance(value, Choice)
    assert [option.value for option in value.options if option.selected] == ["Qualified"]
    assert isinstance(drawn["value2"], TextInput)


def test_an_unknown_name_is_kept_among_the_options() -> None:
    value = inputs(draw([Row("stage", "in", "Qualified; Gone", ("Qualified", "Gone"))]))["value1"]
    assert isinstance(value, Choice)
    assert [option.value for option in value.options if option.selected] == ["Qualified", "Gone"]


def test_a_row_with_a_problem_keeps_its_value_and_says_what_is_wrong_beside_it() -> None:
    sections = draw([Row("stage", "is", "Qualifed"), Row("title", "is", " ")], {1: "no such", 2: "empty"})
    value, text = inputs(sections)["value1"], inputs(sections)["value2"]
    assert isinstance(value, Choice)
    assert [option.value for option in value.options if option.selected] == ["Qualifed"]
    assert Text("no such") in sections[0].widgets
    assert isinstance(text, TextInput)
    assert text.hint == "empty"


def test_an_operator_without_a_value_asks_for_none() -> None:
    assert "value1" not in inputs(draw([Row("stage", "changed")]))
    assert "value1" in inputs(draw([Row("stage", "changed", "left over")]))


def test_money_asks_for_its_currency() -> None:
    drawn = inputs(draw([Row("value", "at_least", "10", currency="THB"), Row("value", "increased")]))
    currency = drawn["currency1"]
    assert isinstance(currency, Choice)
    assert [option.value for option in currency.options if option.selected] == ["THB"]
    assert currency.options[0].text.startswith("in any currency")
    assert "currency2" not in drawn


def test_a_field_that_pipedrive_lost_stays_chosen() -> None:
    field = inputs(draw([Row("custom.Gone", "is", "x")]))["field1"]
    assert isinstance(field, Choice)
    assert [(option.value, option.text) for option in field.options if option.selected] == [
        ("custom.Gone", "Gone")
    ]


def test_the_last_row_has_no_further_one() -> None:
    drawn = inputs(draw([Row("title", "contains", "x")] * MOST_ROWS))
    assert f"field{MOST_ROWS}" in drawn
    assert f"field{MOST_ROWS + 1}" not in drawn
