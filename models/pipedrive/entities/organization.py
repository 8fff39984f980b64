"""An organization: a company that the customer sells to."""

from models.pipedrive.declaration import (
    OWNER,
    TIMES,
    Entity,
    Field,
    Kind,
    ids,
    internal,
    labels,
    numbers,
    texts,
)

ORGANIZATION = Entity(
    key="organization",
    label="Organization",
    title="name",
    declared=(
        *texts(("name", "Name"), ("address", "Address"), ("country_code", "Country")),
        *texts(("website", "Website"), ("linkedin", "LinkedIn")),
        Field("industry", "Industry", Kind.CHOICE),
        OWNER,
        *labels("organization_label"),
        *numbers(("annual_revenue", "Annual revenue"), ("employee_count", "Employees")),
        *TIMES,
        *internal(Kind.TEXT, ("visible_to", "Visible to")),
        *ids(("id", "Id"), ("owner_id", "Owner (id)"), ("picture_id", "Picture (id)")),
    ),
    derived=("merged",),
    older_keys={"label": "label_ids"},
    link="/organization/{id}",
    custom=("organization_field",),
)
