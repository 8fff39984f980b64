"""Each severity has its sinks; what is not set up never swallows an alert."""

from __future__ import annotations

import pytest

from models.alert_routes import DEFAULT_ROUTES, Severity, SinkName, parse_routes, sinks_for

WARNING, CRITICAL, OUTAGE = Severity
CHAT, SLACK, EMAIL, PAGERDUTY = SinkName


def test_by_default_chat_gets_all_and_the_others_from_their_severity_on() -> None:
    going = {each: sinks_for(each, DEFAULT_ROUTES, tuple(SinkName)) for each in Severity}
    assert going == {
        WARNING: (CHAT, SLACK),
        CRITICAL: (CHAT, SLACK, EMAIL),
        OUTAGE: (CHAT, SLACK, EMAIL, PAGERDUTY),
    }


@pytest.mark.parametrize("only", list(SinkName))
@pytest.mark.parametrize("severity", list(Severity))
def test_a_sink_that_is_alone_gets_every_alert(severity: Severity, only: SinkName) -> None:
    assert sinks_for(severity, DEFAULT_ROUTES, (only,)) == (only,)


@pytest.mark.parametrize(
    ("severity", "configured", "expected"),
    [
        (WARNING, (EMAIL, PAGERDUTY), (EMAIL,)),  # nobody is woken for a warning
        (OUTAGE, (EMAIL, PAGERDUTY), (EMAIL, PAGERDUTY)),
        (CRITICAL, (CHAT, PAGERDUTY), (CHAT,)),
        (WARNING, (), ()),
    ],
)
def test_what_is_routed_to_nobody_goes_to_the_sink_that_disturbs_least(
    severity: Severity, configured: tuple[SinkName, ...], expected: tuple[SinkName, ...]
) -> None:
    assert sinks_for(severity, DEFAULT_ROUTES, configured) == expected


@pytest.mark.parametrize(
    "text", ["Warning=slack  outage=chat,pagerduty", '"warning=slack outage=chat,pagerduty"']
)
def test_routes_are_read_and_what_they_leave_out_keeps_its_default(text: str) -> None:
    routes = parse_routes(text)
    assert routes == {WARNING: (SLACK,), CRITICAL: DEFAULT_ROUTES[CRITICAL], OUTAGE: (CHAT, PAGERDUTY)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("warning", "severities (warning, critical, outage) and their sinks"),
        ("warning=", "not 'warning='"),
        ("warning=chat, slack", "not 'warning=chat, slack'"),
        ("warning=pager", "like warning=chat outage=chat,pagerduty"),
        ("panic=chat", "not 'panic=chat'"),
        ("warning=chat warning=slack", "warning is there twice"),
    ],
)
def test_routes_that_cannot_be_say_how_they_are_written(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match="sinks") as refused:
        parse_routes(text)
    assert expected in str(refused.value)
