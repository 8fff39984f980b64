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
    internal,
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
        *internal(Kind.SET, ("deal_ids", "Deals (ids)"), ("person_ids", "Persons (ids)")),
        *internal(Kind.SET, ("org_ids", "Organizations (ids)"), ("label_ids", "Labels (ids)")),
        *ids(
            ("id", "Id"),
            ("owner_id", "Owner (id)"),
            ("board_id", "Board (id)"),
            ("phase_id", "Phase (id)"),
        ),
    ),
    custom=("project_field",),
)
