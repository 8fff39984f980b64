"""Other words for our commands: greetings, synonyms, and things we do not have.

Languages that the app speaks have their words in their own files (`models/languages`).
"""

from __future__ import annotations

from typing import Final

HELP_WORDS: Final = ("?", "aide", "ayuda", "aiuto", "ajuda", "hulp", "pomoc", "commands", "menu")
GREETINGS: Final = ("hello", "hi", "hey", "hallo", "moin", "servus", "bonjour", "salut", "hola", "ciao")
FILLERS: Final = ("a", "an", "the", "my", "me", "all", "our")
# Other words for our nouns and verbs; a verb that deletes or removes asks before it does.
NOUNS: Final = {
    **dict.fromkeys(("règle", "règles", "regle", "regles", "regla", "reglas"), "rule"),
    **dict.fromkeys(("destination", "destinations", "room", "rooms", "webhook", "webhooks"), "space"),
    **dict.fromkeys(("espace", "espaces", "espacio", "espacios"), "space"),
    **dict.fromkeys(("people", "user", "users", "member", "members"), "team"),
    **dict.fromkeys(("plantilla", "plantillas", "modèle", "modèles"), "template"),
    "logs": "log",
    **dict.fromkeys(("prefs", "pref", "preferences", "preference"), "prefs"),
    **dict.fromkeys(("notifications", "notification"), "inbox"),
    **dict.fromkeys(("ops", "operations", "operator"), "ops"),
}
VERBS: Final = {
    **dict.fromkeys(("add", "create", "make"), ("new", "add")),
    "new": ("add",),
    **dict.fromkeys(("change", "modify", "update", "rename"), ("edit",)),
    **dict.fromkeys(("remove", "delete", "rm"), ("delete", "remove")),
    "view": ("show",),
    "preview": ("test", "show"),
    **dict.fromkeys(("copy", "duplicate"), ("clone",)),
    "simulate": ("backtest",),
    **dict.fromkeys(("disable", "deactivate", "pause", "off"), ("off", "pause")),
    **dict.fromkeys(("enable", "activate", "resume", "on"), ("on", "resume")),
    "link": ("here",),
    "leaderboard": ("leaders",),
}


# What people ask for that Pipenotify does not have, and the commands that come nearest to it.
MEANT: Final = {
    **dict.fromkeys(("snooze", "dnd", "silence"), ("mute", "quiet set", "rule off")),
    "wake": ("unmute", "space resume", "rule on"),
    **dict.fromkeys(("add", "create", "new"), ("rule new", "space add")),
    **dict.fromkeys(("edit", "change", "show", "test", "delete"), ("rule list", "space list")),
    "list": ("rule list", "space list", "log"),
    **dict.fromkeys(("leaderboard", "ranking", "scoreboard"), ("report leaders",)),
    **dict.fromkeys(("review", "forecast"), ("report pipeline",)),
    **dict.fromkeys(("stats", "statistics", "figures", "analytics"), ("report",)),
    **dict.fromkeys(("encrypt", "encryption", "decrypt"), ("privacy encrypt",)),
    **dict.fromkeys(("history", "errors", "failed"), ("log",)),
    **dict.fromkeys(("settings", "setup", "config", "login"), ("status", "connect")),
}
