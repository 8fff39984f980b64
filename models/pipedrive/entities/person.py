"""A person: somebody that the customer sells to."""

from models.pipedrive.declaration import (
    ORGANIZATION,
    OWNER,
    TIMES,
    Entity,
    Field,
    Kind,
    dotted,
    ids,
    internal,
    labels,
    texts,
)

PERSON = Entity(
    key="person",
    label="Person",
    title="name",
    declared=(
        *texts(("name", "Name"), ("first_name", "First name"), ("last_name", "Last name")),
        *texts(("job_title", "Job title")),
        Field("emails", "E-mail addresses", Kind.SET),
        Field("phones", "Telephone numbers", Kind.SET),
        OWNER,
        ORGANIZATION,
        dotted(ORGANIZATION),
        *labels("person_label"),
        *TIMES,
        *internal(Kind.TEXT, ("visible_to", "Visible to")),
        *ids(
            ("id", "Id"),
            ("owner_id", "Owner (id)"),
            ("org_id", "Organization (id)"),
            ("picture_id", "Picture (id)"),
        ),
    ),
    derived=("merged",),
    older_keys={"email": "emails", "phone": "phones", "label": "label_ids"},
    link="/person/{id}",
    custom=("person_field",),
)
