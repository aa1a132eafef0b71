"""Certificates of OCPP 1.6's security whitepaper. Source: S16-60 to S16-62."""

from typing import Any

from chargers import certificate_requests, certificates
from chargers.certificates import Hashes
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import CannotExpress, Reply

USES = {
    "CSMSRootCertificate": "CentralSystemRootCertificate",
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
}
UNIFIED = {word: use for use, word in USES.items()}
LONGEST_CHAIN, LONGEST_ROOT = 10_000, 5_500


@V16.on("SignCertificate")
def sign_certificate(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Answer at once whether there will be a certificate; it follows by a command of ours."""
    is_taken = certificate_requests.take(connection.station_id, payload["csr"])
    return Reply({"status": "Accepted" if is_taken else "Rejected"})


@V16.command("CertificateSigned")
def certificate_signed(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """1.6 knows certificates of the station itself only."""
    if (
        payload.get("certificateType", certificate_requests.CHARGING_STATION)
        != certificate_requests.CHARGING_STATION
    ):
        raise CannotExpress("OCPP 1.6 knows certificates of the charging station only.")
    chain = _text(payload, "certificateChain", LONGEST_CHAIN)
    return "CertificateSigned", {"certificateChain": chain}


@V16.command("InstallCertificate")
def install_certificate(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """1.6 has two kinds of root certificate, one of them under another name."""
    use = _use(payload.get("certificateType"))
    return "InstallCertificate", {
        "certificateType": use,
        "certificate": _text(payload, "certificate", LONGEST_ROOT),
    }


@V16.command("DeleteCertificate")
def delete_certificate(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    if not isinstance(payload.get("certificateHashData"), dict):
        raise CannotExpress(
            "Name the certificate by the hashes that the station reported (certificateHashData)."
        )
    return "DeleteCertificate", {"certificateHashData": payload["certificateHashData"]}


@V16.command("GetInstalledCertificateIds")
def get_installed(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """1.6 asks for one kind at a time."""
    uses = payload.get("certificateType")
    if not isinstance(uses, list) or len(uses) != 1:
        raise CannotExpress("OCPP 1.6 lists one kind of certificate at a time (certificateType: one word).")
    return "GetInstalledCertificateIds", {"certificateType": _use(uses[0])}


@V16.on_result("CertificateSigned")
def certificate_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Whether the station took its certificate."""
    certificate_requests.answered(command, response["status"])


@V16.on_result("InstallCertificate")
def root_installed(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Ask for the new inventory, where there is one."""
    if response["status"] == "Accepted":
        certificates.changed(command, [UNIFIED[(command.request or {})["certificateType"]]])


@V16.on_result("DeleteCertificate")
def root_deleted(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Ask for the new inventory; one that the station does not know should not be in it."""
    if response["status"] in ("Accepted", "NotFound"):
        certificates.changed(command, list(USES))


@V16.on_result("GetInstalledCertificateIds")
def certificates_listed(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """The whole inventory of one kind; “NotFound” is an empty one."""
    found = response.get("certificateHashData", ()) if response["status"] == "Accepted" else ()
    certificates.listed(
        connection.station_id,
        UNIFIED[(command.request or {})["certificateType"]],
        [
            Hashes(item["hashAlgorithm"], item["issuerNameHash"], item["issuerKeyHash"], item["serialNumber"])
            for item in found
        ],
    )


def _use(use: object) -> str:
    if use not in USES:
        raise CannotExpress(f"OCPP 1.6 knows {' and '.join(USES)} only.")
    return USES[str(use)]


def _text(payload: dict[str, Any], name: str, longest: int) -> str:
    """A certificate with LF at the line ends. Source: CERT-12."""
    text = str(payload.get(name, "")).replace("\r\n", "\n").strip()
    if not 0 < len(text) < longest:
        raise CannotExpress(f"{name} is a certificate in PEM of at most {longest} characters.")
    return f"{text}\n"
