import pytest

from bot.rules.dialog.condition_rows import Row
from bot.rules.dialog.form import RuleForm
from bot.rules.dialog.problems import problem_text, row_problems
from bot.rules.dialog.vocabulary import Vocabulary
from models.pipedrive.names import Name, Names
from models.rules.drafts import RuleDraft

NAMES = Names(
    {
        ("stage", "1"): Name("Qualified"),
        ("stage", "2"): Name("Proposal made"),
        ("pipeline", "1"): Name("Sales"),
        ("user", "1"): Name("Ada Lovelace"),
        ("deal_label", "7"): Name("Hot"),
        ("deal_field", "a" * 40): Name("Region", {"kind": "choice", "options": {"1": "North", "2": "South"}}),
        ("deal_field", "b" * 40): Name("Budget", {"kind": "money"}),
    }
)
WORDS = Vocabulary(NAMES, "en")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        ("when: is nested too deep", "Conditions: is nested too deep"),
        ("to: must name at least one destination", "Post to: choose where its cards go"),
        ("to[0]: unknown destination 'x'", "Post to: this place is not there any more; choose another one"),
        ("on[0]: unknown event type 'x'", "When: choose an event from the list"),
        ("template.liquid: too long", "Look: too long"),
        ("template: unknown template 'x'", "Look: this look is not there any more; choose another one"),
        ("name: must have 1 to 255 characters", "Name: must have 1 to 255 characters"),
        ("something else", "something else"),
    ],
)
def test_problems_use_the_labels_of_the_form(problem: str, text: str) -> None:
    assert problem_text(problem) == text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            Row("value", "contains", "1"),
            "Value: “contains” does not fit here. Choose “is at least” or “is at most”",
        ),
        (Row("value", "at_least", "a lot"), "Value: write an amount or a number, like 10000"),
        (Row("value", "between", "10000"), "Value: write two values, like 10000 to 20000"),
        (Row("value", "between", "20 to 10"), "Value: write the lower value first"),
        (Row("is_archived", "is", "maybe"), "Archived: write yes or no"),
        (Row("close_time", "after", "next week"), "Closed: write a date like 2026-11-20"),
        (Row("close_time", "within_days", "soon"), "Closed: write a number of days"),
        (Row("title", "matches", "["), "Title: this pattern cannot be read"),
        (Row("stage", "changed_to", ""), "Stage needs a value"),
        (Row("title", "is", "  "), "Title needs a value. To find empty ones, choose “is empty”"),
        (Row("title", "changed", "x"), "“changed” takes no value"),
        (Row("", "is", "x"), "choose a field, or clear its value"),
        (Row("nonsense", "is", "x"), "nonsense: choose a field from the list"),
        (Row("custom.Budget", "at_least", "a lot"), "Budget: write an amount or a number"),
        (Row("value", "increased_by", "0"), "Value: write a number above 0"),
        (Row("value", "at_least", "1.000"), "Value: is “1.000” 1,000 or 1? Write 1000 or 1.0"),
        (Row("value", "between", "1.000 to 5k"), "Value: is “1.000” 1,000 or 1?"),
        (Row("value", "at_least", "1.500k"), "Value: is “1.500k” 1,500,000 or 1,500?"),
        (Row("value", "at_least", "10k USD", currency="EUR"), "Value: is it EUR or USD? Write one currency"),
        (Row("owner", "is", "me"), "Owner: you are matched with no user of Pipedrive yet"),
    ],
)
def test_a_problem_of_a_row_is_said_in_plain_words(row: Row, text: str) -> None:
    ((number, found),) = row_problems(RuleForm(rows=[Row(), row]), WORDS)
    assert number == 2
    assert text in found
    for machine in ("'", "RE2", "operator", "true or false", "list of", "null", "_"):
        assert machine not in found


def test_rows_that_are_fine_have_no_problem() -> None:
    rows = [
        Row("value", "at_least", "10k EUR"),
        Row("stage", "changed"),
        Row("custom.Budget", "is", "10,000"),
        Row("value", "at_least", "10.000 EUR", currency="EUR"),
    ]
    assert row_problems(RuleForm(rows=rows), WORDS) == []


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Row("stage", "changed_to", "Proposal"), "no stage “Proposal”. There is Proposal made"),
        (Row("pipeline", "is", "Enterprise"), "no pipeline “Enterprise”. There is Sales"),
        (Row("owner", "is", "Ben"), "no owner “Ben”. There is Ada Lovelace"),
        (Row("label", "has_any", "Hot, Cold"), "no labels “Cold”. There is Hot"),
        (Row("status", "is", "wonn"), "no status “wonn”. There is won"),
        (Row("custom.Region", "is", "Nort"), "no region “Nort”. There is North"),
        (Row("currency", "is", "XYZ"), "“XYZ” is no currency"),
    ],
)
def test_a_name_that_pipedrive_does_not_have_is_refused_with_the_nearest(row: Row, text: str) -> None:
    ((_, found),) = row_problems(RuleForm(rows=[row]), WORDS)
    assert text in found


def test_a_name_that_the_stored_rule_has_already_is_left_alone() -> None:
    when = {"field": "stage", "op": "is", "value": "Gone"}
    kept = RuleDraft("x", ["deal.won"], when, ["spaces/A"], "compact")
    rows = [Row("stage", "is", "Gone"), Row("stage", "is", "Other")]
    ((number, _),) = row_problems(RuleForm(rows=rows, kept=kept), WORDS)
    assert number == 2


@pytest.mark.parametrize(
    "row",
    [
        Row("stage", "changed_to", "proposal  MADE"),
        Row("stage", "is", "2"),
        Row("stage", "contains", "Prop"),
        Row("owner", "is", "Ada Lovelace"),
        Row("organization", "is", "Nobody knows"),
        Row("currency", "in", "EUR, usd"),
        Row("title", "is", "Enterprise"),
    ],
)
def test_what_may_be_right_is_not_refused(row: Row) -> None:
    assert row_problems(RuleForm(rows=[row]), WORDS) == []


def test_without_a_connection_no_name_is_refused() -> None:
    assert row_problems(RuleForm(rows=[Row("stage", "is", "Anything")]), Vocabulary()) == []
