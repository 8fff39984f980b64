"""The lines of `company.LINES` about many rules, tests of rules, phrases, templates and mutes."""

from __future__ import annotations

from typing import Any, Final

from models.accounts.rights import Action

NOTHING_OF: Final[dict[str, str]] = {}
RULE: Final = {"rule": "{rule}"}
TEMPLATE: Final = {"template": "{template}"}
RULE_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "button bulk.undo": (Action.RULE_CHANGE, NOTHING_OF),
    "button phrase.do": (Action.HELP_READ, {"phrase": "help"}),
    "button rule.backtest": (Action.RULE_CHANGE, RULE),
    "button rule.preview": (Action.RULE_CHANGE, RULE),
    "button rules.export": (Action.RULE_IMPORT, NOTHING_OF),
    "button template.delete": (Action.TEMPLATE_CHANGE, TEMPLATE),
    "button template.list": (Action.TEMPLATE_READ, NOTHING_OF),
    "button template.remove": (Action.TEMPLATE_CHANGE, TEMPLATE),
    "button template.show": (Action.TEMPLATE_READ, TEMPLATE),
    "button when.open": (Action.RULE_MAKE, NOTHING_OF),
    "command rule backtest": (Action.RULE_CHANGE, "{rule}"),
    "command rule bulk": (Action.RULE_CHANGE, ""),
    "command rule clone": (Action.RULE_MAKE, "{rule}"),
    "command rule export": (Action.RULE_IMPORT, ""),
    "command rule import": (Action.RULE_IMPORT, ""),
    "command template delete": (Action.TEMPLATE_CHANGE, "{template}"),
    "command template edit": (Action.TEMPLATE_CHANGE, "{template}"),
    "command template list": (Action.TEMPLATE_READ, ""),
    "command template new": (Action.TEMPLATE_CHANGE, ""),
    "command template show": (Action.TEMPLATE_READ, "{template}"),
    "command when": (Action.RULE_MAKE, ""),
    "dialog bulk.ask": (Action.RULE_CHANGE, NOTHING_OF),
    "dialog bulk.change": (Action.RULE_CHANGE, {"ids": "{rule}", "change": "off"}),
    "dialog bulk.open": (Action.RULE_CHANGE, NOTHING_OF),
    "dialog bulk.search": (Action.RULE_CHANGE, NOTHING_OF),
    "dialog rules.check": (Action.RULE_IMPORT, NOTHING_OF),
    "dialog rules.import": (Action.RULE_IMPORT, NOTHING_OF),
    "dialog rules.load": (Action.RULE_IMPORT, NOTHING_OF),
    "dialog template.edit": (Action.TEMPLATE_CHANGE, TEMPLATE),
    "dialog template.new": (Action.TEMPLATE_CHANGE, NOTHING_OF),
    "dialog template.preview": (Action.TEMPLATE_CHANGE, NOTHING_OF),
    "dialog template.save": (Action.TEMPLATE_CHANGE, NOTHING_OF),
}
REMINDER_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "button replay.cancel": (Action.LOG_RETRY, {"replay": "1"}),
    "button replay.show": (Action.LOG_RETRY, {"replay": "1"}),
    "button replay.start": (Action.LOG_RETRY, {"only": "failed", "key": "k"}),
    "command replay": (Action.LOG_RETRY, "failed since 2d"),
    "button holiday.list": (Action.ATTENTION_SELF, NOTHING_OF),
    "button holiday.remove": (Action.ATTENTION_SELF, NOTHING_OF),
    "button reminder.again": (Action.ATTENTION_SELF, NOTHING_OF),
    "button reminder.cancel": (Action.ATTENTION_SELF, NOTHING_OF),
    "button reminder.list": (Action.ATTENTION_SELF, NOTHING_OF),
    "command holiday add": (Action.ATTENTION_SELF, "2030-12-24"),
    "command holiday list": (Action.ATTENTION_SELF, ""),
    "command holiday remove": (Action.ATTENTION_SELF, "1"),
    "command remind": (Action.ATTENTION_SELF, "tomorrow 09:00 call Jana"),
    "command reminder list": (Action.ATTENTION_SELF, ""),
    "dialog reminder.new": (Action.ATTENTION_SELF, NOTHING_OF),
    "dialog reminder.save": (Action.ATTENTION_SELF, NOTHING_OF),
}
INBOX_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "button inbox.clear": (Action.ATTENTION_SELF, NOTHING_OF),
    "button inbox.delete": (Action.ATTENTION_SELF, NOTHING_OF),
    "button inbox.read": (Action.ATTENTION_SELF, NOTHING_OF),
    "button inbox.read_all": (Action.ATTENTION_SELF, NOTHING_OF),
    "button inbox.show": (Action.ATTENTION_SELF, NOTHING_OF),
    "button inbox.why": (Action.ATTENTION_SELF, NOTHING_OF),
    "button prefs.show": (Action.ATTENTION_SELF, NOTHING_OF),
    "command inbox": (Action.ATTENTION_SELF, "unread"),
    "command inbox clear": (Action.ATTENTION_SELF, ""),
    "command inbox delete": (Action.ATTENTION_SELF, "1"),
    "command inbox read": (Action.ATTENTION_SELF, "all"),
    "command inbox why": (Action.ATTENTION_SELF, "1"),
    "command prefs": (Action.ATTENTION_SELF, ""),
    "dialog prefs.open": (Action.ATTENTION_SELF, NOTHING_OF),
    "dialog prefs.save": (Action.ATTENTION_SELF, NOTHING_OF),
    "dialog prefs.save_team": (Action.NOTIFY_DEFAULTS, NOTHING_OF),
    "dialog prefs.team": (Action.NOTIFY_DEFAULTS, NOTHING_OF),
}
ME: Final = {"where": "me"}
ATTENTION_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "button digest.off": (Action.ATTENTION_SELF, ME),
    "button digest.send": (Action.ATTENTION_SELF, ME),
    "button digest.show": (Action.ATTENTION_SELF, ME),
    "button log.send": (Action.ATTENTION_SELF, NOTHING_OF),
    "button mute.end": (Action.ATTENTION_SELF, NOTHING_OF),
    "button mute.list": (Action.ATTENTION_SELF, NOTHING_OF),
    "button quiet.off": (Action.ATTENTION_SELF, ME),
    "button quiet.send": (Action.ATTENTION_SELF, ME),
    "button quiet.show": (Action.ATTENTION_SELF, ME),
    "dialog digest.open": (Action.ATTENTION_SELF, ME),
    "dialog digest.save": (Action.ATTENTION_SELF, ME),
    "dialog quiet.form": (Action.ATTENTION_SELF, ME),
    "dialog quiet.open": (Action.ATTENTION_SELF, ME),
    "dialog quiet.save": (Action.ATTENTION_SELF, ME),
    "dialog mute.open": (Action.ATTENTION_SELF, NOTHING_OF),
    "dialog mute.save": (Action.ATTENTION_SELF, NOTHING_OF),
}
