"""Files of a tenant on the disk."""

import os
import time

import pytest

from chargers import files, firmware, logs, stations
from chargers.models import LogRequest
from tenants import context
from tenants.context import Place


def age(folder: str, name: str) -> None:
    """Let a file be two days old."""
    then = time.time() - 2 * 24 * 3600
    os.utime(files.path_of(folder, name), (then, then))


def test_a_file_is_whole_or_not_there(acme: Place) -> None:
    with context.tenant(acme.slug):
        before = set(files.path_of("logs", "").glob("*"))
        with pytest.raises(files.TooLarge):
            files.store(iter([b"xx", b"x"]), "logs", "a", limit=2)
        assert set(files.path_of("logs", "").glob("*")) == before
        assert files.store(iter([b"x", b"x"]), "logs", "a", limit=2).size == 2


def test_the_same_name_in_two_tenants_is_two_files(acme: Place, volt: Place) -> None:
    for place in (acme, volt):
        with context.tenant(place.slug):
            files.store(iter([place.slug.encode()]), "logs", "same", limit=10)
    for place in (acme, volt):
        with context.tenant(place.slug):
            assert files.path_of("logs", "same").read_bytes() == place.slug.encode()


def test_files_without_a_row_are_deleted_once_they_are_old(acme: Place) -> None:
    with context.tenant(acme.slug):
        image = firmware.add_image(iter([b"kept"]), file_name="kept.bin")
        job = LogRequest.objects.create(station=stations.add("CP-1")[0])
        logs.receive(job, iter([b"kept"]), "kept.log")
        for folder, name in (("firmware", "old"), ("firmware", "new"), ("logs", ".broken")):
            files.store(iter([b"x"]), folder, name, limit=10)
        for folder, name in (
            ("firmware", image.sha256), ("firmware", "old"), ("logs", str(job.pk)), ("logs", ".broken"),
        ):  # fmt: skip
            age(folder, name)

        firmware.clear_files()
        logs.clear_files()

        assert firmware.image_path(image.sha256).exists()
        assert logs.path_of(job).exists()
        assert files.path_of("firmware", "new").exists()
        assert not files.path_of("firmware", "old").exists()
        assert not files.path_of("logs", ".broken").exists()
