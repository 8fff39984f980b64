"""Other words for our commands: greetings, other languages, synonyms, and things we do not have."""

from __future__ import annotations

from typing import Final

HELP_WORDS: Final = ("?", "hilfe", "aide", "ayuda", "aiuto", "ajuda", "hulp", "pomoc", "commands", "menu")
GREETINGS: Final = ("hello", "hi", "hey", "hallo", "moin", "servus", "bonjour", "salut", "hola", "ciao")
FILLERS: Final = ("a", "an", "the", "my", "me", "all", "our")
# Other words for our nouns and verbs; a verb that deletes or removes asks before it does.
NOUNS: Final = {
    **dict.fromkeys(("regel", "regeln", "règle", "règles", "regle", "regles", "regla", "reglas"), "rule"),
    **dict.fromkeys(("destination", "destinations", "room", "rooms", "webhook", "webhooks"), "space"),
    **dict.fromkeys(("espace", "espaces", "espacio", "espacios", "raum", "räume"), "space"),
    **dict.fromkeys(("people", "user", "users", "member", "members"), "team"),
    **dict.fromkeys(("vorlage", "vorlagen", "plantilla", "plantillas", "modèle", "modèles"), "template"),
    "logs": "log",
    "protokoll": "log",
}
VERBS: Final = {
    **dict.fromkeys(("add", "create", "make", "neu", "neue"), ("new", "add")),
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
    "liste": ("list",),
}


# What people ask for that Pipenotify does not have, and the commands that come nearest to it.
MEANT: Final = {
    **dict.fromkeys(("snooze", "dnd", "silence", "stumm"), ("mute", "quiet set", "rule off")),
    "wake": ("unmute", "space resume", "rule on"),
    **dict.fromkeys(("add", "create", "new", "neu"), ("rule new", "space add")),
    **dict.fromkeys(("edit", "change", "show", "test", "delete"), ("rule list", "space list")),
    **dict.fromkeys(("list", "liste"), ("rule list", "space list", "log")),
    **dict.fromkeys(("history", "errors", "failed"), ("log",)),
    **dict.fromkeys(("settings", "setup", "config", "login"), ("status", "connect")),
}
