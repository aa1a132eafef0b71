"""Which certificate opens the door for a station of security profile 3."""

from datetime import timedelta

import pytest
from cryptography import x509
from django.utils import timezone

from chargers import certificate_requests, client_certificates, stations
from chargers.models import CertificateRequest, ChargingStation
from tenants import context
from tenants.context import Place
from tests.gateway.pki import pem, request, root

State = CertificateRequest.State


def with_certificate(identity: str) -> tuple[ChargingStation, CertificateRequest]:
    """A station that was given a certificate."""
    station, _ = stations.add(identity)
    assert certificate_requests.take(station.pk, request(identity))
    return station, CertificateRequest.objects.get(station=station)


def test_the_certificate_that_a_station_was_given_is_its_own_and_no_other_stations(acme: Place) -> None:
    with context.tenant(acme.slug):
        (one, own), (other, _) = with_certificate("CP-1"), with_certificate("CP-2")

        assert client_certificates.is_of(one, own.certificate)
        assert not client_certificates.is_of(other, own.certificate)


def test_a_certificate_of_another_tenant_opens_nothing(acme: Place, volt: Place) -> None:
    with context.tenant(acme.slug):
        _, theirs = with_certificate("CP-1")
    with context.tenant(volt.slug):
        station, _ = with_certificate("CP-1")

        assert not client_certificates.is_of(station, theirs.certificate)


@pytest.mark.parametrize("state", [State.REJECTED, State.REFUSED])
def test_a_certificate_that_the_station_has_not_taken_is_none(acme: Place, state: str) -> None:
    with context.tenant(acme.slug):
        station, row = with_certificate("CP-1")
        CertificateRequest.objects.update(state=state)

        assert not client_certificates.is_of(station, row.certificate)


def test_a_certificate_ends_with_its_time(acme: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with context.tenant(acme.slug):
        station, row = with_certificate("CP-1")
        end = x509.load_pem_x509_certificate(row.certificate.encode()).not_valid_after_utc
        for moment, is_valid in ((end - timedelta(seconds=1), True), (end, False)):
            monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)

            assert client_certificates.is_of(station, row.certificate) is is_valid


@pytest.mark.parametrize("text", ["", "no certificate", pem(root("CP-1"))])
def test_what_was_not_signed_here_is_none(acme: Place, text: str) -> None:
    with context.tenant(acme.slug):
        station, _ = with_certificate("CP-1")

        assert not client_certificates.is_of(station, text)
