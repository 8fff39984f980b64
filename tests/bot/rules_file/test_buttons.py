"""A long export, part by part."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Rule
from tests.chat import Chat


def test_a_long_export_comes_in_parts_that_make_the_whole(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add_all(
            Rule(
                tenant_id=tenants[0],
                name=f"Régle {number} {'x' * 60}",
                event_types=["deal.won"],
                is_enabled=False,
            )
            for number in range(150)
        )
    reply, document = chat.say("rule export"), ""
    while True:
        document += reply.values()["document"][0] + "\n"
        if "Next" not in reply.buttons():
            break
        reply = chat.click(**reply.buttons()["Next"])
    assert all(f"Régle {number} " in document for number in range(150))
