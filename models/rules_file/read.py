"""Reads rules files into the wanted state, and reports all problems of form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from models.destinations.quiet_hours import DAYS, SCOPES, is_timezone
from models.destinations.webhook_url import lane_of
from models.errors import InvalidRequest
from models.pipedrive.names import Json
from models.rules.drafts import LOOKS, RuleDraft
from models.rules.liquid_check import problems as liquid_problems
from models.rules_file.fields import SectionReader
from models.rules_file.schema import (
    SECTIONS,
    FileSection,
    Wanted,
    WantedConnection,
    WantedDestination,
    WantedPipedrive,
    WantedPlan,
    WantedQuietHours,
    WantedSpace,
    WantedTemplate,
    WantedUser,
    WantedWebhook,
)
from models.rules_file.yaml_source import YamlSource
from models.tables.accounts import ROLES, Role

Item = TypeVar("Item")

EMAIL: Final = re.compile(r"[^\s@<>/\"]{1,64}@[^\s@<>/\"]{1,250}")
SPACE: Final = re.compile(r"spaces/[A-Za-z0-9_-]{1,240}")
HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
ORIGIN: Final = re.compile(r"(https?://)?[A-Za-z0-9.-]{1,240}(:\d{1,5})?/?")
KEY: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")
TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def wanted(source: YamlSource) -> Wanted:
    """Read one document; its problems are reported in the source."""
    fields = SectionReader(source, "", source.value, ("tenant", *SECTIONS))
    found = Wanted(fields.text("tenant"), source)
    if "plan" in fields:
        found.plan = _plan(source, fields.value("plan"))
    if "pipedrive" in fields:
        found.pipedrive, found.pipedrive_source = _pipedrive(source, fields.value("pipedrive")), source
    found.users = _section(fields, "users", _user, lambda user: user.email)
    found.spaces = _section(fields, "spaces", _space, lambda space: space.name)
    found.destinations = _section(fields, "destinations", _destination, lambda each: each.name)
    found.templates = _section(fields, "templates", _template, lambda template: template.name)
    found.rules = _section(fields, "rules", _rule, lambda rule: rule.name)
    found.quiet_hours = _section(fields, "quiet_hours", _quiet_hours, _window_name)
    return found


def _section(
    fields: SectionReader,
    name: str,
    read: Callable[[YamlSource, str, Json], Item],
    identity: Callable[[Item], str],
) -> FileSection[Item] | None:
    """Read a list section; None when it is absent. Two items of one name are refused."""
    if name not in fields:
        return None
    value = fields.value(name)
    if not isinstance(value, list):
        fields.refuse(name, "must be a list ([] for none)")
        return None
    items = [read(fields.source, f"{name}[{number}]", each) for number, each in enumerate(value)]
    seen: set[str] = set()
    for number, item in enumerate(items):
        same = identity(item)
        if same and same in seen:
            fields.source.refuse(f"{name}[{number}]", f"{same!r} is there twice")
        seen.add(same)
    return FileSection(items, fields.source, name)


def _plan(source: YamlSource, value: Json) -> WantedPlan:
    fields = SectionReader(source, "plan", value, ("name", "monthly_limit"))
    limit = fields.value("monthly_limit")
    if limit is not None and (
        not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit < 2**53
    ):
        fields.refuse("monthly_limit", "must be a whole number from 0, or null for no limit")
        limit = None
    return WantedPlan(fields.text("name", most=40), limit)


def _pipedrive(source: YamlSource, value: Json) -> WantedPipedrive:
    fields = SectionReader(source, "pipedrive", value, ("company_id", "domain", "webhook", "connection"))
    company = fields.value("company_id")
    if isinstance(company, int) and not isinstance(company, bool):
        company = str(company)
    elif company is not None:
        company = fields.text("company_id", most=64)
    domain = (
        fields.matching("domain", HOST, "acme.pipedrive.com") if fields.value("domain") is not None else None
    )
    webhook, connection = fields.value("webhook"), fields.value("connection")
    return WantedPipedrive(
        company,
        domain,
        None if webhook is None else _webhook(source, webhook),
        None if connection is None else _connection(source, connection),
    )


def _webhook(source: YamlSource, value: Json) -> WantedWebhook:
    fields = SectionReader(source, "pipedrive.webhook", value, ("key", "user", "password"))
    key = fields.matching("key", KEY, "letters, digits and - . _ ~, up to 128")
    user = fields.text("user")
    if ":" in user:
        fields.refuse("user", "must have no colon: HTTP Basic ends the name there")
    return WantedWebhook(key, user, fields.secret("password", most=255))


def _connection(source: YamlSource, value: Json) -> WantedConnection:
    fields = SectionReader(source, "pipedrive.connection", value, ("refresh_token", "api_domain"))
    given = fields.value("api_domain") is not None
    domain = fields.matching("api_domain", ORIGIN, "https://acme.pipedrive.com") if given else None
    return WantedConnection(fields.secret("refresh_token"), domain)


def _user(source: YamlSource, path: str, value: Json) -> WantedUser:
    fields = SectionReader(source, path, value, ("email", "role", "name"))
    email = fields.matching("email", EMAIL, "ada@example.com").lower()
    return WantedUser(
        email, fields.choice("role", ROLES, default=Role.SALES_REP), fields.optional("name") or ""
    )


def _space(source: YamlSource, path: str, value: Json) -> WantedSpace:
    fields = SectionReader(source, path, value, ("name", "title"))
    title = fields.text("title", least=0) if "title" in fields else None
    return WantedSpace(fields.matching("name", SPACE, "spaces/AAAA"), title)


def _destination(source: YamlSource, path: str, value: Json) -> WantedDestination:
    fields = SectionReader(source, path, value, ("name", "incoming_webhook", "description", "enabled"))
    name, address = fields.text("name"), fields.secret("incoming_webhook")
    if SPACE.fullmatch(name) or EMAIL.fullmatch(name):
        fields.refuse("name", "must not look like a space or an e-mail")
    try:
        if isinstance(address, str) and address:
            lane_of(address)
    except InvalidRequest as refused:
        fields.refuse("incoming_webhook", refused.user_message)
    described = fields.text("description", least=0, most=1000, default="")
    return WantedDestination(name, address, described, fields.flag("enabled", default=True))


def _template(source: YamlSource, path: str, value: Json) -> WantedTemplate:
    fields = SectionReader(source, path, value, ("name", "liquid"))
    name, liquid = fields.text("name"), fields.value("liquid")
    if name in LOOKS:
        fields.refuse("name", f"must not be one of {', '.join(LOOKS)}")
    if not isinstance(liquid, str):
        fields.refuse("liquid", "must be the Liquid source as text")
        return WantedTemplate(name, "")
    for problem in liquid_problems(liquid):
        fields.refuse("liquid", problem)
    return WantedTemplate(name, liquid)


def _rule(source: YamlSource, path: str, value: Json) -> RuleDraft:
    known = ("name", "on", "when", "to", "template", "urgent", "enabled", "show_restricted")
    fields = SectionReader(source, path, value, known)
    template = fields.value("template") if "template" in fields else "compact"
    if not isinstance(template, str | dict):
        fields.refuse("template", "must be compact, detailed, a template's name or {liquid: source}")
        template = "compact"
    return RuleDraft(
        name=fields.text("name"),
        on=fields.texts("on", single=True),
        when=fields.value("when"),
        to=fields.texts("to", single=True),
        template=template,
        urgent=fields.flag("urgent", default=False),
        enabled=fields.flag("enabled", default=True),
        show_restricted=fields.flag("show_restricted", default=False),
    )


def _quiet_hours(source: YamlSource, path: str, value: Json) -> WantedQuietHours:
    known = ("scope", "space", "user", "from", "until", "days", "timezone", "let_urgent_through")
    fields = SectionReader(source, path, value, known)
    scope = fields.choice("scope", SCOPES)
    for other in {"space", "user"} - {scope}:
        if other in fields:
            fields.refuse(other, f"does not go with scope {scope!r}")
    whom = ""
    if scope in {"space", "user"}:
        whom = fields.text(scope) if scope == "space" else fields.text(scope).lower()
    starts, ends = (fields.matching(key, TIME, "19:00") for key in ("from", "until"))
    if starts and starts == ends:
        fields.refuse("until", "must differ from `from`")
    days = fields.texts("days", single=False) if "days" in fields else list(DAYS)
    return WantedQuietHours(
        scope,
        whom,
        starts,
        ends,
        _days(fields, days),
        _timezone(fields),
        fields.flag("let_urgent_through", default=False),
    )


def _window_name(window: WantedQuietHours) -> str:
    whom = window.whom or window.scope
    return f"{whom} {window.starts}-{window.ends} {' '.join(window.days)} {window.timezone}"


def _days(fields: SectionReader, days: list[str]) -> tuple[str, ...]:
    for number, day in enumerate(days):
        if day not in DAYS:
            fields.refuse(f"days[{number}]", f"must be one of {', '.join(DAYS)}, not {day[:40]!r}")
    if "days" in fields and not days:
        fields.refuse("days", "must name at least one day")
    return tuple(day for day in DAYS if day in days)


def _timezone(fields: SectionReader) -> str:
    name = fields.text("timezone", most=64)
    if name and not is_timezone(name):
        fields.refuse("timezone", f"unknown timezone {name!r}, it looks like Europe/Prague")
    return name
