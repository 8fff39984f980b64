"""A project: the work after a won deal; keys as in REST v2, because no webhook body was ever published."""

from models.pipedrive.declaration import (
    OWNER,
    TIMES,
    Entity,
    Field,
    Kind,
    dates,
    description,
    ids,
    numbers,
    texts,
)

PROJECT = Entity(
    key="project",
    label="Project",
    title="title",
    declared=(
        *texts(("title", "Title")),
        description("description"),
        Field("status", "Status", Kind.CHOICE),
        OWNER,
        *dates(("start_date", "Start date"), ("end_date", "End date")),
        *dates(("status_change_time", "Status changed"), ("archive_time", "Archived at")),
        *TIMES,
        *numbers(("health_status", "Health")),
        Field("deal_ids", "Deals (ids)", Kind.SET),
        Field("person_ids", "Persons (ids)", Kind.SET),
        Field("org_ids", "Organizations (ids)", Kind.SET),
        Field("label_ids", "Labels (ids)", Kind.SET),
        *ids(
            ("id", "Id"),
            ("owner_id", "Owner (id)"),
            ("board_id", "Board (id)"),
            ("phase_id", "Phase (id)"),
        ),
    ),
    custom=("project_field",),
)
