"""A lead: not yet a deal, with its money in one object."""

from models.pipedrive.declaration import (
    OWNER,
    PERSON,
    TIMES,
    Entity,
    Field,
    Kind,
    dates,
    dotted,
    flags,
    ids,
    internal,
    labels,
    numbers,
    texts,
)

# A lead has organization_id where everything else has org_id.
ORGANIZATION = Field(
    "organization",
    "Organization",
    Kind.CHOICE,
    source="organization_id",
    names="organization",
    beside="org_name",
)

LEAD = Entity(
    key="lead",
    label="Lead",
    title="title",
    declared=(
        *texts(("title", "Title"), ("currency", "Currency"), ("source_name", "Source")),
        *internal(Kind.TEXT, ("origin", "Origin")),
        Field("value", "Value", Kind.MONEY),
        *numbers(("score", "Score")),  # of `lead.scored` alone, like its band: hot, warm or cold
        *texts(("band", "Band")),
        OWNER,
        PERSON,
        dotted(PERSON),
        ORGANIZATION,
        dotted(ORGANIZATION),
        *labels("lead_label"),
        *dates(("expected_close_date", "Expected close date")),
        *TIMES,
        *flags(("is_archived", "Archived"), ("was_seen", "Seen")),
        *internal(Kind.TEXT, ("visible_to", "Visible to")),
        *ids(
            ("id", "Id"),
            ("owner_id", "Owner (id)"),
            ("creator_id", "Creator (id)"),
            ("person_id", "Person (id)"),
            ("organization_id", "Organization (id)"),
            ("next_activity_id", "Next activity (id)"),
            ("channel", "Channel"),
            ("channel_id", "Channel (id)"),
            ("origin_id", "Origin (id)"),
        ),
    ),
    derived=("converted", "assigned", "scored"),
    signals=("scored",),
    money="value",
    link="/leads/inbox/{id}",
    custom=("lead_field", "deal_field"),  # a lead has the custom fields of deals
)
