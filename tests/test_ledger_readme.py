"""The prose beside the core says what the code does: the tables, examples and links of `ledger/README.md`."""

import doctest
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from ledger import errors
from ledger.accounts import Charters, fund_charter, no_charters, pool_charter
from ledger.book import Book
from ledger.books import Books
from ledger.errors import InputRefused, LawBroken
from ledger.events import ADAPTER, CATALOGUE, Allocation, AnyEvent, CollateralTerms, Event, Evidence
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.laws import admit
from ledger.sources.json_lines import facts
from ledger.values import AssetId, FundId, PoolId, Timestamp, TrancheId
from ledger.waterfall import FundLayer, HoldLayer, SocializeLayer

FOLDER = Path(errors.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
NOW = Timestamp("2024-03-01T00:00:00Z")

LAWS = [law for law in vars(errors).values() if isinstance(law, type) and issubclass(law, LawBroken)]
LAWS.remove(LawBroken)

TABLES: dict[str, Any] = {f"`{name}`": event for name, event in CATALOGUE.items()} | {
    "Envelope": Event,
    "Evidence": Evidence,
    "Part of an allocation": Allocation,
    "Collateral terms": CollateralTerms,
    "Layer `fund`": FundLayer,
    "Layer `socialize`": SocializeLayer,
    "Layer `hold`": HoldLayer,
}

LETTERS = {"pool": "P", "fund": "F", "tranche": "T", "loan": "L", "case": "C", "asset": "K"}


def with_optional(field: str) -> list[str]:
    """The events for which a field is optional."""
    return [name for name, event in CATALOGUE.items() if any(found == (field, "absent") for found in fields_of(event))]


# Reading the prose.


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[1]


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has this name; none where there is no such table."""
    found = re.search(rf"^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n)*)", text, re.MULTILINE)
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in found[1].splitlines()] if found else []


def anchor(heading: str) -> str:
    return "#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def refusal(error: str) -> tuple[bytes, list[str]]:
    """The fact that the example of an error shows, and the messages under it."""
    found = re.search(rf"^`{error}`:\n\n```text\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found, f"no example of {error}"
    fact, *messages = found[1].splitlines()
    return fact.encode(), messages


def example_book() -> list[bytes]:
    return blocks(section("6 Laws"), "jsonl")[0].encode().splitlines()


def books_of(lines: list[bytes]) -> Books:
    books = Books()
    for line in lines:
        admit(ADAPTER.validate_json(line), books)
    return books


# Reading the code.


def fields_of(declared: Any) -> list[tuple[str, str]]:
    """The fields that a table shows, each with its default as the table writes it."""
    envelope = () if declared is Event else vars(Event)["__pydantic_fields__"]
    fields = vars(declared)["__pydantic_fields__"]
    return [(name, spoken(field)) for name, field in fields.items() if name != "type" and name not in envelope]


def spoken(field: Any) -> str:
    """A default as a table writes it; nothing where the field is required."""
    match field.default:
        case _ if field.is_required():
            return ""
        case None:
            return "absent"
        case "":
            return "made"
        case ():
            return "empty"
        case tuple() as several:
            return f"`{', '.join(several)}`"
        case one:
            return f"`{one}`"


def charters() -> Charters:
    """Pool P with a tranche T, and fund F."""
    found = no_charters()
    found.pools[PoolId("P")] = pool_charter(
        pool=PoolId("P"),
        asset=AssetId("A"),
        debt="bilateral",
        virtual_assets=0,
        virtual_shares=0,
        rate_scale=0,
        tranches=[TrancheId("T")],
    )
    found.funds[FundId("F")] = fund_charter(FundId("F"), AssetId("B"))
    return found


def lettered(event: Any, *optional: str) -> AnyEvent:
    """An event with the letters of the chart as names, field names for parties, and powers of two as amounts."""
    hints = get_type_hints(event)
    values: dict[str, object] = {"at": NOW}
    for number, (name, default) in enumerate(fields_of(event)):
        hint = hints[name]
        if int in (hint, *get_args(hint)):
            values[name] = 1 << number
        elif get_origin(hint) is Literal:
            values[name] = get_args(hint)[0]
        elif not default or name in ("loan", "tranche", "fee_recipient", *optional):
            values[name] = () if get_origin(hint) is tuple else LETTERS.get(name, name.upper())
    built: AnyEvent = event(**values)
    return built


def moves(event: AnyEvent) -> list[tuple[str, str, str, int]]:
    """(debit, credit, commodity, amount), as the tables have them."""
    return [
        (debit, credit, commodity, amount) for commodity, debit, credit, amount in event.moves(charters()) if amount
    ]


def documented(rows: list[list[str]], event: AnyEvent, **instead: str) -> list[tuple[str, str, str, int]]:
    """The same from the rows of a table, with the event's amounts; `instead` of cash or loans another account."""
    return [
        (account(debit, **instead), account(credit, **instead), commodity.strip("`"), sum_of(text, event))
        for debit, credit, commodity, text in rows
    ]


def account(cell: str, cash: str = "assets:P:cash", loans: str = "assets:P:loans") -> str:
    """An account as a cell writes it, or the one that stands for it."""
    return cell.strip("`").replace("assets:P:cash", cash).replace("assets:P:loans", loans)


def paid_in_shares(name: str) -> list[list[str]]:
    """The row of the table of events that may be paid in shares, without its first column."""
    return [row for events, *row in table(section("4 Event catalogue"), "event") if name in names(events)]


def accounts_marked_as_used() -> set[str]:
    chart = table(section("3 Chart of accounts"), "account")
    return {name.strip("`") for name, _, _, used, _ in chart if used == "yes"}


def accounts_posted_to() -> set[str]:
    """The accounts of all postings tables, with the chart's letters for tranches and parties."""
    tables = [table(section(f"`{name}`"), "debit") for name in CATALOGUE]
    cells = {cell.strip("`") for rows in tables for row in rows for cell in row[:2]}
    return {re.sub(r":[A-Z_]{2,}$", ":NAME", cell.replace(":lenders", ":T")) for cell in cells}


def sum_of(text: str, event: AnyEvent) -> int:
    """What the fields named in a cell come to; one after a minus sign is taken off."""
    signed = re.findall(r"(\N{MINUS SIGN} )?`(\w+)`", text)
    return sum(-getattr(event, name) if minus else getattr(event, name) for minus, name in signed)


# The event catalogue.


def test_the_catalogue_describes_every_event_in_order_and_no_other() -> None:
    described = re.findall(r"^#### `(.+)`$", README, re.MULTILINE)

    assert described == list(CATALOGUE)


@pytest.mark.parametrize("heading", TABLES)
def test_a_field_table_names_exactly_the_fields_with_their_defaults(heading: str) -> None:
    rows = table(section(heading), "field")

    assert [(name.strip("`"), default) for name, _, default in rows] == fields_of(TABLES[heading])


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_postings_table_is_what_the_event_moves(name: str) -> None:
    event = lettered(CATALOGUE[name])

    assert documented(table(section(f"`{name}`"), "debit"), event) == moves(event)


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_says_that_there_are_no_postings_where_the_event_moves_nothing(name: str) -> None:
    event = lettered(CATALOGUE[name])

    assert ("No postings." in section(f"`{name}`")) == (moves(event) == [])


@pytest.mark.parametrize("name", with_optional("case"))
def test_with_an_optional_case_the_loan_in_default_is_posted_to(name: str) -> None:
    event = lettered(CATALOGUE[name], "case")
    rows = table(section(f"`{name}`"), "debit")

    assert documented(rows, event, loans="assets:P:defaulted") == moves(event)


@pytest.mark.parametrize("name", with_optional("lender"))
def test_with_an_optional_lender_claims_move_and_shares_are_issued_or_burnt(name: str) -> None:
    event = lettered(CATALOGUE[name], "lender")
    rows = [*paid_in_shares(name), *table(section(f"`{name}`"), "debit")]

    assert sorted(documented(rows, event, cash="liabilities:P:claims:T")) == sorted(moves(event))


def test_the_chart_marks_as_used_the_accounts_that_events_post_to() -> None:
    assert accounts_marked_as_used() == accounts_posted_to()


# The laws.


@pytest.mark.parametrize("law", LAWS)
def test_each_law_shows_a_refusal_in_the_words_of_the_code(law: type[LawBroken]) -> None:
    fact, messages = refusal(law.__name__)
    books = books_of(example_book())

    with pytest.raises(LawBroken) as refused:
        admit(ADAPTER.validate_json(fact), books)

    assert (type(refused.value), [str(refused.value)]) == (law, messages)


def test_the_facts_of_nothing_are_admitted() -> None:
    [nothing] = blocks(section("Law 11: zero is lawful"), "jsonl")

    books = books_of([*example_book(), *nothing.encode().splitlines()])

    assert books.issued(PoolId("prime"), TrancheId("lenders")) == 1_007


def test_a_malformed_fact_shows_its_flaws_in_the_words_of_the_code() -> None:
    fact, messages = refusal("Malformed")

    assert [str(flaw) for flaw in facts([fact])] == [f"line 1: {message}" for message in messages]


def test_a_known_id_with_other_content_is_refused_in_the_words_of_the_code() -> None:
    fact, messages = refusal("IdConflict")
    book = Book(MemoryJournal())
    book.record(facts(example_book()), source="book", clock=lambda: NOW, recorded_by="test")

    with pytest.raises(InputRefused) as refused:
        book.record(facts([fact]), source="fact", clock=lambda: NOW, recorded_by="test")

    assert refused.value.problems == tuple(f"line 1: {message}" for message in messages)


# Arithmetic, journal, decisions.


def test_the_examples_in_python_give_what_they_show() -> None:
    examples = doctest.DocTestParser().get_doctest("".join(blocks(README, "python")), {}, "README.md", None, None)

    results = doctest.DocTestRunner().run(examples)

    assert (results.failed, results.attempted) == (0, README.count(">>> "))


def test_the_tables_and_triggers_of_a_journal_are_described(tmp_path: Path) -> None:
    text = section("8 The journal on disk")
    SqliteJournal.create(tmp_path / "book.db", patience=1)

    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        columns = connection.execute(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
        ).fetchall()
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()

    assert [(of.strip("`"), column.strip("`")) for of, column, _ in table(text, "table")] == columns
    assert sorted(name for row in table(text, "trigger") for name in names(row[0])) == sorted(
        name for (name,) in triggers
    )


def test_the_query_for_a_reader_gives_the_canonical_facts(tmp_path: Path) -> None:
    [query] = blocks(section("8 The journal on disk"), "sql")
    book = Book(SqliteJournal.create(tmp_path / "book.db", patience=1))
    book.record(facts(example_book()), source="book", clock=lambda: NOW, recorded_by="test")

    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        rows = connection.execute(query).fetchall()

    assert [
        (entry.position, entry.type, entry.id, entry.recorded_at, entry.content.decode())
        for entry in book.journal.read()
    ] == rows


def test_every_decision_is_linked_and_every_link_leads_to_one() -> None:
    linked = re.findall(r"\]\((decisions/.+?)\)", section("10 Decisions"))

    assert linked == sorted(f"decisions/{path.name}" for path in (FOLDER / "decisions").iterdir())


@pytest.mark.parametrize("path", sorted((FOLDER / "decisions").iterdir()), ids=lambda path: path.name)
def test_a_decision_has_its_number_and_its_three_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_the_contents_lead_to_every_section() -> None:
    sections = re.findall(r"^## (.+)$", README, re.MULTILINE)
    contents = re.findall(r"^\[.*", README[: README.index("## ")], re.MULTILINE)

    assert re.findall(r"\[(\d.*?)\]\((#.*?)\)", "".join(contents)) == [(name, anchor(name)) for name in sections]
