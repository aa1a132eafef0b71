"""People (with an e-mail address as name) and programs (with an API key)."""

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail address is kept in lower case so that one person is one account."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a password (None: cannot sign in by password)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with every permission in its schema."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail address, however it is typed."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Roles are groups (`tenants.users.roles`)."""

    email = models.EmailField(unique=True, db_index=False)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin pages.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar[list[str]] = ["email"]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """The name, or the e-mail address where none is known."""
        return self.name or self.email


class ApiKey(models.Model):
    """A program's key: shown once, kept as a digest. It is random, so that a fast digest is enough."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="api_keys")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    is_revoked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, name: str, role: Group, **fields: Any) -> tuple["ApiKey", str]:
        """A new key. Returns: its row, and the text that is shown once."""
        prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        row = cls.objects.create(name=name, role=role, prefix=prefix, digest=digest(secret), **fields)
        return row, f"csms_{prefix}_{secret}"

    @classmethod
    def find(cls, text: str) -> "ApiKey | None":
        """The valid key with this text in the schema in force, or None."""
        label, _, rest = text.partition("_")
        prefix, _, secret = rest.partition("_")
        row = cls.objects.select_related("role").filter(prefix=prefix, is_revoked=False).first()
        if label != "csms" or row is None or not secrets.compare_digest(row.digest, digest(secret)):
            return None
        return None if row.expires_at and row.expires_at <= timezone.now() else row


class IdempotentRequest(models.Model):
    """A call of a program that named an Idempotency-Key: what was asked, and what was answered.

    `scope` is a digest of API key, method, address and Idempotency-Key, `body` one of the body. `answer` is encrypted with the caller's
    API key, because an answer may hold what is shown only once.
    """

    scope = models.CharField(max_length=64, primary_key=True)
    body = models.CharField(max_length=64)
    answered_status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    location = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.scope[:8]


def digest(secret: str) -> str:
    """The kept form of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
