"""What a check found, in words."""

from __future__ import annotations

from bot.text.format import listed
from models.languages.translate import tr, tr_plural
from models.nudges.checks import CHECKS
from models.nudges.facts import NudgeFinding
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

CUSTOM = "custom."


def line_text(check: str, finding: NudgeFinding, names: Names) -> str:
    """Return what a check found: `Its close date is past · 12 days`."""
    fields = listed([field_text(each, names) for each in finding.fields], most=5)
    text = tr(CHECKS[check].line, fields=fields, subject=finding.subject)
    if not finding.days:
        return text
    return f"{text} · {tr_plural('{count} day', '{count} days', finding.days)}"


def field_text(key: str, names: Names) -> str:
    """Return what people call a field of a deal; a custom one whose name is not known by its key."""
    if key.startswith(CUSTOM):
        return names.text("deal_field", key.removeprefix(CUSTOM)) or key
    declared = next((field for field in ENTITIES["deal"].declared if field.where == key), None)
    return tr(declared.label) if declared is not None else key
