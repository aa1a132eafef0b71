"""`manage.py serve gateway | web | everything | worker | beat`: one production process of each kind."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from csms.ocpp import server

KINDS = ("gateway", "web", "everything", "worker", "beat")
PORTS = {"gateway": 9000, "web": 8000, "everything": 8000}


class Command(BaseCommand):
    """Serve."""

    help = "Run one process: the chargers' gateway, the web pages and API, a background worker, or the scheduler."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command line."""
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("--host", default=os.environ.get("CSMS_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=None, help="gateway 9000, web and everything 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal ends it."""
        kind, host = options["kind"], options["host"]
        if kind in ("worker", "beat"):
            _become_celery(kind)
        port = options["port"] or PORTS[kind]
        if not server.is_free(host, port):
            raise CommandError(f"Port {port} on {host} is taken. Choose another one with --port.")
        if kind == "web":
            _become_daphne(host, port)
        _serve(kind, host, port)


def _serve(kind: str, host: str, port: int) -> None:
    server.server(f"csms.asgi:{kind}", host=host, port=port).run()


def _become_daphne(host: str, port: int) -> None:
    options = [
        "--no-server-name",
        "--websocket_timeout",
        "-1",
        "--application-close-timeout",
        "30",
        "-v",
        "0",
    ]
    command = [sys.executable, "-m", "daphne", "-b", host, "-p", str(port), *options, "csms.asgi:web"]
    os.execv(sys.executable, command)  # noqa: S606


def _become_celery(kind: str) -> None:
    options = ["--pool", "threads", "--concurrency", "4"] if kind == "worker" else []
    schedule = (
        ["--schedule", str(Path(tempfile.gettempdir(), f"csms-beat-{os.getuid()}"))] if kind == "beat" else []
    )
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "csms",
        kind,
        "--loglevel",
        "WARNING",
        *options,
        *schedule,
    ]
    os.execv(sys.executable, command)  # noqa: S606
