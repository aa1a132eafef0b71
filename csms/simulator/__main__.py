"""`python -m csms.simulator fleet.json [--quiet]`: runs the stations of a file until a signal comes."""

import argparse
import sys
from pathlib import Path

from csms.simulator.events import Event
from csms.simulator.fleet import Fleet
from csms.simulator.running import run
from csms.simulator.spec import read_fleet


def _write(event: Event) -> None:
    sys.stdout.write(event.line() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m csms.simulator", description="Runs simulated charging stations."
    )
    parser.add_argument("fleet", type=Path, help="a JSON list of stations")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    parser.add_argument("--duration", type=float, help="stop after so many seconds")
    given = parser.parse_args()
    try:
        fleet = Fleet(read_fleet(given.fleet), None if given.quiet else _write)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    run(fleet, duration_s=given.duration)


if __name__ == "__main__":
    main()
