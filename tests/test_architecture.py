"""The rules of the house that no linter knows: who is asynchronous, who knows a version of OCPP, who enters a schema."""

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("tenants", "chargers", "authorization", "transactions", "billing")
SOURCES = sorted(
    path
    for package in (*APPS, "csms")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
IN_APPS = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in APPS]
ASYNCHRONOUS = (
    "csms/ocpp/handshake.py", "csms/ocpp/consumer.py", "csms/ocpp/recorder.py", "csms/ocpp/server.py", "csms/bus.py", "csms/asgi.py",
    "csms/dashboard/live.py", "csms/api/waiting.py", "csms/simulator/", "csms/demo/", "csms/health.py",
    "csms/static_files.py", "csms/streaming.py", "csms/bodies.py", "tenants/middleware.py", "tenants/asgi.py",
)  # fmt: skip
KNOW_VERSIONS = ("csms/ocpp/", "csms/simulator/", "csms/demo/", "csms/vocabulary/")
VERSION = re.compile(r"(ocpp)?(1\.6|2\.0\.1|2\.1)J?")
SCHEMA_DOORS = re.compile(r"\b(set_schema|set_tenant|schema_context|tenant_context|set_schema_to_public)\b")
SEARCH_PATH = re.compile(r"search_path", re.IGNORECASE)
QUALIFIED = re.compile(r'(from|into|update|join|table)\s+"?public"?\.', re.IGNORECASE)
ASYNC_ORM = frozenset(
    "aget acreate aget_or_create aupdate_or_create abulk_create abulk_update acount aexists afirst alast alatest aearliest"
    " aaggregate aupdate adelete asave arefresh_from_db aiterator ain_bulk aexplain acontains aset aadd aremove aclear".split()
)
WORDS = re.compile(r"\b(charge ?box|chargebox|charge ?point ?id|id ?tag)\b", re.IGNORECASE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name_of(path))


def docstrings(tree: ast.Module) -> set[ast.expr]:
    """The expressions that are documentation and no logic."""
    owners = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    first = [node.body[0] for node in owners if node.body]
    return {node.value for node in first if isinstance(node, ast.Expr)}


def imports(tree: ast.Module) -> set[str]:
    """The modules that a file imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def offences(
    rule: Callable[[ast.Module], Iterable[object]],
    paths: Iterable[Path] = SOURCES,
    *,
    but: tuple[str, ...] = (),
) -> dict[str, list[object]]:
    """What a rule finds in each file that it holds for; files without a finding are left out."""
    found = {
        name_of(path): list(rule(tree_of(path)))
        for path in paths
        if not name_of(path).startswith(but or ("\0",))
    }
    return {name: findings for name, findings in found.items() if findings}


def names(tree: ast.Module) -> set[str]:
    """Every name and attribute that is used."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def texts(tree: ast.Module) -> list[str]:
    """Every string that is not documentation."""
    constants = {node for node in ast.walk(tree) if isinstance(node, ast.Constant)} - docstrings(tree)
    return [node.value for node in constants if isinstance(node.value, str)]


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 50
    assert len(IN_APPS) > 30


def test_only_the_named_modules_are_asynchronous() -> None:
    def rule(tree: ast.Module) -> list[int]:
        return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]

    assert offences(rule, but=ASYNCHRONOUS) == {}


def test_only_tenants_and_the_settings_know_django_tenants() -> None:
    def rule(tree: ast.Module) -> list[str]:
        return [name for name in imports(tree) if name.startswith("django_tenants")]

    assert offences(rule, but=("tenants/", "csms/settings.py")) == {}


def test_there_is_one_door_into_a_schema() -> None:
    def rule(tree: ast.Module) -> list[str]:
        doors = [name for name in names(tree) if SCHEMA_DOORS.search(name)]
        return doors + [text for text in texts(tree) if SEARCH_PATH.search(text)]

    assert (
        offences(rule, but=("tenants/postgresql_backend/", "tenants/context.py", "tenants/recipes.py")) == {}
    )


def test_apps_ask_the_database_synchronously() -> None:
    assert offences(lambda tree: names(tree) & ASYNC_ORM, IN_APPS) == {}


def test_no_app_knows_the_front_doors() -> None:
    def rule(tree: ast.Module) -> list[str]:
        return [name for name in imports(tree) if name == "csms" or name.startswith("csms.")]

    assert offences(rule, IN_APPS) == {}


def test_only_the_chargers_door_knows_a_version() -> None:
    assert offences(lambda tree: filter(VERSION.fullmatch, texts(tree)), but=KNOW_VERSIONS) == {}


def test_the_vocabulary_is_data_for_all() -> None:
    def rule(tree: ast.Module) -> list[str]:
        ours = [name for name in imports(tree) if name.partition(".")[0] in (*APPS, "csms")]
        return [name for name in ours if not name.startswith("csms.vocabulary")]

    assert offences(rule, sorted((ROOT / "csms/vocabulary").rglob("*.py"))) == {}


def test_apps_remember_nothing_of_a_tenant() -> None:
    def rule(tree: ast.Module) -> list[str]:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        cached = [
            node for node in functions if any("cache" in ast.unparse(each) for each in node.decorator_list)
        ]
        return [node.name for node in cached if node.args.args and "cached_property" not in ast.unparse(node)]

    assert offences(rule, IN_APPS) == {}


def test_only_reviewed_modules_name_a_schema_in_sql() -> None:
    def rule(tree: ast.Module) -> list[str]:
        return [text for text in texts(tree) if QUALIFIED.search(text)]

    assert offences(rule, but=("tenants/", "csms/ocpp/stray.py")) == {}


def test_apps_use_no_signals() -> None:
    def rule(tree: ast.Module) -> list[str]:
        return [
            name for name in imports(tree) if name.startswith(("django.dispatch", "django.db.models.signals"))
        ]

    assert offences(rule, IN_APPS) == {}


def test_the_simulator_is_a_client_like_any_other() -> None:
    def rule(tree: ast.Module) -> list[str]:
        ours = [name for name in imports(tree) if name.partition(".")[0] in (*APPS, "csms")]
        return [name for name in ours if not name.startswith("csms.simulator")]

    assert offences(rule, sorted((ROOT / "csms/simulator").rglob("*.py"))) == {}


def test_apps_speak_the_words_of_the_field() -> None:
    def rule(tree: ast.Module) -> list[str]:
        defined = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        return [name for name in defined if WORDS.search(name.replace("_", " "))]

    assert offences(rule, IN_APPS) == {}
