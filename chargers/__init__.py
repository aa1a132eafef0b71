"""Charging stations: what stands where, what it reports, and what it is told."""
