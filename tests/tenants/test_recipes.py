"""A tenant that is made by a recipe is the same, to the last index, as one that is made by the migrations."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import Tariff, TariffVersion
from tenants import context, lifecycle, recipes, schemas
from tenants.models import Recipe, Tenant

pytestmark = pytest.mark.usefixtures("acme")

CATALOGUE = {
    "columns": "select table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,"
    " is_nullable, column_default, is_identity, ordinal_position from information_schema.columns where table_schema = %s",
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = %s",
    "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
    " where connamespace = %s::regnamespace",
    "triggers": "select event_object_table, trigger_name, action_timing, event_manipulation, action_statement"
    " from information_schema.triggers where trigger_schema = %s",
    "functions": "select proname, prosrc from pg_proc where pronamespace = %s::regnamespace",
    "sequences": "select sequencename, data_type, last_value from pg_sequences where schemaname = %s",
}
ROWS = {
    "migrations": "select app, name from django_migrations",
    "content types": "select id, app_label, model from django_content_type",
    "permissions": "select id, content_type_id, codename, name from auth_permission",
    "groups": "select id, name from auth_group",
}


def described(slug: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in a tenant's schema, without its name."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with context.tenant(slug) as place, connection.cursor() as cursor:
        for what, sql in (CATALOGUE | ROWS).items():
            cursor.execute(sql, [place.schema_name] if what in CATALOGUE else None)
            found[what] = sorted(
                tuple(str(value).replace(place.schema_name, "SCHEMA") for value in row)
                for row in cursor.fetchall()
            )
    return found


@pytest.fixture
def pair() -> tuple[str, str]:
    """A tenant by migrations, which write the recipe, and one by the recipe."""
    with context.public():
        Recipe.objects.all().delete()
    lifecycle.create("by-migrations", "First")
    with context.public():
        assert Recipe.objects.get().digest == recipes.digest()
    lifecycle.create("by-recipe", "Second")
    return "by-migrations", "by-recipe"


def test_both_ways_lead_to_the_same_schema(pair: tuple[str, str]) -> None:
    first, second = (described(slug) for slug in pair)
    for what in first:
        assert first[what] == second[what], what
    assert len(first["indexes"]) > 50
    assert first["triggers"]


def test_a_tenant_by_recipe_counts_as_up_to_date_and_its_ledger_is_guarded(pair: tuple[str, str]) -> None:
    assert schemas.outdated() == []
    with context.tenant("by-recipe"):
        version = TariffVersion.objects.create(
            tariff=Tariff.objects.create(name="Day"), number=1, document={}, currency="EUR"
        )
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            version.delete()


def test_a_recipe_of_other_migrations_is_not_used(pair: tuple[str, str]) -> None:
    with context.public():
        Recipe.objects.update(digest="older", script="this is no SQL")
    lifecycle.create("third", "Third")
    assert described("third")["columns"] == described("by-recipe")["columns"]
    with context.public():
        assert [recipe.digest for recipe in Recipe.objects.all()] == [recipes.digest()]


def test_a_recipe_that_fails_leaves_nothing(pair: tuple[str, str]) -> None:
    with context.public():
        Recipe.objects.update(script="create table half (id int); this is no SQL")
    with pytest.raises(DatabaseError), transaction.atomic():
        lifecycle.create("third", "Third")
    assert not schemas.exists("third")
    with context.public():
        assert not Tenant.objects.filter(slug="third").exists()
