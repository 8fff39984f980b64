"""A product: what the customer sells."""

from models.pipedrive.declaration import (
    OWNER,
    TIMES,
    Entity,
    Field,
    Kind,
    description,
    flags,
    ids,
    internal,
    numbers,
    texts,
)

PRODUCT = Entity(
    key="product",
    label="Product",
    title="name",
    declared=(
        *texts(("name", "Name"), ("code", "Code")),
        description("description"),
        *texts(("unit", "Unit")),
        *numbers(("tax", "Tax")),
        Field("category", "Category", Kind.CHOICE),
        OWNER,
        *TIMES,
        *flags(("selectable", "Selectable")),
        *internal(Kind.TEXT, ("visible_to", "Visible to")),
        *ids(("id", "Id"), ("owner_id", "Owner (id)")),
    ),
    custom=("product_field",),
)
