#!/usr/bin/env python
"""The command line of the product: `manage.py demo`, `serve`, `create_tenant`, `add_station` and the rest."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
