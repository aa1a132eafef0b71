"""Accounts. The same tables stand in each tenant's schema (its users) and in the public one (platform staff)."""
