"""The house: imports point one way, a library is met only in its room, and the top level stays as it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for room in ("ledger", "projections", "cli") for path in (ROOT / room).rglob("*.py"))

ALLOWED = {
    "ledger": {"ledger"},
    "projections": {"ledger", "projections"},
    "cli": {"ledger", "projections", "cli"},
}
LIBRARY_ROOMS = {
    "eventsourcing": ("ledger/journal/",),
    "sqlite3": ("ledger/journal/", "projections/store/failures.py"),
    "sqlalchemy": ("projections/", "cli/"),
    "psycopg": ("projections/", "cli/"),
    "xlsxwriter": ("projections/exports/",),
    "altair": ("projections/page/",),
    "vl_convert": ("projections/page/",),
    "jinja2": ("projections/page/", "projections/reconciliation/page/"),
    "beancount": (),
    "openpyxl": ("projections/reconciliation/sources/",),
    "defusedxml": ("projections/reconciliation/sources/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "eth_abi": ("ledger/sources/evm/",),
    "Crypto": ("ledger/sources/evm/",),
}
CORE = (
    *("values", "errors", "accounts", "chart", "sums", "registers", "shares", "terms", "waterfall", "cases", "indices"),
    *("past", "books", "events", "laws", "commands", "entitlements", "receipt", "states"),
)
AROUND_THE_CORE = ("journal", "book", "snapshot", "audit", "decided_again", "sources", "desk", "what_if")
IMPURE = {"os", "time", "random", "socket", "pathlib", "io", "sys", "subprocess", "secrets", "uuid", "logging"}
TOP_LEVEL = {"pyproject.toml", "README.md", "ledger", "projections", "cli", "tests"}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_core(path: Path) -> bool:
    return relative(path).startswith(tuple(f"ledger/{part}" for part in CORE)) and "book.py" not in path.name


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_imports_point_one_way(path: Path) -> None:
    rooms = {name.split(".")[0] for name in imported(path)} & set(ALLOWED)
    assert rooms <= ALLOWED[relative(path).split("/")[0]]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_library_is_met_only_in_its_room(path: Path) -> None:
    met = {name.split(".")[0] for name in imported(path)} & set(LIBRARY_ROOMS)
    misplaced = {library for library in met if not relative(path).startswith(LIBRARY_ROOMS[library])}
    assert not misplaced


@pytest.mark.parametrize("path", [path for path in MODULES if is_core(path)], ids=relative)
def test_the_core_knows_neither_the_journal_nor_the_world(path: Path) -> None:
    names = set(imported(path))
    outside = {name for name in names if name.startswith(tuple(f"ledger.{part}" for part in AROUND_THE_CORE))}
    assert not (outside - {"ledger.books"})
    assert not ({name.split(".")[0] for name in names} & IMPURE)


def test_help_imports_neither_pydantic_nor_an_exporter() -> None:
    lazy = {"pydantic", *LIBRARY_ROOMS} - {"click"}
    top = {name.split(".")[0] for name in imported(ROOT / "cli" / "main.py")}
    assert not (top & lazy)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_file_has_one_subject(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_function_fits_the_eye(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 70]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_float_is_written_or_made(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    written = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    made = [node for node in nodes if isinstance(node, ast.Name) and node.id in {"float", "Decimal"}]
    divided = [node for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
    paths = "pathlib" in set(imported(path))
    assert not written
    assert not made
    assert paths or not divided


def test_the_top_level_stays_as_it_is() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"recoup.egg-info"} <= TOP_LEVEL
