"""The servers under test, each a process of its own that does not outlive this one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from csms.demo.keeper import die_with_parent

START_TIMEOUT_S = 30
END_TIMEOUT_S = 15


class DidNotStart(Exception):
    """A server did not start; the message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    pid: int
    port: int


@asynccontextmanager
async def server(command: Sequence[str], environment: Mapping[str, str], log: Path) -> AsyncIterator[Server]:
    """Run a server on a free port, which is appended to its command line.

    Raises: DidNotStart.
    """
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            [sys.executable, *command, "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - this process has one thread
        )
    try:
        await answers(process, port, log)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the port takes connections.

    Raises: DidNotStart.
    """
    for _ in range(START_TIMEOUT_S * 20):
        if process.poll() is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise DidNotStart(f"A server did not start:\n{last_words(log)}")


def last_words(log: Path) -> str:
    """The end of what a server said."""
    return log.read_text(errors="replace")[-3000:]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of a real installation on these services."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CSMS_")}
    return kept | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a secret that only the benchmark uses",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
