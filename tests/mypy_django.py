"""Mypy's Django plugin with an environment of its own: it reads the settings, and needs no server for that."""

import os

os.environ.setdefault("CSMS_STATIC", "1")
os.environ.setdefault("CSMS_TESTING", "1")

from mypy_django_plugin.main import plugin

__all__ = ["plugin"]
