"""Where the embedded services live on the disk, and as whom they run.

Usually everything lies in the demo directory. Two things force a second, private place: the servers of a demo that root
started run as an unprivileged user, who may be locked out of the directory (a closed home is never opened for it);
and the path of a Unix socket is limited to about 107 bytes.
"""

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # what every client's address parser understands without quoting
SOCKET_DIRECTORY_BYTES = 85  # 107, less the longest name of a socket in it and its lock file
SERVANTS = ("nobody", "postgres")  # the first that is there; nobody first: postgres may be added some day


class ServicesError(Exception):
    """The embedded services cannot be had; the message says in one sentence why, and what to do."""


@dataclass(frozen=True)
class Account:
    """The user that the servers run as."""

    uid: int
    gid: int
    name: str

    @property
    def credentials(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Place:
    """The folders of one set of services."""

    directory: Path
    home: Path
    account: Account

    @property
    def database(self) -> Path:
        """PostgreSQL's data."""
        return self.home / "database"

    @property
    def valkey(self) -> Path:
        """Valkey's working directory."""
        return self.home / "valkey"

    @property
    def programs(self) -> Path:
        """Copies of programs that the account cannot reach where they are."""
        return self.home / "programs"

    @property
    def log(self) -> Path:
        """What the servers say."""
        return self.directory / "services.log"

    @property
    def sockets(self) -> Path:
        """The sockets' folder: in the home if its path is short and plain enough, else in the private place."""
        inside = str(self.home / "sockets")
        if len(os.fsencode(inside)) <= SOCKET_DIRECTORY_BYTES and PLAIN_PATH.fullmatch(inside):
            return Path(inside)
        return private_place(self.directory) / "sockets"

    def own(self, folder: Path) -> None:
        """Make a folder that only the account (and root) can enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, self.account.uid, self.account.gid)


def choose(directory: Path) -> Place:
    """Make the directory, or check that it is ours, and choose where the services live.

    Raises: ServicesError, when the directory belongs to another user or cannot be used.
    """
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
    check_owner(directory)
    account = servant() if os.geteuid() == 0 else myself()
    return Place(directory, home_for(directory, account), account)


def build(place: Place) -> None:
    """Make the folders that are missing."""
    for folder in {place.home, place.sockets.parent} - {place.directory}:
        make_private(folder)
    for folder in (place.sockets, place.valkey):
        place.own(folder)


def check_owner(directory: Path) -> None:
    """Refuse a directory of another user: what that user's PostgreSQL made, ours cannot use."""
    owner, me = directory.stat().st_uid, os.geteuid()
    if owner != me:
        way_out = "start over with `manage.py demo --reset`" if me == 0 else f"remove it as {name_of(owner)}"
        raise ServicesError(
            f"{directory} was made by {name_of(owner)}, and you are {name_of(me)}: {way_out}, "
            "or name another directory in CSMS_DEMO_DIR."
        )
    if not directory.is_dir() or not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise ServicesError(f"{directory} cannot be read and written: chmod u+rwx it, or remove it.")


def home_for(directory: Path, account: Account) -> Path:
    """The directory itself if the account can enter it, else the private place."""
    return directory if enters(account, directory) else private_place(directory)


def enters(account: Account, directory: Path) -> bool:
    """Whether the account can reach a directory, tried, not computed: closed parents and access lists count too."""
    command = ["/bin/sh", "-c", 'cd -- "$0"', str(directory)]
    done = subprocess.run(command, check=False, cwd="/", capture_output=True, **account.credentials)
    return done.returncode == 0


def private_place(directory: Path) -> Path:
    """The folder outside the directory that belongs to it: short, plain, and the same every time."""
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return private_parent() / f"csms-{os.geteuid()}-{digest}"


def private_parent() -> Path:
    """A folder for temporary files in which nobody can replace what is ours."""
    for candidate in map(Path, ("/var/tmp", "/tmp", tempfile.gettempdir())):  # noqa: S108  (checked here and below)
        mode = candidate.stat().st_mode if candidate.is_dir() else stat.S_IWOTH
        if mode & stat.S_ISVTX or not mode & stat.S_IWOTH:
            return candidate.resolve()
    raise ServicesError("No folder for temporary files is safe: give /tmp its sticky bit (chmod +t /tmp).")


def make_private(folder: Path) -> None:
    """Make a private place, or check that the one found is really ours and no planted link.

    Raises: ServicesError, when somebody else was there first.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise ServicesError(f"{folder} exists and is not ours: remove it.") from None
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def forget(directory: Path) -> None:
    """Delete the private place of a directory. A planted link is not followed."""
    try:
        folder = private_place(directory)
    except ServicesError:  # then it has none
        return
    if folder.exists() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
        shutil.rmtree(folder, ignore_errors=True)


def servant() -> Account:
    """The unprivileged account that serves root: PostgreSQL refuses to run as root.

    Raises: ServicesError, when the system has none.
    """
    for name in SERVANTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise ServicesError(
        "PostgreSQL does not run as root and there is no user postgres or nobody: run this as an ordinary user."
    )


def myself() -> Account:
    """The account of this process."""
    return Account(os.geteuid(), os.getegid(), name_of(os.geteuid()))


def name_of(uid: int) -> str:
    """A user's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
