"""Firmware and logs of a 1.6 station: it fetches from and delivers to a real server, and every frame fits its schema."""

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.simulator.conftest import Run
from tests.simulator.judge import Judge, now

IMAGE = b"2.0.0\nfirmware"
REQUEST_ID = 7


class Depot(HTTPServer):
    """A server with one file to fetch, that keeps what is delivered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.delivered: dict[str, bytes] = {}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """GET /firmware, PUT below /logs."""

    server: Depot

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/firmware" else 404)
        self.end_headers()
        if self.path == "/firmware":
            self.wfile.write(IMAGE)

    def do_PUT(self) -> None:
        if self.path.startswith("/logs"):
            self.server.delivered[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201 if self.path.startswith("/logs") else 403)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        """Keep quiet."""


@pytest.fixture
def depot() -> Iterator[Depot]:
    server = Depot()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def plain(depot: Depot, path: str = "/firmware") -> dict[str, Any]:
    return {"location": depot.base + path, "retrieveDate": now()}


@pytest.fixture(scope="module")
def signer() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """A manufacturer's key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Manufacturer")])
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = (
        builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=2)).sign(key, hashes.SHA256())
    )
    return key, made.public_bytes(serialization.Encoding.PEM).decode()


def signed(
    depot: Depot, signer: tuple[ec.EllipticCurvePrivateKey, str], image: bytes = IMAGE
) -> dict[str, Any]:
    key, certificate = signer
    signature = base64.b64encode(key.sign(image, ec.ECDSA(hashes.SHA256()))).decode()
    wanted = {"location": f"{depot.base}/firmware", "retrieveDateTime": now()}
    wanted |= {"signingCertificate": certificate, "signature": signature}
    return {"requestId": REQUEST_ID, "firmware": wanted}


async def last(judge: Judge, action: str, status: str) -> list[str]:
    """The statuses that were said, once this one was."""
    await judge.hears(action, lambda call: call["status"] == status)
    return [call["status"] for call in judge.said(action)]


async def test_firmware_is_installed_and_told_at_the_next_boot(judge: Judge, run: Run, depot: Depot) -> None:
    await run("1.6")
    assert await judge.command("UpdateFirmware", plain(depot)) == {}
    states = await last(judge, "FirmwareStatusNotification", "Installed")
    assert states == ["Downloading", "Downloaded", "Installing", "Installed"]
    boots = judge.said("BootNotification")
    assert [boot["firmwareVersion"] for boot in boots] == ["1.0.0", "2.0.0"]


@pytest.mark.parametrize(
    ("path", "scenario", "status"),
    [("/nothing", "idle", "DownloadFailed"), ("/firmware", "bad-firmware", "InstallationFailed")],
)
async def test_firmware_that_fails_changes_nothing(
    judge: Judge, run: Run, depot: Depot, path: str, scenario: str, status: str
) -> None:
    await run("1.6", scenario=scenario)
    await judge.command("UpdateFirmware", plain(depot, path))
    await last(judge, "FirmwareStatusNotification", status)
    assert len(judge.said("BootNotification")) == 1


async def test_signed_firmware_is_checked_before_it_is_installed(
    judge: Judge, run: Run, depot: Depot, signer: tuple[ec.EllipticCurvePrivateKey, str]
) -> None:
    await run("1.6")
    assert await judge.command("SignedUpdateFirmware", signed(depot, signer)) == {"status": "Accepted"}
    states = await last(judge, "SignedFirmwareStatusNotification", "Installed")
    assert states[:3] == ["Downloading", "Downloaded", "SignatureVerified"]
    assert states[3:] == ["Installing", "InstallRebooting", "Installed"]
    assert {call["requestId"] for call in judge.said("SignedFirmwareStatusNotification")} == {REQUEST_ID}


async def test_a_wrong_signature_or_certificate_is_refused(
    judge: Judge, run: Run, depot: Depot, signer: tuple[ec.EllipticCurvePrivateKey, str]
) -> None:
    await run("1.6")
    nonsense = signed(depot, (signer[0], "no certificate"))
    assert await judge.command("SignedUpdateFirmware", nonsense) == {"status": "InvalidCertificate"}
    await judge.command("SignedUpdateFirmware", signed(depot, signer, b"other"))
    await last(judge, "SignedFirmwareStatusNotification", "InvalidSignature")


async def test_a_newer_update_takes_the_place_of_one_that_waits(
    judge: Judge, run: Run, depot: Depot, signer: tuple[ec.EllipticCurvePrivateKey, str]
) -> None:
    await run("1.6")
    later = signed(depot, signer)
    later["firmware"]["retrieveDateTime"] = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    await judge.command("SignedUpdateFirmware", later)
    await last(judge, "SignedFirmwareStatusNotification", "DownloadScheduled")
    answer = await judge.command("SignedUpdateFirmware", signed(depot, signer))
    assert answer == {"status": "AcceptedCanceled"}
    await last(judge, "SignedFirmwareStatusNotification", "Installed")


async def test_diagnostics_are_delivered_under_the_name_that_was_told(
    judge: Judge, run: Run, depot: Depot
) -> None:
    await run("1.6")
    answer = await judge.command("GetDiagnostics", {"location": f"{depot.base}/logs/"})
    assert await last(judge, "DiagnosticsStatusNotification", "Uploaded") == ["Uploading", "Uploaded"]
    assert b"boot accepted" in depot.delivered[f"/logs/{answer['fileName']}"]


async def test_a_period_without_events_has_no_diagnostics(judge: Judge, run: Run, depot: Depot) -> None:
    await run("1.6")
    payload = {"location": f"{depot.base}/logs/", "stopTime": "2020-01-01T00:00:00Z"}
    assert await judge.command("GetDiagnostics", payload) == {}


async def test_a_log_that_cannot_be_delivered_fails(judge: Judge, run: Run, depot: Depot) -> None:
    await run("1.6")
    await judge.command("GetDiagnostics", {"location": f"{depot.base}/closed"})
    await last(judge, "DiagnosticsStatusNotification", "UploadFailed")


async def test_a_security_log_has_its_own_events_and_id(judge: Judge, run: Run, depot: Depot) -> None:
    await run("1.6")
    log = {"remoteLocation": f"{depot.base}/logs/security"}
    payload = {"logType": "SecurityLog", "requestId": REQUEST_ID, "log": log}
    assert (await judge.command("GetLog", payload))["status"] == "Accepted"
    await last(judge, "LogStatusNotification", "Uploaded")
    assert judge.said("LogStatusNotification")[-1]["requestId"] == REQUEST_ID
    text = depot.delivered["/logs/security"]
    assert b"accepted" in text
    assert b"state" not in text


async def test_the_state_of_a_job_is_told_when_asked_for(judge: Judge, run: Run, depot: Depot) -> None:
    await run("1.6")
    for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
        await judge.command("TriggerMessage", {"requestedMessage": action})
        assert await last(judge, action, "Idle") == ["Idle"]
