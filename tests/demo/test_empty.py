"""`manage.py demo --empty`: the installation alone. It says READY, works at once, and nothing of it is left, however it ends."""

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from csms.demo.opening import host_of_lan
from csms.demo.place import forget
from tests.demo.running import ROOT, Demo, environment, refusal

NOBODY = 65534


@pytest.fixture
def demo(home: Path) -> Iterator[Demo]:
    """A demo of the module's directory that has not been started yet."""
    demo = Demo(home)
    yield demo
    demo.kill()


def test_an_empty_demo_is_ready_and_takes_commands_and_ends_with_ctrl_c(demo: Demo) -> None:
    demo.start("--empty")

    assert demo.printed.rstrip().endswith(f"READY {demo.base}/")
    assert demo.page("/healthz")[0] == 200
    assert demo.page("/readyz")[0] == 200
    created = demo.manage("create_tenant", "fresh", "--name", "Fresh")
    assert created["url"] == f"{demo.base}/t/fresh/"
    assert demo.page("/t/fresh/sign-in/")[0] == 200
    station = demo.manage("add_station", "fresh", "CP-1")
    assert station["url"] == f"ws://localhost:{demo.port}/fresh/ocpp/CP-1"
    assert subprotocol_of(demo, "fresh", "CP-1", station["password"]) == "ocpp1.6"
    assert f"{demo.base}/: stop it first." in refusal(demo.directory)

    assert demo.end(signal.SIGINT) == 0
    assert "Stopping" in demo.all_printed()


def subprotocol_of(demo: Demo, tenant: str, identity: str, password: str) -> str | None:
    """The subprotocol that a station gets."""
    pair = base64.b64encode(f"{identity}:{password}".encode()).decode()
    with connect(
        f"ws://127.0.0.1:{demo.port}/{tenant}/ocpp/{identity}",
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers={"Authorization": f"Basic {pair}"},
    ) as opened:
        return opened.subprotocol


def test_other_machines_get_in_only_with_a_random_password(demo: Demo) -> None:
    demo.start("--empty", "--lan")
    host, password = host_of_lan(), demo.printed.split("password: ")[1].split()[0]

    assert f"READY http://{host}:{demo.port}/" in demo.printed
    assert demo.page("/platform/sign-in/", f"{host}:{demo.port}")[0] == 200
    assert 'name="card"' not in demo.page("/platform/sign-in/")[1]
    assert len(password) > 10

    assert demo.end(signal.SIGTERM) == 0


def test_after_a_kill_nothing_is_left_and_the_next_start_works_at_once(demo: Demo) -> None:
    demo.start("--empty")
    assert demo.process
    demo.process.kill()
    demo.start("--empty")

    assert demo.page("/readyz")[0] == 200
    assert 'name="card"' in demo.page("/platform/sign-in/")[1]

    demo.end(signal.SIGKILL)


def test_nothing_is_left_when_make_is_killed(demo: Demo) -> None:
    demo.more = {"MAKELEVEL": "1"}
    demo.start("--empty", through=("/bin/sh", "-c", '"$@"; true', "sh"))

    demo.end(signal.SIGKILL)

    assert demo.processes() == []


def test_an_interrupted_start_leaves_nothing(demo: Demo) -> None:
    with pytest.raises(AssertionError, match="it ended"):
        demo.start("--empty", through=("timeout", "--signal=TERM", "1"))

    demo.wait_for_silence()
    assert "Traceback" not in demo.printed


@pytest.mark.parametrize("is_service", [False, True], ids=["worker", "services"])
def test_a_process_that_ends_ends_the_demo_with_a_sentence(demo: Demo, *, is_service: bool) -> None:
    demo.start("--empty")
    assert demo.process
    keeper, *children = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()
    os.kill(int(keeper if is_service else children[1]), signal.SIGKILL)

    assert demo.process.wait(30) != 0
    demo.wait_for_silence()
    assert "ended unexpectedly" in demo.all_printed()


def test_a_taken_port_is_explained(home: Path, demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        said = refusal(home, "--port", str(demo.port))

    assert said == f"Port {demo.port} is taken by another program: choose another one with --port."


def test_production_is_no_place_for_a_demo(home: Path) -> None:
    assert "DJANGO_ENV is production" in refusal(home, DJANGO_ENV="production")


def test_a_reset_leaves_a_named_database_alone(home: Path) -> None:
    assert "name an empty one" in refusal(home, "--reset", DATABASE_URL="postgresql://elsewhere/csms")


@pytest.mark.parametrize(
    "options", [["--port", "0"], ["--chargers", "x"], ["--speed", "-1"], ["--tenants", "nobody"]]
)
def test_a_bad_option_is_explained(home: Path, options: list[str]) -> None:
    assert f"argument {options[0]}" in refusal(home, *options).splitlines()[-1]


def test_help_needs_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "demo", "--help"]
    env = environment(tmp_path / "demo")
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    assert "--empty" in done.stdout
    assert not (tmp_path / "demo").exists()


def test_a_database_that_no_demo_made_is_left_alone(home: Path, process_environment: dict[str, str]) -> None:
    names = ("DATABASE_URL", "REDIS_URL")
    said = refusal(
        home, "--port", str(Demo(home).port), **{name: process_environment[name] for name in names}
    )

    assert said.endswith("The database of DATABASE_URL is not empty, and no demo made it: name another one.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_starts_it_from_a_checkout_of_their_own() -> None:
    parent = Path(tempfile.mkdtemp(prefix="csms-user-"))
    parent.chmod(0o755)
    checkout = parent / "checkout"
    demo = Demo(checkout / ".demo", checkout)
    try:
        copy_checkout(checkout)
        (parent / "home").mkdir()
        demo.python, packages = python_for(NOBODY, parent / "python")
        give(parent, NOBODY)
        demo.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        demo.more = {"HOME": str(parent / "home"), **packages}
        demo.start("--empty")
        assert demo.page("/readyz")[0] == 200
        assert {path.stat().st_uid for path in demo.directory.iterdir()} == {NOBODY}
        demo.end(signal.SIGTERM)
        assert f"{demo.directory} was made by" in refusal(demo.directory, "--port", str(demo.port))
    finally:
        demo.kill()
        forget(parent / "checkout" / ".demo")
        shutil.rmtree(parent)


def python_for(uid: int, folder: Path) -> tuple[str, dict[str, str]]:
    """This Python where a user can run it, else a copy of it: root's own may lie in root's closed home.

    Returns: the interpreter, and the environment that it needs to find its packages.
    """
    packages = {"PYTHONPATH": sysconfig.get_path("purelib")}
    try:
        subprocess.run([sys.executable, "-c", ""], user=uid, cwd="/", check=True)
    except (OSError, subprocess.CalledProcessError):
        return str(copy_of_python(folder)), packages | {"LD_LIBRARY_PATH": str(folder / "lib")}
    return sys.executable, packages


def copy_of_python(folder: Path) -> Path:
    """The interpreter with its standard library, without what only programmers need."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    unneeded = shutil.ignore_patterns(
        "test", "site-packages", "config-*", "idlelib", "tkinter", "lib2to3", "ensurepip"
    )
    shutil.copytree(sysconfig.get_path("stdlib"), folder / "lib" / name, ignore=unneeded)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*.so*"):
        shutil.copy2(library, folder / "lib")
    (folder / "bin").mkdir()
    return Path(shutil.copy2(Path(sys.executable).resolve(), folder / "bin" / name))


def copy_checkout(target: Path) -> None:
    """The files that belong to the project, without environment and data."""
    unneeded = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "results")
    shutil.copytree(ROOT, target, ignore=unneeded)


def give(folder: Path, uid: int) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, uid, uid)
