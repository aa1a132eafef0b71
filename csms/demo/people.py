"""The demo's accounts: the same e-mail addresses in every demo, and a password that everybody knows unless other machines can reach it."""

import secrets
from functools import lru_cache

from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet

from tenants import context
from tenants.users import roles
from tenants.users.models import User

STAFF = "staff@platform.test"
ROLES = ("owner", "operator", "finance", "viewer")
PASSWORD = "demo"
LOCKED = (
    "$demolan"  # begins the salt of passwords that were made for --lan, so that the next start knows them
)


def email(role: str, slug: str) -> str:
    """The address of a tenant's user; the role cards of the sign-in page use it too."""
    return f"{role}@{slug}.test"


def has_staff() -> bool:
    """Whether the platform's staff account is there."""
    with context.public():
        return User.objects.filter(email=STAFF).exists()


def add_staff() -> None:
    """Make the platform's staff account, unless it is there."""
    if not has_staff():
        with context.public():
            User.objects.create(
                email=STAFF, password=open_password(), name="Platform staff", is_staff=True, is_superuser=True
            )


def add_users(slug: str) -> None:
    """Make the users of the tenant in force, one for each role."""
    for role in ROLES:
        fields = {"password": open_password(), "name": role.capitalize()}
        user, _ = User.objects.get_or_create(email=email(role, slug), defaults=fields)
        user.groups.set([roles.role(role)])


def lock(slugs: list[str]) -> str:
    """Give all accounts a random password. Returns: it."""
    password = secrets.token_urlsafe(9)
    salted = make_password(password, salt=LOCKED[1:] + secrets.token_hex(11))
    with context.public():
        User.objects.filter(email=STAFF).update(password=salted)
    for slug in slugs:
        with context.tenant(slug):
            _of_demo(slug).update(password=salted)
    return password


def unlock(slugs: list[str]) -> None:
    """Give back the well-known password to the accounts that `lock` has taken it from."""
    with context.public():
        _open(User.objects.filter(email=STAFF))
    for slug in slugs:
        with context.tenant(slug):
            _open(_of_demo(slug))


def _of_demo(slug: str) -> QuerySet[User]:
    return User.objects.filter(email__in=[email(role, slug) for role in ROLES])


def _open(users: QuerySet[User]) -> None:
    locked = users.filter(password__contains=LOCKED)
    if locked.exists():
        locked.update(password=open_password())


@lru_cache(maxsize=1)
def open_password() -> str:
    """The well-known password as it is stored. Hashing takes a third of a second, so all accounts share one."""
    return make_password(PASSWORD)
