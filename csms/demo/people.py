"""The demo's accounts: the same e-mail addresses in every demo, and a password that everybody knows unless others can reach it."""

from tenants import context
from tenants.users.models import User

STAFF = "staff@platform.test"
PASSWORD = "demo"


def add_staff() -> None:
    """Make the platform's staff account, unless it is there."""
    with context.public():
        if not User.objects.filter(email=STAFF).exists():
            User.objects.create_superuser(STAFF, PASSWORD, name="Platform staff")
