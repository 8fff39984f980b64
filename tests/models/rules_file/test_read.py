"""Reading a document: each key has one message for what is wrong with it, at its path and line."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from models.rules_file.read import Document, read_document
from models.rules_file.schema import RuleSchema
from models.rules_file.yaml_source import KEPT, read_sources

HOOK = "https://chat.googleapis.com/v1/spaces/B/messages?key=k&token=t"
WINDOW = "{scope: tenant, from: '19:00', until: '08:00', timezone: UTC"


def read(text: str) -> tuple[Document, list[str]]:
    (source,) = read_sources(text)
    document = read_document(source)
    return document, [problem for _, problem in sorted(source.problems)]


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        ("users: [{}]", ["users[0].email: is missing"]),
        ("users: [x]", ["users[0]: must be a mapping with email, role, name"]),
        ("users: null", ["users: must be a list ([] for none)"]),
        ("plan: null", ["plan: must be a mapping with name, monthly_limit, features"]),
        ("plan: {name: 5}", ["plan.name: must be text, not a number"]),
        (
            "plan: {name: x, monthly_limit: -1}",
            ["plan.monthly_limit: must be a whole number from 0, or null for no limit"],
        ),
        ("pipedrive: {webhook: 5}", ["pipedrive.webhook: must be a mapping with key, user, password"]),
        (
            "pipedrive: {webhook: {key: a b, user: 'u:v', password: !kept}}",
            [
                "pipedrive.webhook.key: must look like letters, digits and - . _ ~, up to 128",
                "pipedrive.webhook.user: must have no colon: HTTP Basic ends the name there",
            ],
        ),
        (
            "users: [{email: nobody, role: bos, name: true}]",
            [
                "users[0].email: must look like ada@example.com",
                "users[0].name: must be text, not true or false",
                "users[0].role: must be one of admin, manager, sales_rep, analyst, viewer, not 'bos'",
            ],
        ),
        ("spaces: [{name: spaces/A, title: null}]", ["spaces[0].title: must be text, not nothing"]),
        ("spaces: [{name: spaces/A}, {name: spaces/A}]", ["spaces[1]: 'spaces/A' is there twice"]),
        (
            f"destinations: [{{name: spaces/A, incoming_webhook: '{HOOK}', enabled: yes}}]",
            [
                "destinations[0].enabled: must be true or false, not text",
                "destinations[0].name: must not look like a space or an e-mail",
            ],
        ),
        ("templates: [{name: x}]", ["templates[0].liquid: must be the Liquid source as text"]),
        (
            "rules: [{name: x, on: [deal.won, 5], to: {}, template: [], urgent: 1}]",
            [
                "rules[0].on[1]: must be text, not a number",
                "rules[0].template: must be compact, detailed, a template's name or {liquid: source}",
                "rules[0].to: must be a list of texts",
                "rules[0].urgent: must be true or false, not a number",
            ],
        ),
        (f"quiet_hours: [{WINDOW}, days: []}}]", ["quiet_hours[0].days: must name at least one day"]),
        (
            f"quiet_hours: [{WINDOW}, days: [mon, moo]}}]",
            ["quiet_hours[0].days[1]: must be one of mon, tue, wed, thu, fri, sat, sun, not 'moo'"],
        ),
        (
            f"quiet_hours: [{WINDOW}, space: spaces/A}}]",
            ["quiet_hours[0].space: does not go with scope 'tenant'"],
        ),
        (
            "quiet_hours: [{scope: user, from: '08:00', until: '08:00', timezone: Mars/X}]",
            [
                "quiet_hours[0].timezone: unknown timezone 'Mars/X', it looks like Europe/Prague",
                "quiet_hours[0].until: must differ from `from`; a whole day is from 00:00 until 24:00",
                "quiet_hours[0].user: is missing",
            ],
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_path_and_line(line: str, problems: list[str]) -> None:
    assert read(f"tenant: Acme\n{line}")[1] == [f"{problem} (line 2)" for problem in problems]


@pytest.mark.parametrize(
    ("starts", "until", "ends"),
    [("00:00", "24:00", "24:00"), ("19:00", "24:00", "00:00"), ("19:00", "00:00", "00:00")],
)
def test_a_window_may_last_to_the_end_of_the_day(starts: str, until: str, ends: str) -> None:
    window = f"{{scope: tenant, from: '{starts}', until: '{until}', timezone: UTC}}"
    document, problems = read(f"tenant: Acme\nquiet_hours: [{window}]")

    assert problems == []
    assert document.quiet_hours is not None
    assert document.quiet_hours.items[0].ends == ends


@pytest.mark.parametrize(("starts", "until"), [("24:00", "08:00"), ("00:00", "24:01"), ("00:00", "25:00")])
def test_no_other_time_lies_after_the_end_of_a_day(starts: str, until: str) -> None:
    window = f"{{scope: tenant, from: '{starts}', until: '{until}', timezone: UTC}}"

    assert len(read(f"tenant: Acme\nquiet_hours: [{window}]")[1]) == 1


def test_a_place_for_anchors_is_ignored() -> None:
    document, problems = read(
        "x-usual: &usual {to: [spaces/A]}\ntenant: Acme\nrules: [{<<: *usual, name: A, on: deal.won}]"
    )

    assert problems == []
    assert document.rules is not None
    assert document.rules.items[0].to == ["spaces/A"]


def test_several_problems_of_one_text_are_all_named() -> None:
    _, problems = read(f"tenant: Acme\nspaces: [{{name: {'x' * 2001}}}]")
    assert problems == [
        "spaces[0].name: must have 1 to 2,000 plain characters (line 2)",
        "spaces[0].name: must look like spaces/AAAA (line 2)",
    ]


def test_empty_document_lacks_a_tenant() -> None:
    assert read("{}")[1] == ["tenant: is missing (line 1)"]


def test_what_is_right_beside_a_problem_is_read() -> None:
    document, problems = read("tenant: Acme\nrules: [{name: ' A ', on: deal.won, to: [x, 5], urgent: yes}]")
    assert len(problems) == 2
    assert document.rules is not None
    (rule,) = document.rules.items
    assert (rule.name, rule.on, rule.to, rule.urgent, rule.enabled) == ("A", ["deal.won"], ["x"], False, True)


def test_scalars_follow_yaml_1_2() -> None:
    document, problems = read(
        "tenant: yes\nspaces: [{name: spaces/A, title: on}, {name: spaces/B, title: 2026-11-20}]\n"
        "rules: [{name: 19:00, on: no, to: [0x1f, 1_000]}]\n"
        "pipedrive: {webhook: {key: off, user: y, password: !kept}}"
    )
    assert problems == []
    assert document.spaces is not None
    assert document.rules is not None
    assert document.pipedrive is not None
    assert document.pipedrive.webhook is not None
    assert (document.tenant, [each.title for each in document.spaces.items]) == ("yes", ["on", "2026-11-20"])
    (rule,) = document.rules.items
    assert (rule.name, rule.on, rule.to) == ("19:00", ["no"], ["0x1f", "1_000"])
    assert document.pipedrive.webhook.key == "off"
    assert document.pipedrive.webhook.password is KEPT


def test_schema_of_a_rule_stands_alone() -> None:
    rule = RuleSchema.model_validate({"name": "Wins", "on": "deal.won", "to": ["spaces/A"]})
    assert RuleSchema.from_draft(rule.draft()) == rule
    assert rule.to_mapping(is_short=True) == {
        "name": "Wins",
        "on": "deal.won",
        "to": ["spaces/A"],
        "template": "compact",
    }
    with pytest.raises(ValidationError) as caught:
        RuleSchema.model_validate({"name": "", "to": "x", "enabled": 1, "nam": "x"})
    assert [(each["loc"], each["msg"]) for each in caught.value.errors()] == [
        (("name",), "Value error, must have 1 to 255 plain characters"),
        (("on",), "Field required"),
        (("enabled",), "Input should be a valid boolean"),
        (("nam",), "Extra inputs are not permitted"),
    ]
