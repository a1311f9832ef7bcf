"""Test databases that belong to the unprivileged role although the superuser makes them."""

from django.db.backends.postgresql import creation


class DatabaseCreation(creation.DatabaseCreation):
    def _get_database_create_suffix(self, encoding: str | None = None, template: str | None = None) -> str:
        suffix: str = super()._get_database_create_suffix(encoding, template)  # type: ignore[misc] # not in the stubs
        if not self.connection.settings_dict.get("EMBEDDED"):
            return suffix
        owner = self.connection.ops.quote_name(self.connection.settings_dict["USER"])
        return f"{suffix or 'WITH'} OWNER {owner}"
