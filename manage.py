#!/usr/bin/env python
"""The command line of the product: `manage.py demo`, `serve`, `create_tenant`, `add_station` and the rest."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
    if sys.argv[1:2] == ["demo"]:
        from csms.demo.opening import open_demo  # before the settings are read: they attach to the services

        open_demo(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
