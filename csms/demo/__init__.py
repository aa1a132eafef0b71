"""The product on one machine: embedded PostgreSQL and Valkey, demo tenants, simulated stations."""
