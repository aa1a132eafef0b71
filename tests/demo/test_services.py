"""The embedded services: they start, are shared, end with their last user, and say in one sentence what is in the way."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from csms.demo import claims, services
from csms.demo.place import ServicesError, private_place

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root has this problem")
as_user = pytest.mark.skipif(IS_ROOT, reason="root may read everything")

USE = """
import sys, pathlib
from csms.demo import services
print(services.start(pathlib.Path(sys.argv[1]), durable=False).database_url, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A directory that the servers' user can enter, and that does not exist yet."""
    parent = Path(tempfile.mkdtemp(prefix="csms-services-"))
    parent.chmod(0o711)
    yield parent / "demo"
    cleaned(parent / "demo")
    parent.rmdir()


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A directory in which services ran before: they start five times faster there."""
    parent = Path(tempfile.mkdtemp(prefix="csms-services-"))
    parent.chmod(0o711)
    services.start(parent / "demo").stop()
    yield parent / "demo"
    cleaned(parent / "demo")
    parent.rmdir()


@pytest.fixture
def directory(prepared: Path) -> Path:
    """The prepared directory, in which nothing runs."""
    assert processes_of(prepared) == []
    return prepared


def cleaned(directory: Path) -> None:
    services.reset(directory)
    assert not private_place(directory).exists()


@pytest.fixture
def user(directory: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts another process that uses the services of the directory, and returns once it does."""
    started: list[subprocess.Popen[str]] = []

    def use() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USE, str(directory)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline().startswith("postgresql://")
        return process

    yield use
    for process in started:
        process.kill()
        process.communicate()
    wait_until(lambda: not processes_of(directory))


def data_of(directory: Path) -> Path:
    """PostgreSQL's data, wherever the way was open for it."""
    return (
        next(path for path in (directory, private_place(directory)) if (path / "database").exists())
        / "database"
    )


def processes_of(directory: Path) -> list[str]:
    """The command lines of keepers and servers that belong to a directory."""
    places = (str(directory).encode(), str(private_place(directory)).encode())
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if any(place in line for place in places) and USE.encode() not in line:
            found.append(line.replace(b"\0", b" ").decode())
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)


def both_answer(running: services.Services) -> bool:
    with psycopg.connect(running.database_url) as connection:
        row = connection.execute("SELECT current_database(), current_setting('fsync')").fetchone()
    assert row
    assert row[0] == "csms"
    return bool(redis.Redis.from_url(running.redis_url).ping())


def test_start_makes_a_database_and_a_redis_and_stop_ends_both(fresh: Path) -> None:
    running = services.start(fresh, durable=False)

    assert both_answer(running)
    assert services.running(fresh)

    running.stop()

    assert not services.running(fresh)
    assert processes_of(fresh) == []


def test_data_survives_a_stop_and_is_gone_after_a_reset(fresh: Path) -> None:
    first = services.start(fresh)
    with psycopg.connect(first.database_url) as connection:
        connection.execute("CREATE TABLE station (identity text)")
    first.stop()

    second = services.start(fresh)
    with psycopg.connect(second.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM station").fetchone() == (0,)

    services.reset(fresh)
    assert not fresh.exists()

    third = services.start(fresh, durable=False)
    with psycopg.connect(third.database_url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT count(*) FROM station")
    third.stop()


def test_services_are_durable_unless_told_otherwise(directory: Path) -> None:
    running = services.start(directory)
    with psycopg.connect(running.database_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    running.stop()


def test_start_twice_in_one_process_is_one_claim(directory: Path) -> None:
    first = services.start(directory, durable=False)
    assert services.start(directory, durable=False) is first
    first.stop()
    assert not services.running(directory)
    first.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_only_user_is_killed(
    directory: Path, user: Callable[[], subprocess.Popen[str]], number: signal.Signals
) -> None:
    process = user()
    assert len(processes_of(directory)) >= 3

    process.send_signal(number)
    process.wait()

    wait_until(lambda: not processes_of(directory))


def test_services_live_as_long_as_one_user_lives(
    directory: Path, user: Callable[[], subprocess.Popen[str]]
) -> None:
    starter, second = user(), user()
    assert sum("keeper.py" in line for line in processes_of(directory)) == 1
    starter.kill()
    starter.wait()

    third = services.start(directory)
    assert both_answer(third)
    second.kill()
    second.wait()
    time.sleep(0.5)
    assert both_answer(third)

    third.stop()
    assert processes_of(directory) == []


def test_stop_does_not_wait_for_other_users(
    directory: Path, user: Callable[[], subprocess.Popen[str]]
) -> None:
    user()
    mine = services.start(directory)
    started = time.monotonic()
    mine.stop()
    assert time.monotonic() - started < 1
    assert services.running(directory)


def test_two_processes_that_start_at_once_share_one_pair_of_servers(fresh: Path) -> None:
    command = [sys.executable, "-c", USE, str(fresh)]
    users = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    addresses = {process.stdout.readline() for process in users if process.stdout}
    keepers = [line for line in processes_of(fresh) if "keeper.py" in line]
    for process in users:
        process.communicate()

    assert len(addresses) == len(keepers) == 1
    wait_until(lambda: not processes_of(fresh))


def test_a_user_that_comes_while_the_servers_end_gets_new_ones(directory: Path) -> None:
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", USE, str(directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout
        process.stdout.readline()
        process.kill()
        process.communicate()
        running = services.start(directory, durable=False)
        assert both_answer(running)
        running.stop()


def test_servers_follow_a_killed_keeper_and_the_next_start_recovers(directory: Path) -> None:
    running = services.start(directory, durable=False)
    keeper = int(claims.keeper_of(directory))

    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: not services.running(directory))

    again = services.start(directory, durable=False)
    assert both_answer(again)
    assert int(claims.keeper_of(directory)) != keeper
    assert again is not running
    again.stop()
    assert processes_of(directory) == []


def test_a_killed_postgresql_comes_back_with_the_next_start(directory: Path) -> None:
    running = services.start(directory)
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    folder = data_of(directory)
    postmaster = int((folder / "postmaster.pid").read_text().split()[0])

    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not services.running(directory))

    again = services.start(directory)
    assert again.database_url == running.database_url
    with psycopg.connect(again.database_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    again.stop()


def test_a_lock_file_with_the_number_of_a_living_stranger_is_no_obstacle(directory: Path) -> None:
    folder = data_of(directory)
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'database'}\n")

    running = services.start(directory, durable=False)

    assert both_answer(running)
    running.stop()


def test_temporary_services_take_their_directory_with_them(fresh: Path) -> None:
    running = services.start(fresh, durable=False, temporary=True)
    running.stop()
    wait_until(lambda: not fresh.exists())
    assert not private_place(fresh).exists()


@pytest.mark.parametrize("name", ["with spaces and ünïcode", "long-" + 30 * "name-"])
def test_a_path_that_is_no_socket_address_is_no_obstacle(fresh: Path, name: str) -> None:
    odd = fresh.parent / name / "demo"
    odd.parent.mkdir(mode=0o711)
    running = services.start(odd, durable=False)

    assert both_answer(running)
    assert " " not in running.database_url + running.redis_url

    running.stop()
    cleaned(odd)
    odd.parent.rmdir()


@as_root
def test_a_closed_home_stays_closed(fresh: Path) -> None:
    home = fresh.parent / "home"
    home.mkdir(mode=0o700)
    running = services.start(home / "demo", durable=False)

    assert both_answer(running)
    assert home.stat().st_mode & 0o777 == 0o700
    assert not (home / "demo" / "database").exists()

    running.stop()
    cleaned(home / "demo")
    home.rmdir()


@as_root
def test_the_servers_never_run_as_root(directory: Path) -> None:
    running = services.start(directory, durable=False)
    with psycopg.connect(running.database_url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row
    assert (directory / "database").stat().st_uid != 0
    assert (directory / "valkey").stat().st_uid != 0
    running.stop()


@as_root
def test_a_planted_link_is_not_followed(fresh: Path) -> None:
    home, prey = fresh.parent / "home", fresh.parent / "prey"
    home.mkdir(mode=0o700)
    prey.mkdir()
    private_place(home / "demo").symlink_to(prey)

    with pytest.raises(ServicesError, match="is not ours"):
        services.start(home / "demo")

    assert list(prey.iterdir()) == []
    private_place(home / "demo").unlink()
    cleaned(home / "demo")
    home.rmdir()
    prey.rmdir()


@as_root
def test_a_directory_of_another_user_is_explained_and_can_be_reset(fresh: Path) -> None:
    services.start(fresh, durable=False).stop()
    os.chown(fresh, 12345, 12345)

    with pytest.raises(ServicesError, match=r"was made by user 12345, and you are root: .*--reset"):
        services.start(fresh)

    services.reset(fresh)
    running = services.start(fresh, durable=False)
    assert both_answer(running)
    running.stop()


@as_user
def test_a_directory_that_cannot_be_read_is_explained(fresh: Path) -> None:
    fresh.mkdir(mode=0)
    with pytest.raises(ServicesError, match="cannot be read and written"):
        services.start(fresh)
    fresh.chmod(0o700)


def test_a_file_in_the_place_of_the_directory_is_explained(fresh: Path) -> None:
    fresh.write_text("")
    with pytest.raises(ServicesError, match="cannot be read and written"):
        services.start(fresh)
    fresh.unlink()


def test_data_of_another_postgresql_is_explained(directory: Path) -> None:
    folder = data_of(directory)
    version = (folder / "PG_VERSION").read_text()
    (folder / "PG_VERSION").write_text("9\n")

    with pytest.raises(ServicesError, match=r"made by PostgreSQL 9, and this is PostgreSQL \d+: .*--reset"):
        services.start(directory)

    (folder / "PG_VERSION").write_text(version)


def test_servers_that_do_not_start_show_the_end_of_their_log(directory: Path) -> None:
    folder = data_of(directory)
    settings = (folder / "postgresql.conf").read_text()
    (folder / "postgresql.conf").write_text("no_such_setting = on\n")

    with pytest.raises(ServicesError, match="no_such_setting"):
        services.start(directory)

    assert processes_of(directory) == []
    (folder / "postgresql.conf").write_text(settings)


def test_missing_programs_are_explained(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_PG_BIN", "/nowhere")
    with pytest.raises(ServicesError, match="no program postgres in it"):
        services.start(directory)


def python(code: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of Python in a process whose demo directory this is."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"CSMS_DEMO_DIR": str(directory)} | environment
    command = [sys.executable, "-c", f"from csms.demo.services import *; {code}"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_attach_says_what_is_wrong_without_a_traceback(directory: Path) -> None:
    done = python("attach()", directory, CSMS_PG_BIN="/nowhere")

    assert done.returncode == 1
    assert done.stderr.strip() == "CSMS_PG_BIN is /nowhere, and there is no program postgres in it."


def test_a_command_that_attached_leaves_nothing_behind(directory: Path) -> None:
    done = python("print(attach().database_url)", directory)

    assert done.stdout.startswith("postgresql://")
    assert processes_of(directory) == []


def test_the_demo_is_reset_from_the_command_line(fresh: Path) -> None:
    services.start(fresh, durable=False).stop()

    assert python("reset_demo()", fresh, DATABASE_URL="postgresql://elsewhere/csms").returncode == 0
    assert fresh.exists()
    assert python("reset_demo()", fresh).returncode == 0
    assert not fresh.exists()


def test_a_reset_that_is_refused_says_why_without_a_traceback(fresh: Path) -> None:
    running = services.start(fresh, durable=False)
    done = python("reset_demo()", fresh)
    running.stop()

    assert done.returncode == 1
    assert done.stderr.strip() == f"{fresh} is in use: stop the demo first."


def test_a_directory_in_use_is_not_reset(directory: Path, user: Callable[[], subprocess.Popen[str]]) -> None:
    user()
    with pytest.raises(ServicesError, match="is in use"):
        services.reset(directory)


def test_a_directory_that_was_not_made_here_is_not_reset(fresh: Path) -> None:
    fresh.mkdir()
    (fresh / "precious").write_text("data")
    with pytest.raises(ServicesError, match="is not deleted"):
        services.reset(fresh)
    (fresh / "precious").unlink()


def test_reset_of_nothing_does_nothing(fresh: Path) -> None:
    services.reset(fresh)
    assert not services.running(fresh)
