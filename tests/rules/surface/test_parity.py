"""What people can do in Chat, programs can do by REST, and the other way round.

Who adds a command or a route adds its partner here, or says why it has none.
"""

from __future__ import annotations

from typing import Final

import bot.dispatch  # noqa: F401 - registers the commands
from bot.context import COMMANDS
from web.api.blueprint import all_routes

PARTNERS: Final[dict[str, tuple[str, ...]]] = {
    "audit": ("GET /admin/audit",),
    "available list": ("GET /admin/availability",),
    "available off": ("PUT /admin/availability",),
    "available on": ("PUT /admin/availability",),
    "digest": (
        "GET /admin/digests",
        "POST /admin/digests",
        "PUT /admin/digests",
        "DELETE /admin/digests/<id>",
    ),
    "digest now": ("POST /admin/digests/<id>/send",),
    "holiday add": ("POST /admin/holidays",),
    "holiday list": ("GET /admin/holidays",),
    "holiday remove": ("DELETE /admin/holidays/<id>",),
    "home": ("GET /monitoring/dashboard/<tenant>", "GET /analytics/dashboard/<tenant>"),
    "inbox": (
        "GET /notifications",
        "GET /notifications/stream",
        "POST /notifications",
        "POST /notifications/batch",
    ),
    "inbox clear": ("POST /notifications/clear",),
    "inbox delete": ("DELETE /notifications/<id>",),
    "inbox read": ("PUT /notifications/<id>/read", "POST /notifications/read-all"),
    "inbox why": ("GET /notifications/<id>/why",),
    "lead assign": ("POST /leads/<id>/assign",),
    "lead claim": ("POST /leads/<id>/assign",),
    "lead convert": ("POST /leads/<id>/convert",),
    "lead list": ("GET /leads", "GET /leads/analytics"),
    "lead new": ("POST /leads",),
    "lead note": ("PUT /leads/<id>",),
    "lead pipelines": ("GET /admin/lead-pipelines", "PUT /admin/lead-pipelines"),
    "lead show": ("GET /leads/<id>", "GET /leads/<id>/history", "GET /leads/<id>/activities"),
    "lead snooze": ("POST /leads/<id>/snooze",),
    "lead status": ("PUT /leads/<id>", "DELETE /leads/<id>"),
    "log": ("GET /admin/logs", "GET /admin/logs/<id>"),
    "mute": ("POST /admin/mutes",),
    "mute list": ("GET /admin/mutes",),
    "nudge": ("GET /admin/nudges", "POST /admin/nudges/<id>/snooze"),
    "nudge off": ("PATCH /admin/nudge-settings",),
    "nudge on": ("PATCH /admin/nudge-settings",),
    "nudge settings": ("GET /admin/nudge-settings", "PUT /admin/nudge-settings"),
    "nudge team": ("GET /admin/nudge-counts",),
    "plan": ("GET /admin/plan", "GET /admin/plan/usage"),
    "prefs": (
        "GET /notifications/preferences",
        "PUT /notifications/preferences",
        "GET /admin/notification-defaults",
        "PUT /admin/notification-defaults",
    ),
    "prefs place": ("GET /notifications/preferences/places", "PUT /notifications/preferences/places"),
    "privacy": ("GET /admin/retention", "GET /admin/users/<id>/data"),
    "privacy encrypt": ("GET /admin/encryption", "PUT /admin/encryption"),
    "quiet": ("GET /admin/quiet-hours", "GET /admin/quiet-hours/<id>"),
    "quiet off": ("DELETE /admin/quiet-hours/<id>",),
    "quiet set": ("POST /admin/quiet-hours", "PUT /admin/quiet-hours/<id>"),
    "quiet urgent": ("PATCH /admin/quiet-hours/<id>",),
    "remind": ("POST /admin/reminders",),
    "reminder list": ("GET /admin/reminders", "DELETE /admin/reminders/<id>"),
    "replay": (
        "POST /admin/logs/replay",
        "GET /admin/replays",
        "POST /admin/replays",
        "GET /admin/replays/<id>",
        "DELETE /admin/replays/<id>",
    ),
    "report": (
        "GET /analytics/dashboard/<tenant>",
        "GET /analytics/rules/<tenant>",
        "GET /analytics/channels/<tenant>",
        "GET /analytics/people/<tenant>",
        "GET /analytics/timeline/<tenant>",
        "GET /analytics/summary/<tenant>",
    ),
    "report daily": ("POST /admin/reports", "PUT /admin/reports"),
    "report funnel": ("GET /analytics/funnel/<tenant>",),
    "report leaders": ("GET /analytics/leaders/<tenant>",),
    "report list": ("GET /admin/reports",),
    "report monthly": ("POST /admin/reports", "PUT /admin/reports"),
    "report pipeline": ("GET /analytics/pipeline/<tenant>",),
    "report response": ("GET /analytics/response/<tenant>",),
    "report stop": ("DELETE /admin/reports/<id>",),
    "report weekly": ("POST /admin/reports", "PUT /admin/reports"),
    "retry": ("POST /admin/logs/<id>/retry", "POST /admin/logs/replay"),
    "routing list": ("GET /admin/routing", "GET /admin/routing/<id>"),
    "routing off": ("PATCH /admin/routing/<id>",),
    "routing on": ("PATCH /admin/routing/<id>",),
    "routing report": ("GET /admin/routing/report",),
    "routing set": ("POST /admin/routing", "PUT /admin/routing/<id>", "DELETE /admin/routing/<id>"),
    "routing try": ("POST /admin/routing/try",),
    "routing undo": ("POST /admin/routing/<id>/undo",),
    "rule backtest": ("POST /admin/rules/<id>/backtest",),
    "rule bulk": ("POST /admin/rules/bulk",),
    "rule clone": ("GET /admin/rules/<id>", "POST /admin/rules"),
    "rule delete": ("DELETE /admin/rules/<id>",),
    "rule edit": ("PUT /admin/rules/<id>", "PATCH /admin/rules/<id>"),
    "rule export": ("GET /admin/rules/export",),
    "rule import": ("POST /admin/rules/import",),
    "rule list": ("GET /admin/rules",),
    "rule new": ("POST /admin/rules",),
    "rule off": ("PATCH /admin/rules/<id>",),
    "rule on": ("PATCH /admin/rules/<id>",),
    "rule show": ("GET /admin/rules/<id>",),
    "rule test": ("POST /admin/rules/<id>/test",),
    "score explain": ("GET /leads/<id>/score",),
    "score recompute": ("POST /admin/scores/recompute", "GET /admin/scores/recompute"),
    "score weights": ("GET /admin/score-weights", "PUT /admin/score-weights"),
    "space add": ("POST /admin/webhooks",),
    "space fallback": ("PATCH /admin/webhooks/<id>",),
    "space list": ("GET /admin/webhooks",),
    "space pause": ("PATCH /admin/webhooks/<id>", "PUT /admin/webhooks/<id>"),
    "space remove": ("DELETE /admin/webhooks/<id>",),
    "space rename": ("PATCH /admin/webhooks/<id>",),
    "space resume": ("PATCH /admin/webhooks/<id>",),
    "space show": ("GET /admin/webhooks/<id>",),
    "space test": ("POST /admin/webhooks/<id>/test",),
    "stalled": ("GET /admin/stalled-deals", "GET /admin/stalled-settings"),
    "stalled set": ("PUT /admin/stalled-settings", "PATCH /admin/stalled-settings"),
    "status": ("GET /oauth/status", "GET /monitoring/dashboard/<tenant>"),
    "team invite": ("POST /admin/users",),
    "team list": ("GET /admin/users", "GET /admin/users/<id>"),
    "team manager": ("PUT /admin/users/<id>/manager",),
    "team remove": ("DELETE /admin/users/<id>",),
    "team role": ("PATCH /admin/users/<id>", "PUT /admin/users/<id>"),
    "template delete": ("DELETE /admin/templates/<id>",),
    "template edit": ("PATCH /admin/templates/<id>", "PUT /admin/templates/<id>"),
    "template list": ("GET /admin/templates",),
    "template new": ("POST /admin/templates",),
    "template show": ("GET /admin/templates/<id>", "POST /admin/templates/<id>/preview"),
    "unmute": ("DELETE /admin/mutes/<id>",),
    "when": ("POST /admin/rules",),
    "why": ("GET /admin/logs/<id>/why", "GET /admin/events/<id>", "GET /admin/events"),
}
ONLY_CHAT: Final = {
    "about": "reads and changes nothing of the team",
    "connect": "a person consents in the browser, at Pipedrive",
    "connect me": "a person consents in the browser, at Pipedrive",
    "deal show": "reads a deal as the person may see it; programs ask Pipedrive itself",
    "disconnect": "a person decides it, asked twice; Pipedrive's own uninstall is the way of programs",
    "help": "reads and changes nothing of the team",
    "language": "the language in which a person reads cards; REST speaks English",
    **dict.fromkeys(
        ("ops", "ops replay"),
        "about all teams, for who runs the service; programs read /metrics and run python -m models replay",
    ),
    "space here": "links the space in which it is said, which proves that the person is in it",
    "token list": "a program that could make and see keys would outlive its own",
    "token new": "a program that could make and see keys would outlive its own",
    "token revoke": "a program ends its own session by POST /auth/logout, and no other key",
}
ONLY_REST: Final = {
    "GET /admin/assignments": "in Chat the message that offers a lead",
    "POST /admin/assignments/<id>/accept": "in Chat a button of the message that offers a lead",
    "POST /admin/assignments/<id>/decline": "in Chat a button of the message that offers a lead",
    **dict.fromkeys(
        ("GET /companies", "POST /companies", "GET /companies/<id>"),
        "in Chat an organization stands on the cards of its leads and deals, and is made with its first lead;"
        " programs match their own lists",
    ),
    **dict.fromkeys(
        (
            "GET /admin/intake-forms",
            "POST /admin/intake-forms",
            "GET /admin/intake-forms/<id>",
            "DELETE /admin/intake-forms/<id>",
            "GET /admin/intake-submissions",
            "POST /admin/intake-submissions/<id>/retry",
        ),
        "kept on the admin page, where the address of a form is shown once, to one person",
    ),
    **dict.fromkeys(
        (
            "GET /admin/imports",
            "POST /admin/imports",
            "GET /admin/imports/<id>",
            "PATCH /admin/imports/<id>",
            "DELETE /admin/imports/<id>",
            "POST /admin/imports/<id>/start",
            "POST /admin/imports/<id>/undo",
            "GET /admin/imports/<id>/failed",
        ),
        "begins with a file, which a message to the app cannot carry; on the admin page",
    ),
    "GET /stream": "for programs that follow what happens; Chat is told by cards",
    "POST /auth/token": "how programs sign in; Chat knows its people",
    "POST /auth/refresh": "how programs sign in; Chat knows its people",
    "POST /admin/users/<id>/export": "a file, which a card cannot carry; on the admin page",
    "PUT /admin/retention": "kept on the admin page, where what goes is shown before it is asked twice",
    "PATCH /admin/retention": "kept on the admin page, where what goes is shown before it is asked twice",
    "GET /auth/sessions": "what tokens were exchanged for; Chat lists the tokens",
    "DELETE /auth/sessions/<id>": "ends less than what Chat ends: a token with all its sessions",
    "POST /auth/logout": "how programs sign in; Chat knows its people",
}


def commands() -> set[str]:
    return {entry.name for entry in COMMANDS}


def routes() -> set[str]:
    return {f"{route.method} {route.path}" for route in all_routes()}


def test_every_command_has_its_route_or_a_reason_why_not() -> None:
    assert commands() - set(PARTNERS) - set(ONLY_CHAT) == set(), "say here which routes do the same"
    assert set(PARTNERS) & set(ONLY_CHAT) == set()
    assert (set(PARTNERS) | set(ONLY_CHAT)) - commands() == set(), "a command that is gone"


def test_every_route_has_its_command_or_a_reason_why_not() -> None:
    named = {route for each in PARTNERS.values() for route in each}

    assert routes() - named - set(ONLY_REST) == set(), "say here which command does the same"
    assert named & set(ONLY_REST) == set()
    assert (named | set(ONLY_REST)) - routes() == set(), "a route that is gone"


def test_partners_need_rights_of_the_same_kind() -> None:
    """A command that changes something has a route that does."""
    reading = {"GET"}
    for entry in COMMANDS:
        if entry.writes and entry.name in PARTNERS:
            assert {each.partition(" ")[0] for each in PARTNERS[entry.name]} - reading, entry.name
