"""Django's database backend for this installation: PostgreSQL, with the place taken from `tenants.context`."""
