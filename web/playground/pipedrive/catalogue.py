"""What every company has in Pipedrive: currencies, and the built-in fields of each kind of object."""

from web.playground.pipedrive.blanks import Record
from web.playground.pipedrive.records import field_resource
from web.playground.pipedrive.seed import LABELS

CURRENCIES: tuple[tuple[str, str, int, str], ...] = (
    ("EUR", "Euro", 2, "€"),
    ("USD", "US Dollar", 2, "$"),
    ("GBP", "Pound", 2, "£"),
    ("CZK", "Czech Koruna", 2, "Kč"),
    ("JPY", "Japanese Yen", 0, "¥"),
)
LOST_REASONS: tuple[tuple[int, str], ...] = ((1, "Price"), (2, "Competitor"), (3, "No decision"))
BUILT_IN = {
    "deal": (("title", "Title", "varchar"), ("value", "Value", "monetary"), ("status", "Status", "enum")),
    "person": (("name", "Name", "varchar"), ("emails", "Email", "varchar")),
    "organization": (("name", "Name", "varchar"), ("address", "Address", "address")),
    "product": (("name", "Name", "varchar"), ("code", "Product code", "varchar")),
    "activity": (("subject", "Subject", "varchar"), ("type", "Type", "enum")),
    "project": (("title", "Title", "varchar"), ("status", "Status", "status")),
}
LABELLED = ("deal", "person", "organization")


def built_in_fields(entity: str) -> list[Record]:
    """The response of GET /api/v2/dealFields, with the labels."""
    fields = [field_resource(code, name, kind) for code, name, kind in BUILT_IN.get(entity, ())]
    if entity == "deal":
        fields.append(field_resource("lost_reason", "Lost reason", "varchar_options", LOST_REASONS))
    return fields + ([field_resource("label", "Label", "set", LABELS)] if entity in LABELLED else [])


def currencies() -> list[Record]:
    """The response of GET /v1/currencies."""
    return [
        {
            "id": number,
            "code": code,
            "name": name,
            "decimal_points": points,
            "symbol": symbol,
            "active_flag": True,
            "is_custom_flag": False,
        }
        for number, (code, name, points, symbol) in enumerate(CURRENCIES, 1)
    ]
