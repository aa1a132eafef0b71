"""`python -m benchmarks [--only NAME] [--seconds N]`: measure, print a table, keep a file. See docs/performance.md."""

import argparse
import asyncio
import gc
import sys
from dataclasses import asdict

import uvloop

from benchmarks import machine, results, scenarios
from benchmarks.installation import Installation, installed
from benchmarks.load import Refused
from benchmarks.processes import DidNotStart
from benchmarks.results import Result
from benchmarks.scenarios import Options
from csms.demo.place import ServicesError

LIMIT_S = 285  # the installation takes some seconds more
DEFAULT = Options()


def main() -> int:
    """Measure. Returns: 0, or 1 when something went wrong or a single answer was."""
    arguments = parse()
    options = Options(
        seconds=arguments.seconds,
        stations=arguments.stations,
        idle=arguments.idle,
        gateways=arguments.gateways,
        are_references_run=not arguments.no_references,
    )
    names = arguments.only or list(scenarios.ALL)
    try:
        with installed(options.stations + options.idle) as where:
            facts = machine.facts(where.directory) | {"postgres": where.settings}
            found, is_complete = uvloop.run(run(names, where, options))
    except (DidNotStart, Refused, ServicesError) as error:
        print(error, file=sys.stderr)
        return 1
    results.compare(found)
    print(results.table(found))
    print(f"\n{results.write(found, facts, asdict(options))}")
    return 0 if report_errors(found) and is_complete else 1


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the product beside bare reference servers."
    )
    parser.add_argument("--only", action="append", choices=list(scenarios.ALL), metavar="NAME", help=f"one of {', '.join(scenarios.ALL)}; may be repeated")  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=DEFAULT.seconds, help="how long each server is measured"
    )
    parser.add_argument(
        "--stations", type=int, default=DEFAULT.stations, help="how many stations talk at once"
    )
    parser.add_argument("--idle", type=int, default=DEFAULT.idle, help="how many stations say nothing")
    parser.add_argument(
        "--gateways", type=int, default=DEFAULT.gateways, help="how many processes the gateway has"
    )
    parser.add_argument("--no-references", action="store_true", help="measure the product alone")
    return parser.parse_args()


async def run(names: list[str], where: Installation, options: Options) -> tuple[list[Result], bool]:
    """Run the scenarios, one after the other. Returns: the results, and whether the time was enough for all."""
    found: list[Result] = []
    gc.freeze()
    try:
        async with asyncio.timeout(LIMIT_S):
            for name in names:
                print(f"{name} …", file=sys.stderr)
                found += await scenarios.ALL[name](where, options)
    except TimeoutError:
        print(f"The time of {LIMIT_S} s was over during {name}.", file=sys.stderr)
        return found, False
    return found, True


def report_errors(found: list[Result]) -> bool:
    """Name every error. Returns: whether there was none."""
    for result in found:
        for reason, count in result.errors.items():
            print(f"{result.scenario} {result.server}: {count} × {reason}", file=sys.stderr)
    return not any(result.errors for result in found)


if __name__ == "__main__":
    sys.exit(main())
