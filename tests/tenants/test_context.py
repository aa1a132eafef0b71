"""The door into a schema, and what happens to code that forgot it."""

import pytest
from django.db import ProgrammingError, connection

from chargers.models import Site
from tenants import context
from tenants.context import Place


def test_a_query_outside_of_every_place_fails(acme: Place) -> None:
    with context.tenant("acme"):
        Site.objects.create(name="Depot")
    with pytest.raises(ProgrammingError, match="does not exist"):
        Site.objects.count()


def test_each_tenant_has_its_own_rows(acme: Place, volt: Place) -> None:
    with context.tenant("acme"):
        Site.objects.create(name="Depot")
    with context.tenant("volt"):
        assert not Site.objects.exists()


def test_committed_rows_1(transactional: None, acme: Place) -> None:
    with context.tenant("acme"):
        Site.objects.create(name="Depot")


def test_committed_rows_2(transactional: None, acme: Place) -> None:
    with context.tenant("acme"):
        assert not Site.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("show search_path")
            assert cursor.fetchone() == ("acme",)
