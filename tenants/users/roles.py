"""The roles of a tenant: Django groups with fixed names and permissions, the same in every tenant.

Whether somebody may do something is asked of `tenants.users.policy`.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group

ABILITIES: dict[str, frozenset[str]] = {
    "owner": frozenset({"view", "operate", "configure", "manage_chargers", "manage_tariffs", "bill", "manage_id_tokens", "manage_users", "delete_tenant"}),
    "admin": frozenset({"view", "operate", "configure", "manage_chargers", "manage_tariffs", "bill", "manage_id_tokens", "manage_users"}),
    "operator": frozenset({"view", "operate", "configure", "manage_chargers", "manage_id_tokens"}),
    "support": frozenset({"view", "operate"}),
    "finance": frozenset({"view", "manage_tariffs", "bill"}),
    "viewer": frozenset({"view"}),
}  # fmt: skip


def seed() -> None:
    """Make the role groups of the schema in force. Harmless twice."""
    for name in ABILITIES:
        Group.objects.get_or_create(name=name)


def role(name: str) -> Group:
    """The group of a role.

    Raises: ValueError for an unknown name, with the list of those that exist.
    """
    if name not in ABILITIES:
        raise ValueError(f"There is no role “{name}”. Roles: {', '.join(ABILITIES)}.")
    return Group.objects.get(name=name)


def abilities(role_names: Iterable[str]) -> frozenset[str]:
    """What the holder of these roles may do."""
    return frozenset().union(*(ABILITIES.get(name, frozenset()) for name in role_names))
