"""The initial company: two sellers, two pipelines, a few customers and open deals."""

from collections.abc import Sequence

from web.playground.pipedrive.records import CustomField
from web.playground.pipedrive.store import ApiUser, CrmStore

ADA, BEN = 1, 2
PIPELINES = {
    "Sales": ("Qualified", "Contact made", "Demo scheduled", "Proposal made", "Negotiation"),
    "Renewals": ("Due", "Offer sent", "Confirmed"),
}
ORGANIZATIONS = ("Globex", "Initech", "Umbrella Labs", "Stark Supplies", "Wayne Logistics")
PERSONS = ("Grace Hopper", "Linus Pauling", "Marie Curie", "Alan Kay", "Barbara Liskov")
DEALS = (
    ("Globex renewal", 12_000, "EUR", 2),
    ("Initech onboarding", 4_800, "USD", 1),
    ("Umbrella pilot", 30_000, "EUR", 3),
    ("Stark fleet licences", 96_500, "USD", 5),
    ("Wayne tracking", 1_500_000, "JPY", 4),
)
PRODUCTS = (("Tracking unit", "TRK-1"), ("Yearly licence", "LIC-12"))
CUSTOM = {
    "deal": (
        CustomField("Priority", "enum", ((1, "Low"), (2, "Medium"), (3, "High"))),
        CustomField("Region", "set", ((11, "North"), (12, "South"), (13, "East"), (14, "West"))),
        CustomField("Yearly value", "monetary"),
        CustomField("Renewal date", "date"),
        CustomField("Reference", "varchar"),
    ),
    "person": (CustomField("Role", "enum", ((21, "Buyer"), (22, "User"))),),
    "organization": (CustomField("Segment", "enum", ((31, "Small"), (32, "Large"))),),
}
LABELS = ((41, "Hot"), (42, "Warm"), (43, "Cold"))
LEAD_LABELS = {
    "f08b42a0-4e75-11ea-9643-03698ef1cfd6": ("Hot", "red"),
    "f08b42a1-4e75-11ea-9643-03698ef1cfd6": ("Cold", "blue"),
}


PEOPLE = (("Ada Lovelace", "ada@example.com"), ("Ben Okafor", "ben@example.com"))


def seed(store: CrmStore, people: Sequence[tuple[str, str]] = PEOPLE) -> None:
    """Fill an empty store without sending events. The first of `people` (name, e-mail) is the admin."""
    actor = ApiUser(ADA)
    for number, (name, email) in enumerate(people, 1):
        about = {"id": number, "name": name, "email": email, "is_admin": number == ADA}
        store.create("user", about, actor, quiet=True)
    _seed_pipelines(store, actor)
    for entity, fields in CUSTOM.items():
        store.custom_fields[entity].extend(fields)
    now = store.clock.exact()
    store.lead_labels = [
        {"id": key, "name": name, "color": color, "add_time": now, "update_time": now}
        for key, (name, color) in LEAD_LABELS.items()
    ]
    second = min(BEN, len(people))
    for number, (company, person) in enumerate(zip(ORGANIZATIONS, PERSONS, strict=True), 1):
        owner = ADA if number % 2 else second
        store.create("organization", {"name": company, "owner_id": owner}, actor, quiet=True)
        store.create("person", {"name": person, "owner_id": owner, "org_id": number}, actor, quiet=True)
    for number, (title, value, currency, stage) in enumerate(DEALS, 1):
        about = {"title": title, "value": value, "currency": currency, "stage_id": stage}
        about |= {"owner_id": ADA if number % 2 else second, "org_id": number, "person_id": number}
        store.create("deal", about, actor, quiet=True)
    for name, code in PRODUCTS:
        store.create("product", {"name": name, "code": code}, actor, quiet=True)


def _seed_pipelines(store: CrmStore, actor: ApiUser) -> None:
    for order, (name, stages) in enumerate(PIPELINES.items(), 1):
        pipeline = store.create("pipeline", {"name": name, "order_nr": order}, actor, quiet=True)
        for place, stage in enumerate(stages, 1):
            about = {"name": stage, "pipeline_id": pipeline["id"], "order_nr": place}
            store.create("stage", about, actor, quiet=True)
