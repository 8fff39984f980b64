"""The dialog of `rule bulk` that moves rules: from where, and where to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.context import Context
from bot.rules.dialog.choices import destination_choices
from bot.rules.dialog.option_room import Listing, OptionRoom
from bot.text.format import cut_bytes, listed
from bot.widgets import Button, Card, Press, Section, Text, Widget
from models.destinations.queries import space_titles
from models.languages.translate import tr, tr_plural
from models.rules.bulk import MOST
from models.rules.queries import destination_names
from models.tables import Rule

EVERYWHERE: Final = "*"  # the choice to move a rule from all that it posts to; no destination is named so


def move_dialog(context: Context, rules: Sequence[Rule], problem: str = "") -> Card:
    """Return the dialog that asks from where these rules move, and where to."""
    used = Counter(
        name
        for names in destination_names(context.session, context.tenant_id, rules).values()
        for name in names
    )
    places, titles = destination_choices(context), space_titles(context.session, context.tenant_id)
    texts = titles | dict(places)
    froms = [(name, texts.get(name, name)) for name, _ in used.most_common()]
    froms.append((EVERYWHERE, tr("All places where they post")))
    names = listed([f"“{cut_bytes(rule.name, 80)}”" for rule in rules], most=MOST)
    room = OptionRoom()
    rows: list[Widget] = [Text(problem)] if problem else []
    rows += [
        Text(f"{names}."),
        room.choose("from", tr("Instead of"), Listing(froms, [froms[0][0]], {"of": "to"})),
        room.choose("to", tr("Post to"), Listing(places, [], {"of": "to"})),
        Text(
            tr(
                "The new place takes the place of the one that you name; where else a rule posts stays."
                " A rule that does not post there is left as it is."
            )
        ),
    ]
    parameters = {"ids": ",".join(str(rule.id) for rule in rules)}
    title = tr_plural("Move {count} rule?", "Move {count} rules?", len(rules))
    yes = Button(tr("Move"), Press("bulk.move", parameters), primary=True)
    return Card(title, "", [Section(rows)], [yes], card_id="bulk-move")
