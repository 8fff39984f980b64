"""/privacy names everything that is kept of people and teams; a new table must be named there, too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from models.accounts.sessions import IDLE, LIFE
from models.maintenance.person_data import KINDS
from models.tables.base import Base
from tests.web.visitor import visitor

# What /privacy calls the rows of each table that knows a team or a person.
NAMED: Final = {
    "Events of Pipedrive": ("events", "catch_ups"),
    "Names for Pipedrive": ("names",),
    "Deliveries": ("deliveries", "attempts", "lanes", "delivery_counts", "destination_health"),
    "What was done on cards": ("card_actions", "card_copies", "waits"),
    "People and spaces": ("users", "spaces", "days_off", "reporting_lines"),
    "What people were asked to mend": ("nudge_cards", "nudge_lines"),
    "Users of your Pipedrive": ("pipedrive_users",),
    "Browsers that signed in": ("sessions",),
    "What was set up": (
        "rules",
        "rule_destinations",
        "templates",
        "destinations",
        "quiet_hours",
        "mutes",
        "digests",
        "report_schedules",
        "stalled_settings",
        "lead_settings",
        "lead_pipelines",
        "nudge_settings",
        "nudge_snoozes",
        "routing_policies",
        "absences",
        "retention",
        "contact_encryption",
        "audit_entries",
        "audit_anchors",
    ),
    "Notifications": (
        "notifications",
        "notification_preferences",
        "notification_places",
        "notification_defaults",
    ),
    "Numbers": (
        "api_spendings",
        "day_usages",
        "figures",
        "figure_names",
        "roll_ups",
        "stale_hours",
    ),
    "Answers given in Chat": ("interactions", "idempotent_answers"),
    "last state of deals": ("tracked_objects", "open_list_checks"),
    "What people enter in forms on your web sites": ("intake_forms", "intake_submissions"),
    "Files of leads that your admins import": ("lead_imports", "lead_import_rows"),
    "What happened to leads": ("leads", "lead_history", "lead_scores", "assignments"),
    "Secrets": ("connections", "personal_connections", "ended_grants", "webhook_credentials"),
    "Of sign-ins, links and tokens of programs": (
        "oauth_flows",
        "tickets",
        "api_tokens",
        "api_sessions",
        "refresh_tokens",
    ),
    "webhook passwords": ("webhook_subscriptions",),
}
# Tables with rows of people that their own file leaves out: answers kept for a day, under a fingerprint.
NOT_IN_A_FILE: Final = {"idempotent_answers"}


@pytest.fixture
def text(tmp_path: Path) -> str:
    page = visitor(tmp_path).get("/privacy").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def test_every_table_that_knows_a_team_or_a_person_is_named(text: str) -> None:
    known = {
        table.name
        for table in Base.metadata.sorted_tables
        if {"tenant_id", "email"} & {column.name for column in table.c}
    }
    named = {table for tables in NAMED.values() for table in tables}

    assert known - named == set(), "say on /privacy what is kept there"
    assert named - known == set()
    assert [words for words in NAMED if words not in text] == []


def test_every_table_of_a_persons_rows_is_in_their_file() -> None:
    of_people = {
        table.name
        for table in Base.metadata.sorted_tables
        if {"user_id", "email", "made_by", "muted_by", "connected_by", "actor"}
        & {each.name for each in table.c}
    }

    assert of_people - {each.table.__tablename__ for each in KINDS} == NOT_IN_A_FILE


def test_a_browser_is_signed_out_when_it_says(text: str) -> None:
    hours, days = IDLE.total_seconds() / 3600, LIFE.days
    assert f"signed out after {hours:.0f} hours without use, after {days} days at most" in text


def test_who_gets_cards_outside_of_chat_is_said(text: str) -> None:
    assert "mail addresses" in text
    assert "webhooks that your admins added" in text
