"""What the stubbed Playground shows: people, a small board, cards and a dialog."""

from typing import Any

ADA = {"name": "users/1001", "displayName": "Ada Lovelace", "email": "ada@example.com"}
BEN = {"name": "users/1002", "displayName": "Ben Okafor", "email": "ben@example.com"}
APP = {"name": "users/app", "displayName": "Pipenotify", "type": "BOT"}
STAGES = ("Qualified", "Contact made", "Demo scheduled", "Proposal made", "Negotiations")
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>Kestrel</b> & Sons'
STATUS_AFTER = {"win_deal": "won", "lose_deal": "lost", "reopen_deal": "open"}
FIRST_DEALS = (
    ("40 licences", "Northwind", 48000),
    (HOSTILE, HOSTILE, 9500.5),
    ("Pilot in Lyon", "Atelier", 1200),
)

Json = dict[str, Any]


def press(action: str, text: str, **more: Any) -> Json:
    """A button of a card, in Chat's JSON."""
    parameters = [{"key": "do", "value": action}]
    function = "http://127.0.0.1/chat/events"
    return {"text": text, "onClick": {"action": {"function": function, "parameters": parameters}}, **more}


def row(label: str, text: str, icon: str) -> Json:
    shown = {"topLabel": label, "text": text, "startIcon": {"materialIcon": {"name": icon}}}
    return {"decoratedText": shown}


def deal_card(title: str, value: str) -> Json:
    facts = [
        row("Value", f"<b>{value}</b>", "payments"),
        row("Organization", "Kestrel &amp; Sons", "domain"),
        row("Owner", "Ada Lovelace", "person"),
    ]
    more = [row("Stage", "Negotiations → Won", "trending_up"), row("Open for", "23 days", "schedule")]
    buttons = [
        {"text": "Open in Pipedrive", "onClick": {"openLink": {"url": "https://acme.pipedrive.com/deal/7"}}},
        press("note.new", "Add note"),
        press("rule.mute", "Mute", type="BORDERLESS"),
    ]
    header = {"title": title, "subtitle": "Deal won by Ada Lovelace", "imageUrl": "https://example.com/i.png"}
    sections = [
        {"widgets": facts + more, "collapsible": True, "uncollapsibleWidgetsCount": 3},
        {"widgets": [{"buttonList": {"buttons": buttons}}]},
    ]
    return {"header": header, "sections": sections}


def chosen(*items: str) -> list[Json]:
    return [{"text": each, "value": each, "selected": not place} for place, each in enumerate(items)]


RULE_DIALOG: Json = {
    "header": {"title": "New rule", "subtitle": "Say what should become a card, and where"},
    "sections": [
        {
            "widgets": [
                {"textInput": {"name": "name", "label": "Name", "hintText": "People see it on the card"}},
                {
                    "selectionInput": {
                        "name": "on",
                        "label": "When",
                        "type": "DROPDOWN",
                        "items": chosen("A deal is won", "A deal moves", "A lead is made"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "spaces",
                        "label": "To",
                        "type": "MULTI_SELECT",
                        "items": chosen("Deals", "Wins wall", "Management"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "stages",
                        "label": "Stages",
                        "type": "MULTI_SELECT",
                        "multiSelectMinQueryLength": 1,
                        "externalDataSource": press("rule.values", "")["onClick"]["action"],
                    }
                },
                {
                    "selectionInput": {
                        "name": "template",
                        "label": "Card",
                        "type": "RADIO_BUTTON",
                        "items": chosen("Compact", "Detailed"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "flags",
                        "type": "SWITCH",
                        "items": [
                            {
                                "text": "Urgent: at once, also in quiet hours that let urgent cards pass",
                                "value": "urgent",
                            }
                        ],
                    }
                },
                {"dateTimePicker": {"name": "from", "label": "From", "type": "DATE_ONLY"}},
            ]
        }
    ],
    "fixedFooter": {
        "primaryButton": {
            "text": "Save rule",
            "onClick": {
                "action": {
                    "function": "http://127.0.0.1/chat/events",
                    "requiredWidgets": ["name"],
                    "parameters": [{"key": "do", "value": "rule.save"}],
                }
            },
        },
        "secondaryButton": press("dialog.cancel", "Cancel"),
    },
}
