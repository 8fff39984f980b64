"""Pages of templates."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Template
from tests.chat import Chat


def test_fifty_templates_come_page_by_page(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        session.add_all(
            Template(tenant_id=tenants[0], name=f"Look {number:02}", source="x") for number in range(25)
        )
    first = chat.say("template list look")
    assert first.has("25 templates, page 1 of 3")
    second = chat.click(**first.buttons()["Next"])
    assert second.has("Look 10")
    assert chat.click(**second.buttons()["Previous"]).has("Look 00")
