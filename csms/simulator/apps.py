"""The Django app of the simulator; it exists for `manage.py simulate`."""

from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    """Simulated charging stations."""

    name = "csms.simulator"
    label = "simulator"
