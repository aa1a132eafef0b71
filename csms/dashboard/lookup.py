"""Finding the station that an address names."""

from django.http import Http404
from django.urls.converters import StringConverter

from chargers.models import ChargingStation


class IdentityConverter(StringConverter):
    """A station's identity in an address: anything but a slash, since older stations have all kinds of characters."""

    regex = "[^/]{1,255}"


def charger_or_404(identity: str) -> ChargingStation:
    """The station with this identity, with site and presence; case matters only where two differ by nothing else.

    Raises: Http404.
    """
    if "\0" not in identity:
        rows = ChargingStation.objects.select_related("site", "presence")
        found = rows.filter(identity__iexact=identity).first()
        if found is not None:
            return found
    raise Http404(f"There is no charger “{identity}” here.")
