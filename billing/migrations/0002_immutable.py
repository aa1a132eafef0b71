"""The ledger and the published tariffs are written once: the database itself refuses to change or delete a row."""

from django.db import migrations

# The function stands in the tenant's own schema, like its tables: a schema is complete without the others.
FUNCTION = """
CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""
TRIGGER = """
CREATE TRIGGER is_immutable BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION billing_refuse_change()
"""
STATEMENT_TRIGGER = """
CREATE TRIGGER is_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()
"""
TABLES = ["billing_chargedetailrecord", "billing_tariffversion"]


class Migration(migrations.Migration):
    """Immutability by trigger."""

    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL([FUNCTION], ["DROP FUNCTION billing_refuse_change()"]),
        *[
            migrations.RunSQL([TRIGGER.format(table=table)], [f"DROP TRIGGER is_immutable ON {table}"])
            for table in TABLES
        ],
        *[
            migrations.RunSQL([STATEMENT_TRIGGER.format(table=table)], [f"DROP TRIGGER is_never_emptied ON {table}"])
            for table in TABLES
        ],
    ]
