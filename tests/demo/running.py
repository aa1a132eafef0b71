"""A demo in a process of its own, as a person starts it, and what is left of it afterwards."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.demo.test_services import processes_of
from tests.gateway.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
)


def environment(directory: Path, **more: str) -> dict[str, str]:
    """The environment of a person whose demo directory this is; nothing of the tests' own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith(("CSMS_", "MAKE"))
    }
    return kept | {"CSMS_DEMO_DIR": str(directory), "PYTHONUNBUFFERED": "1"} | more


@dataclass
class Demo:
    """`manage.py demo` with its directory, its port and what it has printed."""

    directory: Path
    root: Path = ROOT
    port: int = field(default_factory=free_port)
    python: str = sys.executable
    printed: str = ""
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread = field(default_factory=threading.Thread)
    user: dict[str, Any] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def command(self, name: str, *arguments: str) -> list[str]:
        return [self.python, "manage.py", name, *arguments]

    def start(self, *options: str, through: tuple[str, ...] = ()) -> None:
        """Start it, and return when it says READY."""
        command = [*through, *self.command("demo", "--port", str(self.port), "--no-browser", *options)]
        self.printed = ""
        self.process = subprocess.Popen(
            command,
            cwd=self.root,
            env=environment(self.directory, **self.more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            **self.user,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.until_ready(120)

    def _read(self) -> None:
        assert self.process
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed += line

    def until_ready(self, seconds: float) -> None:
        """Return when it has said READY."""
        give_up = time.monotonic() + seconds
        while "\nREADY " not in self.printed:
            assert time.monotonic() < give_up, f"it takes too long: {self.printed}"
            assert self.reader.is_alive(), f"it ended: {self.printed}"
            time.sleep(0.02)

    def all_printed(self) -> str:
        """What it printed, once it has ended."""
        self.reader.join(20)
        return self.printed

    def end(self, number: int) -> int:
        """End it with a signal, and return when none of its processes is left."""
        assert self.process
        self.process.send_signal(number)
        status = self.process.wait(30)
        self.wait_for_silence()
        return status

    def kill(self) -> None:
        """End it, if a failed test has left it."""
        if self.process and self.process.poll() is None:
            self.end(signal.SIGKILL)

    def wait_for_silence(self) -> None:
        """Return when no process works for this demo any more."""
        give_up = time.monotonic() + 20
        while left := self.processes():
            assert time.monotonic() < give_up, f"still there: {left}"
            time.sleep(0.05)

    def processes(self) -> list[str]:
        """Everything that works for this demo: its own processes by their environment, the servers by their folders."""
        mark, found = f"CSMS_DEMO_DIR={self.directory}".encode() + b"\0", processes_of(self.directory)
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes() and not is_zombie(path.parent):
                    found.append((path.parent / "cmdline").read_text())
            except OSError:
                continue
        return found

    def manage(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run a management command beside it. Returns: its JSON."""
        command = self.command(name, *arguments, "--json")
        env = environment(self.directory)
        done = subprocess.run(
            command, cwd=self.root, env=env, capture_output=True, text=True, check=False, **self.user
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def page(self, path: str, host: str = "", **headers: str) -> tuple[int, str]:
        """A page of it. Returns: status and text."""
        headers["Host"] = host or f"localhost:{self.port}"
        try:
            with urlopen(
                Request(f"http://127.0.0.1:{self.port}{path}", headers=headers), timeout=20
            ) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


def is_zombie(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def refusal(directory: Path, *options: str, **more: str) -> str:
    """What a demo that cannot start says, without a traceback."""
    command = [sys.executable, "manage.py", "demo", "--no-browser", *options]
    env = environment(directory, **more)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip()
