"""Mypy's Django plugin with an environment of its own: it reads the settings, and needs no database for that."""

import os

os.environ.setdefault("DATABASE_URL", "postgresql://nobody@localhost/none")
os.environ.setdefault("REDIS_URL", "redis://localhost")
os.environ.setdefault("CSMS_TESTING", "1")

from mypy_django_plugin.main import plugin

__all__ = ["plugin"]
