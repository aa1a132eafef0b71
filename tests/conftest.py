"""What every test may ask for: a database with two tenants, their clients and keys.

`acme` and `volt` are places, and a test enters them itself: `with context.tenant(acme.slug): …`. What a test writes is rolled back. A test that
needs committed rows (sockets, threads, other processes) asks for `transactional` as well; its rows are deleted afterwards.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from pytest_django.plugin import DjangoDbBlocker

from tenants import addresses, context, cookies, lifecycle
from tenants.addresses import Address
from tenants.context import PUBLIC, Place
from tenants.models import Domain, Tenant
from tenants.users import roles
from tenants.users.models import ApiKey, User

ClientOf = Callable[..., Client]
KeyOf = Callable[..., str]

SLUGS = ("acme", "volt")
DEADLOCKS = 10  # in a row; the processes of a test may still be at work on what is deleted
KEPT = {
    "django_migrations", "django_content_type", "auth_permission", "auth_group", "tenants_tenant", "tenants_domain", "tenants_recipe",
    "tenants_gateway",  # without its lease a gateway that serves another test would be taken for dead
}  # fmt: skip


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A fresh database with the tenants acme and volt, made once."""
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        for slug in SLUGS:
            lifecycle.create(slug, slug.capitalize(), owner_password="a good password")
    yield
    with django_db_blocker.unblock():
        with context.public(), connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Tenants that an earlier test has changed are read anew."""
    context.forget()
    addresses.forget()


@pytest.fixture
def transactional(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Committed rows, seen by every thread and process; they are deleted after the test."""
    with django_db_blocker.unblock():
        yield
        clean()


@pytest.fixture
def _database(request: pytest.FixtureRequest) -> None:
    """Rolled-back rows, unless the test asked for committed ones."""
    request.getfixturevalue("transactional" if "transactional" in request.fixturenames else "db")


@pytest.fixture
def acme(_database: None) -> Place:
    """The tenant acme."""
    return context.find("acme")


@pytest.fixture
def volt(_database: None) -> Place:
    """The tenant volt."""
    return context.find("volt")


@pytest.fixture
def client_of(_database: None) -> ClientOf:
    """`client_of(place, "operator")`: a web client that is signed in to a tenant with a role."""

    def make(place: Place, role: str = "owner") -> Client:
        client = Client()
        with context.tenant(place.slug):
            client.force_login(user_of(place, role))
        return keep_apart(client, Address(place, f"/t/{place.slug}", "/"))

    return make


@pytest.fixture
def staff_client(_database: None) -> Client:
    """A web client that is signed in to the platform's own pages."""
    client = Client()
    with context.public():
        staff, _ = User.objects.get_or_create(
            email="staff@platform.example", defaults={"is_staff": True, "is_superuser": True}
        )
        client.force_login(staff)
    return keep_apart(client, Address(None, "", cookies.PLATFORM))


@pytest.fixture
def api_key(_database: None) -> KeyOf:
    """`api_key(place, "admin")`: the text of a new API key of a tenant."""

    def make(place: Place, role: str = "admin") -> str:
        with context.tenant(place.slug):
            return ApiKey.issue(f"{role} of the tests", roles.role(role))[1]

    return make


@pytest.fixture(scope="session")
def process_environment(django_db_setup: None) -> dict[str, str]:
    """The environment for a process of ours that works on the tests' database."""
    database = settings.DATABASES["default"]
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    return os.environ | {"DATABASE_URL": url}


def user_of(place: Place, role: str) -> User:
    """The tenant's user with this role; made if there is none."""
    user, is_new = User.objects.get_or_create(email=f"{role}@{place.slug}.example")
    if is_new:
        user.groups.set([roles.role(role)])
    return user


def keep_apart(client: Client, address: Address) -> Client:
    """Give the session cookie that `force_login` has set the name that it has at an address."""
    name, _ = cookies.name_and_path(settings.SESSION_COOKIE_NAME, address)
    client.cookies[name] = client.cookies.pop(settings.SESSION_COOKIE_NAME).value
    return client


def clean() -> None:
    """Delete every row but what the session began with."""
    with context.public():
        for slug in Tenant.objects.exclude(slug__in=SLUGS).values_list("slug", flat=True):
            lifecycle.delete(slug)
        Tenant.objects.update(status=Tenant.Status.ACTIVE)
        Domain.objects.exclude(domain__in=[f"{slug}.localhost" for slug in SLUGS]).delete()
        for schema in (PUBLIC, *SLUGS):
            empty(schema)
    cache.clear()


def empty(schema: str) -> None:
    """Delete the rows of a schema, without triggers and constraints: the ledger refuses to forget otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = %s", [schema])
        tables = sorted({row[0] for row in cursor.fetchall()} - KEPT)
        deletions = "".join(f'delete from "{schema}"."{table}";' for table in tables)
        for _ in range(DEADLOCKS):
            try:
                cursor.execute(f"begin; set local session_replication_role = replica; {deletions} commit")
                return
            except OperationalError:  # a gateway that still works on the rows, and the database chose us
                cursor.execute("rollback")
    raise AssertionError(f"the rows of {schema} could not be deleted")
