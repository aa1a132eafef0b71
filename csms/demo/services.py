"""PostgreSQL and Valkey without an installation, for the demo, the tests and a developer's management commands.

Every process that needs them takes a claim, and starts the servers if they are not running. They live as long as one process
has a claim (`keeper.py` sees to that): whoever comes later shares them, and nothing is left behind, however these processes end.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from csms.demo import claims, postgres, valkey
from csms.demo.launch import START_TIMEOUT_S, launch, reap
from csms.demo.place import Place, ServicesError, check_owner, choose, forget

ROOT = Path(__file__).resolve().parent.parent.parent

_attached: dict[Path, "Services"] = {}


@dataclass(frozen=True)
class Services:
    """Running services, and this process's claim on them."""

    directory: Path
    database_url: str
    redis_url: str
    claim: int

    def stop(self) -> None:
        """Give the claim back. If it was the last one, return when the servers have ended."""
        if _attached.pop(self.directory, None):
            claims.give_back(self.directory, self.claim)
            reap()


def default_directory() -> Path:
    """Where the demo keeps its data: `CSMS_DEMO_DIR`, else `.demo` in the project."""
    return Path(os.environ.get("CSMS_DEMO_DIR") or ROOT / ".demo").absolute()


def attach() -> Services:
    """The demo's services, started if need be, for as long as this process runs.

    Raises: SystemExit with one sentence: settings are being read, and a traceback would help nobody.
    """
    try:
        services = start(default_directory())
    except ServicesError as error:
        raise SystemExit(str(error)) from None
    owner = os.getpid()
    atexit.register(lambda: services.stop() if os.getpid() == owner else None)
    return services


def detach() -> None:
    """Give back every claim of this process; what nobody else uses has ended afterwards."""
    for attached in list(_attached.values()):
        attached.stop()


def start(directory: Path, *, durable: bool = True, temporary: bool = False) -> Services:
    """Services with their data in a directory: those that run, else new ones, also when old ones have died.

    Not `durable` is faster and survives no power cut; `temporary` deletes the directory after the last user.
    Raises: ServicesError, with one sentence that says what is missing or in the way, and what to do.
    """
    try:
        directory = directory.resolve()
        attached = _attached.get(directory)
        if attached and running(directory):
            return attached
        if attached:
            attached.stop()
        services = share(choose(directory), durable=durable, temporary=temporary)
    except OSError as error:
        raise ServicesError(f"The embedded services cannot use {directory}: {error}") from error
    _attached[directory] = services
    return services


def share(place: Place, *, durable: bool, temporary: bool) -> Services:
    """Take a claim, and see that the servers run."""
    claim = claims.take(place.directory)
    try:
        give_up = time.monotonic() + START_TIMEOUT_S
        while not is_served(place, durable=durable, temporary=temporary):
            if time.monotonic() > give_up:
                raise ServicesError(f"The embedded services do not answer: see {place.log}.")
            time.sleep(claims.POLL_S)
    except BaseException:
        os.close(claim)
        raise
    return Services(place.directory, postgres.url(place), valkey.url(place), claim)


def is_served(place: Place, *, durable: bool, temporary: bool) -> bool:
    """Whether the servers answer. Without a keeper this starts one."""
    try:
        with claims.locked(place.directory / "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB) as lock:
            launch(place, lock, durable=durable, temporary=temporary)
    except BlockingIOError:
        pass  # there is one, or another process is starting it
    return postgres.answers(place) and valkey.answers(place)


def running(directory: Path) -> bool:
    """Whether services run in a directory."""
    return claims.has_keeper(directory.resolve())


def reset(directory: Path) -> None:
    """Delete the data of a directory. This process's own claim on it is given back first.

    Raises: ServicesError, when another process uses it, or it is not to be deleted.
    """
    directory = directory.resolve()
    if services := _attached.get(directory):
        services.stop()
    if not directory.exists():
        return
    if os.geteuid():
        check_owner(directory)
    if any(directory.iterdir()) and not (directory / "claims").exists():
        raise ServicesError(f"{directory} holds other things than a demo's data: it is not deleted.")
    try:
        with claims.locked(directory / "claims", fcntl.LOCK_EX | fcntl.LOCK_NB):
            delete(directory)
    except BlockingIOError:
        raise ServicesError(f"{directory} is in use: stop the demo first.") from None


def reset_demo() -> None:
    """Delete the demo's data, unless the demo lives in a database that the environment names.

    Raises: SystemExit with one sentence.
    """
    try:
        if not os.environ.get("DATABASE_URL"):
            reset(default_directory())
    except (ServicesError, OSError) as error:
        raise SystemExit(str(error)) from None


def delete(directory: Path) -> None:
    """Delete a directory with all that is in it, and its private place."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    forget(directory)
    with contextlib.suppress(OSError):  # a mounted volume cannot be removed, and need not
        directory.rmdir()
