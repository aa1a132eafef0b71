"""The project: its wiring, and the front doors through which chargers, people and programs come in."""
