"""Firmware, diagnostics and logs of a 1.6 station: it really fetches, checks, restarts and delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from csms.simulator import transfers
from csms.simulator.clock import moment, timestamp
from csms.simulator.link import Answer, Payload
from csms.simulator.outbox import Message
from csms.simulator.transfers import TransferError
from csms.simulator.wire import answers

if TYPE_CHECKING:
    from csms.simulator.station import Station

DOWNLOAD_S, INSTALL_S = 5, 20
SECURITY_KINDS = ("refused", "connected", "disconnected", "accepted", "rebooting", "firmware")
IDLE = "Idle"


class Maintenance16:
    """The commands of FirmwareManagement and the security whitepaper that move files. One job of each kind at a time."""

    station: Station

    def __init__(self) -> None:
        self.firmware_status = self.log_status = IDLE
        self._update: asyncio.Task[Any] | None = None
        self._delivery: asyncio.Task[Any] | None = None

    # Firmware

    @answers("UpdateFirmware")
    def update_firmware(self, payload: Payload) -> Answer:
        """Install a firmware file without asking who made it."""
        begin = moment(str(payload["retrieveDate"]))
        location = str(payload["location"])
        _cancel(self._update)
        return Answer({}, lambda: self._install(location, begin, self._plain, None))

    @answers("SignedUpdateFirmware")
    def signed_update_firmware(self, payload: Payload) -> Answer:
        """Install a firmware file that the certificate's owner has signed."""
        wanted = payload["firmware"]
        begin, location = moment(str(wanted["retrieveDateTime"])), str(wanted["location"])
        signer = transfers.certificate(str(wanted["signingCertificate"]))
        if signer is None:
            return Answer({"status": "InvalidCertificate"})
        status = "AcceptedCanceled" if _cancel(self._update) else "Accepted"
        signature, request_id = str(wanted["signature"]), int(payload["requestId"])

        def report(state: str) -> None:
            self._tell_firmware(
                "SignedFirmwareStatusNotification", {"status": state, "requestId": request_id}
            )

        def is_right(image: bytes) -> bool:
            return transfers.is_signed(image, signature, signer)

        return Answer({"status": status}, lambda: self._install(location, begin, report, is_right))

    def _plain(self, state: str) -> None:
        self._tell_firmware("FirmwareStatusNotification", {"status": state})

    def _tell_firmware(self, action: str, payload: Payload) -> None:
        final = ("Installed", "DownloadFailed", "InstallationFailed", "InvalidSignature")
        self.firmware_status = IDLE if payload["status"] in final else payload["status"]
        self.station.tell("firmware", f"firmware {payload['status']}")
        self.station.uplink.outbox.put(Message(action, lambda: payload))

    async def _install(
        self,
        location: str,
        begin: datetime,
        report: Callable[[str], None],
        is_right: Callable[[bytes], bool] | None,
    ) -> None:
        """Go through the states of an update. Source: S16-50, S16-51."""
        self._update = asyncio.current_task()
        await self._until(begin, "DownloadScheduled" if is_right else None, report)
        report("Downloading")
        try:
            image = await transfers.fetch(location)
        except TransferError as error:
            self.station.tell("failed", f"firmware: {error}")
            report("DownloadFailed")
            return
        await self.station.clock.sleep(DOWNLOAD_S)
        report("Downloaded")
        if is_right is not None:
            if not is_right(image):
                report("InvalidSignature")
                return
            report("SignatureVerified")
        await self.station.until(lambda each: not each.transactions, timeout_s=None)
        report("Installing")
        await self.station.clock.sleep(INSTALL_S)
        if not self.station.scenario.is_firmware_good:
            report("InstallationFailed")
            return
        if is_right is not None:
            report("InstallRebooting")
        self.station.firmware_version = transfers.version_of(image)
        await self.station.reset("Reboot", "ResetCommand", "FirmwareUpdate", is_graceful=True)
        report("Installed")

    async def _until(self, begin: datetime, state: str | None, report: Callable[[str], None]) -> None:
        wait_s = (begin - self.station.clock.now()).total_seconds()
        if wait_s > 0:
            if state is not None:
                report(state)
            await self.station.clock.sleep(wait_s)

    # Logs

    @answers("GetDiagnostics")
    def get_diagnostics(self, payload: Payload) -> Answer:
        """Deliver what happened here lately."""
        period = [_time(payload.get(name)) for name in ("startTime", "stopTime")]
        _cancel(self._delivery)
        name = f"{self.station.identity}-diagnostics.log"
        body = self._written(*period)
        if not body:
            return Answer({})

        def report(state: str) -> None:
            self._tell_log("DiagnosticsStatusNotification", {"status": state})

        location = str(payload["location"])
        return Answer(
            {"fileName": name}, lambda: self._hand_over(location, name, body, report, "UploadFailed")
        )

    @answers("GetLog")
    def get_log(self, payload: Payload) -> Answer:
        """Deliver what happened here lately, or only what concerns security."""
        kinds = {"DiagnosticsLog": None, "SecurityLog": SECURITY_KINDS}[payload["logType"]]
        log, request_id = payload["log"], int(payload["requestId"])
        period = [_time(log.get(name)) for name in ("oldestTimestamp", "latestTimestamp")]
        status = "AcceptedCanceled" if _cancel(self._delivery) else "Accepted"
        name = f"{self.station.identity}-{payload['logType'].lower()}.log"
        location, body = str(log["remoteLocation"]), self._written(*period, kinds=kinds)

        def report(state: str) -> None:
            self._tell_log("LogStatusNotification", {"status": state, "requestId": request_id})

        return Answer(
            {"status": status, "filename": name},
            lambda: self._hand_over(location, name, body, report, "UploadFailure"),
        )

    def _tell_log(self, action: str, payload: Payload) -> None:
        self.log_status = payload["status"] if payload["status"] == "Uploading" else IDLE
        self.station.tell("log", f"log {payload['status']}")
        self.station.uplink.outbox.put(Message(action, lambda: payload))

    async def _hand_over(
        self, location: str, name: str, body: bytes, report: Callable[[str], None], failed: str
    ) -> None:
        self._delivery = asyncio.current_task()
        report("Uploading")
        await self.station.clock.sleep(DOWNLOAD_S)
        try:
            await transfers.deliver(f"{location}{name}" if location.endswith("/") else location, body)
        except TransferError as error:
            self.station.tell("failed", f"log: {error}")
            report(failed)
            return
        report("Uploaded")

    def _written(
        self, oldest: datetime | None, latest: datetime | None, *, kinds: tuple[str, ...] | None = None
    ) -> bytes:
        lines = [
            f"{timestamp(event.at)} {event.kind} {event.text}"
            for event in self.station.journal
            if (kinds is None or event.kind in kinds)
            and (oldest is None or event.at >= oldest)
            and (latest is None or event.at <= latest)
        ]
        return "".join(f"{line}\n" for line in lines).encode()


def _cancel(task: asyncio.Task[Any] | None) -> bool:
    """End an older job of the same kind; say whether there was one."""
    return task is not None and not task.done() and task.cancel()


def _time(value: object) -> datetime | None:
    return None if value is None else moment(str(value))
