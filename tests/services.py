"""A pytest plugin that starts PostgreSQL and Valkey for the tests, unless the environment names some.

It is loaded by `-p tests.services`: pytest-django reads the settings before any conftest.py is read. The workers of pytest-xdist inherit the
environment, so only the controller starts services.
"""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from csms.demo.place import ServicesError
from csms.demo.services import Services, start


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Name the services in the environment before the settings are read."""
    os.environ["CSMS_TESTING"] = "1"
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        services = start_for_tests()
        os.environ.setdefault("DATABASE_URL", services.database_url)
        os.environ.setdefault("REDIS_URL", services.redis_url)
        early_config.add_cleanup(services.stop)
    if not os.environ.get("CSMS_FILES"):
        files = tempfile.TemporaryDirectory(prefix="csms-files-")
        os.environ["CSMS_FILES"] = files.name
        early_config.add_cleanup(files.cleanup)
    return (yield)


def start_for_tests() -> Services:
    """Services in a directory that is deleted with them, even if the tests are killed."""
    directory = Path(tempfile.mkdtemp(prefix="csms-tests-"))
    directory.chmod(0o711)  # the user that serves root must get in
    try:
        return start(directory, durable=bool(os.environ.get("CSMS_TEST_DURABLE")), temporary=True)
    except ServicesError as error:
        pytest.exit(str(error), returncode=4)
