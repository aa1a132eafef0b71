"""From creation to deletion: what is made, what is refused, and that nothing is left."""

import json
import zipfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command, load_command_class
from django.db import connection
from django.test import Client

from chargers.models import Site
from tenants import context, lifecycle, schemas
from tenants.context import Place, UnknownTenant
from tenants.models import Domain, Tenant
from tenants.users import roles
from tenants.users.models import ApiKey, User

pytestmark = pytest.mark.usefixtures("acme", "volt")


def run(*args: str) -> Any:
    """The JSON that a command prints."""
    out = StringIO()
    call_command(*args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("words", [[], ["x"], ["x", "--name", "X", "--colour", "red"]])
def test_bad_input_is_answered_with_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = load_command_class("tenants", "create_tenant")
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "create_tenant", *words])
    captured = capsys.readouterr()
    assert ended.value.code
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_a_new_tenant_has_roles_and_an_owner_who_can_sign_in() -> None:
    made = run("create_tenant", "north-sea", "--name", "North Sea", "--owner-email", "Jo@North.example")
    assert made | {"owner_password": ""} == {
        "slug": "north-sea", "name": "North Sea", "url": "http://localhost:8000/t/north-sea/",
        "owner_email": "jo@north.example", "owner_password": "",
    }  # fmt: skip
    with context.tenant("north-sea") as place:
        assert place.schema_name == "north_sea"
        owner = User.objects.get()
        assert owner.check_password(made["owner_password"])
        assert [group.name for group in owner.groups.all()] == ["owner"]
        assert Group.objects.count() == len(roles.ABILITIES)
    form = {"email": "jo@north.example", "password": made["owner_password"]}
    assert Client().post("/t/north-sea/sign-in/", form).status_code == 302


@pytest.mark.parametrize(
    "slug",
    ["a", "A", "Acme", "1st", "-a", "a-", "a--b", "a_b", "a b", "a.b", "é", "x" * 51, "", "acme'", "a\n",
     "t", "ocpp", "platform", "api", "admin", "static", "public", "ws", "healthz", "pg-x", "www"],
)  # fmt: skip
def test_a_slug_that_fits_no_address_is_refused(slug: str) -> None:
    with pytest.raises(ValidationError):
        lifecycle.create(slug, "Name")
    assert not schemas.exists(context.schema_of(slug)) or slug == "public"


def test_a_taken_slug_is_refused_in_one_line() -> None:
    with pytest.raises(CommandError, match=r"^There already is a tenant “acme”\.$"):
        run("create_tenant", "acme", "--name", "Again")


def test_a_creation_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(roles, "seed", fail)
    with pytest.raises(RuntimeError):
        lifecycle.create("brief", "Brief")
    assert not schemas.exists("brief")
    with context.public():
        assert not Tenant.objects.filter(slug="brief").exists()
        assert not Domain.objects.filter(domain__startswith="brief").exists()


@pytest.mark.parametrize("bad", [{"owner_email": "no address"}, {"time_zone": "Mars/Base"}])
def test_bad_particulars_are_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        lifecycle.create("brief", "Brief", **bad)
    assert not schemas.exists("brief")


def test_suspending_locks_out_and_resuming_lets_in(client_of: Callable[..., Client]) -> None:
    client = client_of(context.find("acme"), "owner")
    assert run("suspend_tenant", "acme") == {"slug": "acme", "status": "suspended"}
    assert context.find("acme").is_suspended
    assert client.get("/t/acme/admin/").status_code == 403
    assert "acme" not in context.all_slugs()
    run("resume_tenant", "acme")
    assert client.get("/t/acme/admin/").status_code == 200
    assert "acme" in context.all_slugs()


@pytest.mark.usefixtures("transactional")
def test_deleting_asks_for_the_slug_and_leaves_nothing() -> None:
    lifecycle.create("brief", "Brief")
    with pytest.raises(CommandError, match="Nothing was deleted"):
        run("delete_tenant", "brief", "--confirm", "acme")
    assert schemas.exists("brief")
    assert run("delete_tenant", "brief", "--confirm", "brief") == {"slug": "brief", "status": "deleted"}
    with context.public(), connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_tables where schemaname = 'brief'")
        assert cursor.fetchone() == (0,)
        assert not Tenant.objects.filter(slug="brief").exists()
        assert not Domain.objects.filter(domain__startswith="brief").exists()


@pytest.mark.parametrize("command", ["suspend_tenant", "resume_tenant", "delete_tenant", "export_tenant"])
def test_an_unknown_tenant_is_named_in_one_line(command: str) -> None:
    with pytest.raises(CommandError, match=r"^There is no tenant “nobody”\.$"):
        run(command, "nobody")


def test_an_api_key_is_printed_once_and_works_in_its_tenant_only() -> None:
    made = run("create_api_key", "acme", "--name", "Robot", "--role", "operator")
    assert set(made) == {"name", "key", "role"}
    with context.tenant("acme"):
        assert ApiKey.find(made["key"])
        assert not ApiKey.objects.filter(digest__contains=made["key"][-20:]).exists()
    with context.tenant("volt"):
        assert ApiKey.find(made["key"]) is None


def test_an_unknown_role_is_answered_with_those_that_exist() -> None:
    with pytest.raises(CommandError, match=r"Roles: owner, admin, operator, support, finance, viewer\.$"):
        run("create_api_key", "acme", "--name", "Robot", "--role", "king")


def test_staff_live_in_the_public_schema() -> None:
    made = run("create_staff", "Staff@platform.example")
    with context.public():
        assert User.objects.get(email="staff@platform.example").check_password(made["password"])
    with pytest.raises(CommandError, match="already is an account"):
        run("create_staff", "staff@platform.example")


@pytest.mark.usefixtures("transactional")
def test_an_export_holds_every_row_of_the_tenant_and_no_secret(tmp_path: Path) -> None:
    for slug in ("acme", "volt"):
        with context.tenant(slug):
            Site.objects.create(name=f"canary of {slug}")
            User.objects.create_user(f"u@{slug}.example", "a password")
            digests = list(User.objects.values_list("password", flat=True))
    made = run("export_tenant", "acme", "--output", str(tmp_path / "acme.zip"))
    with zipfile.ZipFile(tmp_path / "acme.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    text = "".join(files.values())
    assert "canary of acme" in files["chargers_site.jsonl"]
    assert "canary of volt" not in text
    assert not any(digest in text for digest in digests)
    assert made["rows"] == text.count("\n")
    assert [path.name for path in tmp_path.iterdir()] == ["acme.zip"]


def test_tenants_that_are_up_to_date_are_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("migrate", interactive=False)
    assert "of which up to date: 2." in capsys.readouterr().out
    with context.public():
        Tenant.objects.filter(slug="volt").update(migration_digest="")
    assert schemas.outdated() == ["volt"]
    call_command("migrate", interactive=False)
    assert "[1/1] volt" in capsys.readouterr().out
    assert schemas.outdated() == []


def test_a_schema_that_belongs_to_nobody_is_not_taken_over() -> None:
    schemas.make("brief")
    with pytest.raises(ValidationError, match="no tenant owns"):
        lifecycle.create("brief", "Brief")


def test_a_tenant_that_does_not_exist_can_be_neither_suspended_nor_deleted() -> None:
    for act in (lifecycle.suspend, lifecycle.resume, lifecycle.delete):
        with pytest.raises(UnknownTenant):
            act("nobody")


def test_a_place_is_a_value(acme: Place) -> None:
    assert acme == Place("acme", "acme", "Acme")
