"""A pipeline: a row of stages."""

from models.pipedrive.declaration import TIMES, Entity, flags, ids, numbers, texts

PIPELINE = Entity(
    key="pipeline",
    label="Pipeline",
    title="name",
    declared=(
        *texts(("name", "Name"), ("url_title", "Title in links")),
        *numbers(("order_nr", "Order")),
        *flags(("active_flag", "Active"), ("deal_probability", "Uses probability")),
        *TIMES,
        *ids(("id", "Id")),
    ),
    link="/pipeline/{id}",
)
