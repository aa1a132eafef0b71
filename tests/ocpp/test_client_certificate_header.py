"""When the header with a client certificate is believed: never without TLS, never twice, never without a name for it."""

from typing import Any

import pytest

from csms.ocpp.handshake import Request

CERTIFICATE = (b"x-client-cert", b"-----BEGIN%20CERTIFICATE-----%0AMII%2B%0A")


def certificate(*headers: tuple[bytes, bytes], scheme: str = "wss") -> str:
    """What is read of a handshake with these headers."""
    scope: dict[str, Any] = {
        "raw_path": b"/acme/ocpp/CP-1",
        "path": "/acme/ocpp/CP-1",
        "scheme": scheme,
        "headers": headers,
    }
    return Request.of(scope).client_certificate


@pytest.fixture(autouse=True)
def _named(settings: Any) -> None:
    settings.CLIENT_CERTIFICATE_HEADER = "X-Client-Cert"


def test_the_certificate_is_decoded() -> None:
    assert certificate(CERTIFICATE) == "-----BEGIN CERTIFICATE-----\nMII+\n"


def test_without_tls_a_certificate_is_not_believed() -> None:
    assert certificate(CERTIFICATE, scheme="ws") == ""


def test_two_certificates_are_none() -> None:
    assert certificate(CERTIFICATE, CERTIFICATE) == ""


def test_without_a_name_for_the_header_there_is_none(settings: Any) -> None:
    settings.CLIENT_CERTIFICATE_HEADER = ""

    assert certificate(CERTIFICATE, (b"", b"x")) == ""


def test_look_alikes_are_ignored() -> None:
    assert certificate((b"x_client_cert", CERTIFICATE[1]), (b"x-client-certificate", CERTIFICATE[1])) == ""
