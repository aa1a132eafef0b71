"""`python -m tests.conformance.page`: run the cases and write what came out into docs/conformance.md."""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.conformance.ledger import FAILING, LEDGERS, NOT_EXERCISED, PASSING, ROOT, CaseTest, Ledger

PAGE = ROOT / "docs" / "conformance.md"
HEADER = """# Conformance

Each case of the certification catalogues that concerns a central system is one automated test: a charge point on a real WebSocket does what the
case says, orders are given through the REST API, and the test judges the frames on the wire and what the API shows. The titles are ours.

This page is written by `python -m tests.conformance.page`, which runs the cases; a test keeps it in step with them. A case without a test is
shown as *not exercised*, never as passed. No case here replaces a run of the official tool.
"""
Failures = dict[tuple[str, str], str]


def run() -> Failures:
    """Run the cases. Returns: what failed, or was expected to, by file and name of the test function, with the reason."""
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        folders = [ledger.folder for ledger in LEDGERS]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *folders], cwd=ROOT, check=False
        )
        return {key: reason for case in ET.parse(report).iter("testcase") for key, reason in failure(case)}


def failure(case: ET.Element) -> list[tuple[tuple[str, str], str]]:
    """What a test case of the report says about its function, if it did not pass."""
    name, file = case.get("name", "").split("[")[0], case.get("classname", "").replace(".", "/") + ".py"
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            return [((file, name), found.get("message", kind).splitlines()[0])]
    return []


def expected() -> Failures:
    """What the tests themselves say about which of them fail."""
    tests = [test for ledger in LEDGERS for test in ledger.tests()]
    return {(test.file, test.name): test.known_failure for test in tests if test.known_failure}


def render(failures: Failures) -> str:
    """The page."""
    return "\n".join([HEADER, *(section(ledger, failures) for ledger in LEDGERS)])


def section(ledger: Ledger, failures: Failures) -> str:
    """One version of the protocol."""
    tests = ledger.tests()
    states = {case: state(case, tests, failures) for case in ledger.cases}
    figures = [
        f"{sum(word == each for each, _ in states.values())} {word}"
        for word in (PASSING, FAILING, NOT_EXERCISED)
    ]
    lines = [f"## {ledger.title}", "", f"{len(states)} cases: {', '.join(figures)}.", ""]
    for block, cases in ledger.blocks.items():
        lines += [f"### {block}", "", "| Case | What happens | Test | State |", "|---|---|---|---|"]
        lines += [row(case, title, tests, *states[case], ledger) for case, title in cases.items()]
        lines.append("")
    return "\n".join(lines)


def state(case: str, tests: list[CaseTest], failures: Failures) -> tuple[str, str]:
    """The state of a case, with the reason where it does not pass."""
    own = [test for test in tests if test.case == case]
    if not own:
        return NOT_EXERCISED, ""
    reasons = [failures[test.file, test.name] for test in own if (test.file, test.name) in failures]
    return (FAILING, "; ".join(reasons)) if reasons else (PASSING, "")


def row(case: str, title: str, tests: list[CaseTest], word: str, reason: str, ledger: Ledger) -> str:
    """The line of a case."""
    links = [f"[{test.name}](../{test.file})" for test in tests if test.case == case]
    reason = reason or (ledger.open_cases.get(case, "") if word == NOT_EXERCISED else "")
    shown = f"{word}: {reason}" if reason else word
    return f"| {case} | {title} | {', '.join(dict.fromkeys(links))} | {shown.replace('|', '/')} |"


def main() -> int:
    """Write the page. Returns: 1 when a case fails that does not say so itself."""
    failures = run()
    PAGE.write_text(render(failures))
    return int(failures != expected())


if __name__ == "__main__":
    sys.exit(main())
