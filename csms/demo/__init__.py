"""The whole product on one machine: embedded PostgreSQL and Valkey, demo tenants, simulated charging stations."""
