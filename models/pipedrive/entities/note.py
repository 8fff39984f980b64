"""A note: a text about a deal, a lead, a person or an organization."""

from models.pipedrive.declaration import (
    DEAL,
    ORGANIZATION,
    PERSON,
    TIMES,
    Entity,
    Field,
    Kind,
    Markup,
    dotted,
    flags,
    ids,
)

NOTE = Entity(
    key="note",
    label="Note",
    title="content",
    declared=(
        Field("content", "Content", Kind.TEXT, markup=Markup.HTML),
        Field("user", "Author", Kind.PERSON, source="user_id", names="user", beside="user_name"),
        DEAL,
        PERSON,
        dotted(PERSON),
        ORGANIZATION,
        dotted(ORGANIZATION),
        *TIMES,
        *flags(
            ("active_flag", "Active"),
            ("pinned_to_deal_flag", "Pinned to the deal"),
            ("pinned_to_person_flag", "Pinned to the person"),
            ("pinned_to_organization_flag", "Pinned to the organization"),
        ),
        *ids(
            ("id", "Id"),
            ("user_id", "Author (id)"),
            ("deal_id", "Deal (id)"),
            ("lead_id", "Lead (id)"),
            ("person_id", "Person (id)"),
            ("org_id", "Organization (id)"),
            ("project_id", "Project (id)"),
        ),
    ),
)
