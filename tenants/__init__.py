"""Tenants: the operators who share one installation, each in a PostgreSQL schema of its own.

`context.py` is the only door into a schema.
"""
