"""What `manage.py demo` does before the settings are read, because they start the services and remember the environment.

It reads the command line, refuses what cannot work with one sentence, and names the demo's address to the settings.
"""

import argparse
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from types import FrameType

from csms.demo import address
from csms.demo.services import default_directory, reset_demo

BEGAN = time.monotonic()
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  (--lan asks for it)
PATIENCE_S = 20.0
TENANTS = ("acme", "volt")


class Interrupted(SystemExit):
    """Ctrl-C, or another signal that ends the demo."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the demo."""
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="pages and chargers [8000]")
    parser.add_argument(
        "--chargers",
        type=_count,
        default=12,
        metavar="N",
        help="simulated chargers in each tenant, up to 500 [12]",
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="simulated seconds per second [1]"
    )
    parser.add_argument("--reset", action="store_true", help="delete the demo's data first")
    parser.add_argument(
        "--lan",
        action="store_true",
        help="let other machines reach it; then passwords are random and role cards are off",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument("--empty", action="store_true", help="no demo tenants, no simulated chargers")
    parser.add_argument(
        "--tenants", nargs="+", choices=TENANTS, default=list(TENANTS), help="which demo tenants [both]"
    )


def open_demo(arguments: Sequence[str]) -> None:
    """Check, delete what is to be deleted, and set the environment from which the settings are read.

    Raises: SystemExit with one sentence.
    """
    parser = argparse.ArgumentParser("manage.py demo", add_help=False)
    add_arguments(parser)
    options, _ = parser.parse_known_args(arguments)  # the command itself refuses unknown ones
    if {"-h", "--help", "--version"} & set(arguments):
        os.environ |= {
            "CSMS_STATIC": "1",
            "CSMS_DEMO": "1",
            "SECRET_KEY": "help needs no database, and no secret",
        }
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    _await_end_of_killed()
    if problem := _problem(options.port, is_lan=options.lan):
        raise SystemExit(problem)
    if options.reset and os.environ.get("DATABASE_URL"):
        raise SystemExit("--reset does not delete the database of DATABASE_URL: name an empty one.")
    if options.reset:
        reset_demo()
    _set_environment(options.port, is_lan=options.lan)
    if not os.environ.get("DATABASE_URL"):
        say("Starting PostgreSQL and Valkey …")


def say(line: str) -> None:
    """Tell the person in front of the terminal, at once."""
    sys.stdout.write(f"  {line}\n" if line else "\n")
    sys.stdout.flush()


def host_of_lan() -> str:
    """The machine's address in its network. Asking for the way to an address sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted(0)


def _await_end_of_killed() -> None:
    """Let the processes of a demo that was killed just now end first: they still have the port."""
    give_up = time.monotonic() + PATIENCE_S
    while address.is_ending(default_directory()) and time.monotonic() < give_up:
        time.sleep(0.05)


def _problem(port: int, *, is_lan: bool) -> str:
    """Why the demo cannot start, in one sentence; empty if it can."""
    if os.environ.get("DJANGO_ENV", "").lower() == "production":
        return "The demo does not run where DJANGO_ENV is production: its passwords are known to everyone."
    if running := address.running(default_directory()):
        return f"A demo is running already, at http://{running}/: stop it first."
    hosts = [(socket.AF_INET, EVERYWHERE if is_lan else LOOPBACK), (socket.AF_INET6, "::1")]
    return next(filter(None, (_taken(family, host, port) for family, host in hosts)), "")


def _taken(family: int, host: str, port: int) -> str:
    """What is wrong with a port; browsers try `::1` first, so that nobody else may listen there either."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        return f"You may not use port {port}: choose one above 1023 with --port."
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} is taken by another program: choose another one with --port."
    return ""


def _set_environment(port: int, *, is_lan: bool) -> None:
    host = host_of_lan() if is_lan else "localhost"
    os.environ["CSMS_DEMO"] = "1"
    os.environ["CSMS_PUBLIC_HOST"] = f"{host}:{port}"
    os.environ["CSMS_LAN"] = "1" if is_lan else "0"
    os.environ.setdefault("CSMS_LOG_LEVEL", "WARNING")
    if is_lan:
        names = ("localhost", ".localhost", LOOPBACK, "[::1]", host, socket.gethostname().lower())
        os.environ.setdefault("ALLOWED_HOSTS", ",".join(names))


def _port(text: str) -> int:
    return _between(text, 1, 65535)


def _count(text: str) -> int:
    return _between(text, 1, 500)


def _between(text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text} is no number from {low} to {high}")
    return int(text)


def _speed(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 600:
        raise argparse.ArgumentTypeError(f"{text} is no number above 0, up to 600")
    return number
