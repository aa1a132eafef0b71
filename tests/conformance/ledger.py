"""Which case of a catalogue has which test, and what came out: one side of the page, and of the test that keeps it honest."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance import catalogue_16

ROOT = Path(__file__).resolve().parents[2]
WAY_OUT = ("xfail", "skip", "skipif")
PASSING, FAILING, NOT_EXERCISED = "exercised and passing", "exercised and failing", "not exercised"


@dataclass(frozen=True)
class CaseTest:
    """A test function that is named after its case."""

    case: str
    name: str
    file: str
    known_failure: str = ""


@dataclass(frozen=True)
class Ledger:
    """A catalogue, by block, and the folder with its tests."""

    title: str
    blocks: dict[str, dict[str, str]]
    folder: str
    open_cases: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> dict[str, str]:
        """All ids with their titles."""
        return {case: title for block in self.blocks.values() for case, title in block.items()}

    def tests(self) -> list[CaseTest]:
        """The test functions of the folder, by the case that they are named after."""
        files = sorted((ROOT / self.folder).glob("test_*.py"))
        return [test for file in files for test in _tests_of(file)]


LEDGERS = [
    Ledger("OCPP 1.6", catalogue_16.BLOCKS, "tests/conformance/ocpp16", catalogue_16.NOT_EXERCISED),
]


def _tests_of(file: Path) -> Iterator[CaseTest]:
    name_of_file = str(file.relative_to(ROOT))
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            found = re.match(r"test_(tc_(?:\d+_)+csms)_", node.name)
            case = found[1].upper() if found else node.name
            yield CaseTest(case, node.name, name_of_file, _known_failure(node))


def _known_failure(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """What its own marks say about why a test, or one of its variants, does not pass."""
    calls = [
        node
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAY_OUT
    ]
    reasons = [
        ast.literal_eval(word.value) for call in calls for word in call.keywords if word.arg == "reason"
    ]
    return "; ".join(dict.fromkeys(reasons))
