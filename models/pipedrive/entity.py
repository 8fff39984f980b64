"""The registry of all entities that Pipenotify knows, in display order."""

from models.pipedrive.declaration import Entity, Field, Kind
from models.pipedrive.entities.activity import ACTIVITY
from models.pipedrive.entities.deal import DEAL
from models.pipedrive.entities.lead import LEAD
from models.pipedrive.entities.note import NOTE
from models.pipedrive.entities.organization import ORGANIZATION
from models.pipedrive.entities.person import PERSON
from models.pipedrive.entities.pipeline import PIPELINE
from models.pipedrive.entities.product import PRODUCT
from models.pipedrive.entities.project import PROJECT
from models.pipedrive.entities.stage import STAGE
from models.pipedrive.entities.user import USER

__all__ = ["ENTITIES", "Entity", "Field", "Kind"]

ENTITIES: dict[str, Entity] = {
    entity.key: entity
    for entity in (
        DEAL,
        LEAD,
        PERSON,
        ORGANIZATION,
        ACTIVITY,
        NOTE,
        PRODUCT,
        PROJECT,
        PIPELINE,
        STAGE,
        USER,
    )
}
