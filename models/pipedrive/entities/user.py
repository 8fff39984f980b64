"""A user: a colleague with an account in Pipedrive."""

from models.pipedrive.declaration import Entity, dates, flags, ids, texts

USER = Entity(
    key="user",
    label="User",
    title="name",
    declared=(
        *texts(("name", "Name"), ("email", "E-mail address"), ("phone", "Telephone number")),
        *texts(("lang", "Language"), ("locale", "Locale"), ("timezone_name", "Time zone")),
        *texts(("default_currency", "Currency")),
        *flags(("active_flag", "Active")),
        *dates(("last_login", "Last login"), ("created", "Added"), ("modified", "Updated")),
        *ids(("id", "Id")),
    ),
)
