"""What the documents say is there: variables, files, links, targets, commands, decisions, and the code that they show."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
CODE = ("csms", "tenants", "chargers", "authorization", "transactions", "billing", "tests", "benchmarks")
SHELL = ("Makefile", ".ci/run", ".ci/install")
MADE_LATER = {".demo", ".venv", "staticfiles", "benchmarks/results"}  # not in a fresh clone
FOREIGN = {"MAKELEVEL", "PYTEST_XDIST_WORKER", "DISPLAY", "WAYLAND_DISPLAY"}  # not ours
READERS = {"get", "getenv", "required", "str", "int", "bool", "list", "float", "pop"}

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def variables_in_code() -> set[str]:
    """Every environment variable that the code, the Makefile or CI reads."""
    files = [ROOT / "manage.py", *(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))]
    found = {name for path in files for name in variables_in(ast.parse(path.read_text()))}
    shell = "".join((ROOT / name).read_text() for name in SHELL)
    return (found | set(re.findall(r"\bCSMS_[A-Z_]+", shell))) - FOREIGN


def variables_in(tree: ast.AST) -> Iterator[str]:
    """The names that are read from an environment: `environ["X"]`, `environ.get("X")`, `env.int("X")`, `required("X")`."""
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and is_environment(node.value):
            key = node.slice
        elif isinstance(node, ast.Call) and node.args and reads_environment(node.func):
            key = node.args[0]
        elif isinstance(node, ast.Compare) and any(is_environment(other) for other in node.comparators):
            key = node.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def is_environment(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in ("env", "environ")) or (
        isinstance(node, ast.Attribute) and node.attr in ("env", "environ")
    )


def reads_environment(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "required"
    return isinstance(function, ast.Attribute) and function.attr in READERS and is_environment(function.value)


def documented_variables() -> set[str]:
    """The first column of the tables of docs/configuration.md."""
    text = (ROOT / "docs/configuration.md").read_text()
    return set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", text, re.MULTILINE))


def test_each_variable_that_is_read_stands_in_the_configuration() -> None:
    assert variables_in_code() - documented_variables() == set()


def test_each_variable_of_the_configuration_is_read() -> None:
    assert documented_variables() - variables_in_code() == set()


@each_document
def test_each_file_that_is_named_exists(document: Path) -> None:
    missing = [name for name in named_files(document.read_text()) if not exists(name)]
    assert missing == []


def named_files(text: str) -> Iterator[str]:
    """Words between backticks that begin with a folder of the project or look like a file in it."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for word in re.findall(r"`([\w./{},*-]+)`", prose(text)):
        if word.split("/")[0] in tops and "/" in word:
            yield from expanded(word)


def expanded(word: str) -> Iterator[str]:
    """`a/{b,c}.py` names `a/b.py` and `a/c.py`."""
    parts = re.split(r"\{([^}]*)\}", word)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ("".join(combination) for combination in product(*choices))


def exists(name: str) -> bool:
    is_made_later = any(name.rstrip("/").startswith(made) for made in MADE_LATER)
    return is_made_later or (ROOT / name).exists() or any(ROOT.glob(name))


def prose(text: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@each_document
def test_each_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(document.read_text()))
    broken = [link for link in links if "://" not in link and not leads_somewhere(document, link)]
    assert broken == []


def leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


def anchors(text: str) -> set[str]:
    """The anchors that a forge makes of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_each_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"(?:^|`|\$ )make ((?:[A-Z]+=\S+ )*[a-z]+)\b", document.read_text(), re.MULTILINE)
    assert {command.split()[-1] for command in commands} <= targets


@each_document
def test_each_management_command_exists(document: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert named <= set(get_commands())


@each_document
def test_the_code_that_is_shown_is_the_code(document: Path) -> None:
    shown = re.findall(r"^```python (\S+)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    outdated = [name for name, code in shown if squeezed(code) not in squeezed((ROOT / name).read_text())]
    assert outdated == []


def squeezed(code: str) -> str:
    """The code without its line breaks and without what a formatter adds to them."""
    return re.sub(r"\s|,(?=\s*[)\]}])", "", code)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in ADRS]
    assert numbers == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("decision", ADRS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts_and_stands_in_the_list(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {decision.name[:4]} ")
    assert [
        part for part in ("Context", "Decision", "Measured", "Rules out") if f"**{part}" not in text
    ] == []
    assert f"({decision.name})" in (decision.parent / "README.md").read_text()
