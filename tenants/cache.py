"""Cache keys that carry the tenant, so that one tenant never reads another's entry."""

from tenants import context


def make_key(key: str, key_prefix: str, version: int) -> str:
    """The key as it stands in the cache; outside of every place it belongs to no tenant."""
    place = context.current()
    return f"{place.schema_name if place else context.POISON}:{key_prefix}:{version}:{key}"
