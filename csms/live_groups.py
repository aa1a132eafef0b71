"""The names of the channel-layer groups in which dashboards hear news. A digest, because schema names may have characters that the layer refuses."""

import hashlib

from tenants.context import Place


def group(place: Place) -> str:
    """The group of one tenant."""
    return f"live.{hashlib.sha256(place.schema_name.encode()).hexdigest()[:32]}"
