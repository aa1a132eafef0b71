"""The buttons of the Security tab: which command each queues."""

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404

from chargers import certificate_requests, certificates, commands, credential_rotation
from chargers.models import ChargingStation, Command, InstalledCertificate

LONGEST_CERTIFICATE = 10_000


def rotate_key(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Send a new key."""
    return credential_rotation.request(station, requested_by=author).command


def renew_certificate(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Ask the station for a certificate request."""
    return certificate_requests.renew(station, requested_by=author)


def list_certificates(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Ask the station which root certificates it holds.

    Raises: ValidationError while it is asked already.
    """
    asked = certificates.list_installed(station, requested_by=author)
    if not asked:
        raise ValidationError("The charger is being asked already.")
    return asked[0]


def install_certificate(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Install a root certificate."""
    text = form.get("certificate", "")[:LONGEST_CERTIFICATE]
    return certificates.install(station, form.get("use", ""), text, requested_by=author)


def delete_certificate(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Have the station forget a root certificate."""
    key = form.get("certificate", "")
    pk = int(key) if key.isdecimal() and len(key) < 10 else 0
    row = get_object_or_404(InstalledCertificate.objects.select_related("station"), pk=pk, station=station)
    return certificates.delete(row, requested_by=author)


def raise_profile(station: ChargingStation, form: QueryDict, author: str) -> Command:
    """Raise the security profile to 2."""
    item = {
        "attributeValue": "2",
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "SecurityProfile"},
    }
    return commands.queue(station, "SetVariables", {"setVariableData": [item]}, requested_by=author)


ORDERS = {
    "rotate-key": ("configure", rotate_key),
    "renew-certificate": ("configure", renew_certificate),
    "list-certificates": ("configure", list_certificates),
    "install-certificate": ("configure", install_certificate),
    "delete-certificate": ("configure", delete_certificate),
    "raise-profile": ("configure", raise_profile),
}
