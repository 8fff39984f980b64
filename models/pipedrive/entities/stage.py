"""A stage: one step of a pipeline."""

from models.pipedrive.declaration import TIMES, Entity, Field, Kind, flags, ids, numbers, texts

STAGE = Entity(
    key="stage",
    label="Stage",
    title="name",
    declared=(
        *texts(("name", "Name")),
        Field("pipeline", "Pipeline", Kind.CHOICE, source="pipeline_id", names="pipeline"),
        *numbers(
            ("order_nr", "Order"), ("deal_probability", "Probability"), ("rotten_days", "Days until stale")
        ),
        *flags(("active_flag", "Active"), ("rotten_flag", "Goes stale")),
        *TIMES,
        *ids(("id", "Id"), ("pipeline_id", "Pipeline (id)")),
    ),
)
