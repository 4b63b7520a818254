"""The prose beside the core says what the code does: the tables, examples and links of `ledger/README.md`."""

import doctest
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from ledger import errors
from ledger.accounts import Charters, fund_charter, net, no_charters, pool_charter
from ledger.book import Book
from ledger.chart import part_of, side_of
from ledger.errors import InputRefused, LawBroken, UnknownName
from ledger.events import (
    ADAPTER,
    CATALOGUE,
    Allocation,
    AnyEvent,
    CollateralTerms,
    Event,
    Evidence,
    PostedLine,
    RecoveryPart,
    RedistributedPart,
)
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.laws import admit
from ledger.sources.json_lines import facts
from ledger.values import (
    Account,
    AccountName,
    Amount,
    AssetId,
    Commodity,
    Count,
    Counted,
    DebtMode,
    EventId,
    FundId,
    Held,
    Instant,
    LoanId,
    LongText,
    Named,
    PoolId,
    Scale,
    Sha256,
    Signed,
    Text,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import FundLayer, HoldLayer, ReserveLayer, SocializeLayer, TrancheLayer
from tests.story import Story, asset_registered, pool_opened, told

FOLDER = Path(errors.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
NOW = Timestamp("2024-03-01T00:00:00Z")

LAWS = [law for law in vars(errors).values() if isinstance(law, type) and issubclass(law, LawBroken)]
LAWS.remove(LawBroken)

TABLES: dict[str, Any] = {f"`{name}`": event for name, event in CATALOGUE.items()} | {
    "Envelope": Event,
    "Evidence": Evidence,
    "Part of an allocation": Allocation,
    "Part of a redistribution": RedistributedPart,
    "Part of a recovery": RecoveryPart,
    "Posting": PostedLine,
    "Collateral terms": CollateralTerms,
    "Layer `tranche`": TrancheLayer,
    "Layer `fund`": FundLayer,
    "Layer `reserve`": ReserveLayer,
    "Layer `socialize`": SocializeLayer,
    "Layer `hold`": HoldLayer,
}

TYPES: list[tuple[Any, str]] = [
    (Amount, "amount"),
    (Signed, "signed"),
    (Named[str], "name"),
    (AccountName, "account"),
    (Held, "commodity"),
    (Counted, "commodity"),
    (Sha256, "hash"),
    (Text, "text"),
    (LongText, "text"),
    (Instant, "instant"),
    (Count, "integer"),
    (Scale, "integer"),
]
"""The first word of a type as the tables write it; shares and wads are amounts."""

MODES = get_args(DebtMode)

HASH = "0" * 64
LETTERS = {
    "pool": "P",
    "fund": "F",
    "tranche": "T",
    "loan": "L",
    "case": "C",
    "asset": "K",
    "report": HASH,
    "head": HASH,
}

POSTED = (
    PostedLine(account=Account("assets:P:cash"), commodity=Commodity("A"), amount=3),
    PostedLine(account=Account("equity:P:reserve"), commodity=Commodity("A"), amount=-1),
    PostedLine(account=Account("liabilities:P:claims:T"), commodity=Commodity("A"), amount=-2),
)
PARTS = {
    "deficit": RecoveryPart(to="deficit", amount=1),
    "fund": RecoveryPart(to="fund", name="F", amount=1),
    "reserve": RecoveryPart(to="reserve", amount=1),
    "tranche": RecoveryPart(to="tranche", name="T", amount=1),
    "bearers": RecoveryPart(to="bearers", amount=1, basis=EventId("LOSS")),
    "borrower": RecoveryPart(to="borrower", name="L", amount=1),
}
TAKERS = [("income-received", to, {"to": to}) for to in ("reserve", "T")] + [
    ("recovery-allocated", to, {"parts": (part,)}) for to, part in PARTS.items()
]
"""The events with a table of who takes: each taker, and how the event names it."""

CHOSEN: dict[str, dict[str, Any]] = {
    "income-received": {"to": "T"},
    "debt-redistributed": {"parts": (RedistributedPart(loan=LoanId("L"), principal=1),)},
    "recovery-allocated": {"parts": tuple(PARTS.values())},
    "entry-reversed": {"postings": POSTED},
    "adjustment-posted": {"pool": "P", "postings": POSTED},
    "balance-asserted": {"account": "assets:P:cash"},
    "period-closed": {"through": NOW},
}
"""What letters do not give, and the event is not built without."""

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "interest-accrued": ({}, {"loan": None}),
    "allowance-changed": ({"decrease": None}, {"increase": None}),
    "income-received": ({"to": "reserve"}, {"to": "T"}),
}
"""What else an event can be, where that moves other accounts."""

POOLED: dict[str, dict[str, Any]] = {
    "debt-redistributed": {"parts": (RedistributedPart(loan=LoanId("L"), principal=1, debt_shares=2),)},
}
"""The same in a pooled pool."""

STATED = ("entry-reversed", "adjustment-posted")
BY_TABLE = [
    name for name in CATALOGUE if name not in (*STATED, *(event for event, _, _ in TAKERS), "allowance-changed")
]


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


def story_of(lines: list[bytes]) -> Story:
    return told(*(ADAPTER.validate_json(line) for line in lines))


# Reading the code.


def fields_of(declared: Any) -> list[tuple[str, str]]:
    """The fields that a table shows, each with its default as the table writes it."""
    envelope = () if declared is Event else vars(Event)["__pydantic_fields__"]
    fields = vars(declared)["__pydantic_fields__"]
    return [(name, spoken(field)) for name, field in fields.items() if name != "type" and name not in envelope]


def spoken(field: Any) -> str:
    """A default as a table writes it; nothing where the field is required."""
    if field.is_required():
        return ""
    match field.default:
        case None | "" | () as nothing:
            return {None: "absent", "": "made", (): "empty"}[nothing]
        case tuple() as several:
            return f"`{', '.join(several)}`"
        case bool() as either:
            return f"`{str(either).lower()}`"
        case one:
            return f"`{one}`"


def type_of(hint: Any) -> str:
    """The type of a field as a table names it first; of a choice, each of its words."""
    [plain, *_] = (
        [part for part in get_args(hint) if part is not type(None)] if type(None) in get_args(hint) else [hint]
    )
    marks = getattr(plain, "__metadata__", ())
    bare = plain.__origin__ if marks else plain
    match get_origin(bare):
        case _ if named := [word for declared, word in TYPES if declared.__metadata__[0] in marks]:
            return named[0]
        case origin if origin is tuple:
            return "list"
        case origin if origin is Literal:
            return " ".join(get_args(bare))
        case _:
            return "boolean" if bare is bool else "object"


def types_of(declared: Any) -> list[tuple[str, str]]:
    """The fields that a table shows, each with its type."""
    hints = get_type_hints(declared, include_extras=True)
    return [(name, type_of(hints[name])) for name, _ in fields_of(declared)]


def said_type(cell: str) -> str:
    """The same from a cell; shares and wads are amounts."""
    if cell.startswith("`"):
        return " ".join(names(cell))
    word = re.split(r"[ ,:;]", cell)[0]
    return "amount" if word in ("shares", "wad") else word


def charters(debt: DebtMode = "bilateral") -> Charters:
    """Pool P with a tranche T, and fund F."""
    found = no_charters()
    found.pools[PoolId("P")] = pool_charter(
        pool=PoolId("P"),
        asset=AssetId("A"),
        debt=debt,
        virtual_assets=0,
        virtual_shares=0,
        rate_scale=0,
        tranches=[TrancheId("T")],
    )
    found.funds[FundId("F")] = fund_charter(FundId("F"), AssetId("B"))
    return found


def lettered(event: Any, *optional: str, **chosen: Any) -> AnyEvent:
    """An event with the letters of the chart as names, field names for parties, and powers of two as amounts."""
    hints = get_type_hints(event)
    values: dict[str, object] = {"at": NOW}
    for number, (name, default) in enumerate(fields_of(event)):
        hint = hints[name]
        if name == "debt_shares" and name not in optional:
            continue
        if int in (hint, *get_args(hint)):
            values[name] = 1 << number
        elif get_origin(hint) is Literal:
            values[name] = get_args(hint)[0]
        elif not default or name in ("loan", "tranche", "fee_recipient", *optional):
            values[name] = () if get_origin(hint) is tuple else LETTERS.get(name, name.upper())
    built: AnyEvent = event(**(values | CHOSEN.get(event.type, {}) | chosen))
    return built


def moves(event: AnyEvent, debt: DebtMode = "bilateral") -> list[tuple[str, str, str, int]]:
    """(debit, credit, commodity, amount), as the tables have them."""
    return [
        (debit, credit, commodity, amount)
        for commodity, debit, credit, amount in event.moves(charters(debt))
        if amount and debit != credit
    ]


def documented(
    rows: list[list[str]], event: AnyEvent, instead: dict[str, str] | None = None
) -> list[tuple[str, str, str, int]]:
    """The same from the rows of a table, with the event's amounts; `instead` of some accounts, by pattern, others.

    A move from an account to itself is none.
    """
    found = [
        (account(debit, instead or {}), account(credit, instead or {}), commodity.strip("`"), sum_of(text, event))
        for debit, credit, commodity, text in rows
    ]
    return [move for move in found if move[0] != move[1]]


def account(cell: str, instead: dict[str, str]) -> str:
    """An account as a cell writes it, or the one that stands for it."""
    name = cell.strip("`")
    for pattern, other in instead.items():
        name = re.sub(pattern, other, name)
    return name


def named_in_a_table(name: str, table_after: str) -> list[list[str]]:
    """The row of an event in the table that follows some words of section 4, without its first column."""
    _, text = section("4 Event catalogue").split(table_after)
    return [row for events, *row in table(text, "event") if name in names(events)]


def accounts_posted_to() -> set[str]:
    """The accounts that events move in some debt mode, with the chart's letters for tranches, parties and loans."""
    events = [
        (lettered(CATALOGUE[name], *optional, **chosen), mode)
        for name in CATALOGUE
        for mode in MODES
        for optional in ((), ("case",), ("lender",), ("debt_shares",))
        for chosen in VARIANTS.get(name, ({},))
    ]
    found = {account for event, mode in events for move in moves(event, mode) for account in move[:2]}
    return {with_letters(account) for account in found}


def with_letters(account: str) -> str:
    of_loan = re.sub(r"^(assets:P:\w+|register:P:debt):(SENDER|RECEIVER)", r"\1:L", account)
    return re.sub(r":[A-Z_]{2,}$", ":NAME", of_loan.replace(":lenders", ":T"))


def chart() -> list[tuple[Account, Commodity, str]]:
    """The accounts of the chart, with what they are kept in and their side."""
    rows = table(section("3 Chart of accounts"), "account")
    return [(Account(name.strip("`")), Commodity(kept_in.strip("`")), side) for name, kept_in, side, _ in rows]


def debt_modes_with(account: Account, commodity: Commodity) -> list[str]:
    """The debt modes of a pool in which an account is in the chart."""
    found = []
    for mode in MODES:
        with suppress(UnknownName):
            part_of(account, commodity, charters(mode))
            found.append(mode)
    return found


def sum_of(text: str, event: AnyEvent) -> int:
    """What the fields named in a cell come to; one after a minus sign is taken off."""
    signed = re.findall(r"(\N{MINUS SIGN} )?`(\w+)`", text)
    return sum(-stated(event, name) if minus else stated(event, name) for minus, name in signed)


def stated(event: Any, name: str) -> int:
    """An amount of an event, or of its one part."""
    holder = event if hasattr(event, name) else event.parts[0]
    amount: int = getattr(holder, name)
    return amount


# The event catalogue.


def test_the_catalogue_describes_every_event_in_order_and_no_other() -> None:
    described = re.findall(r"^#### `(.+)`$", README, re.MULTILINE)

    assert described == list(CATALOGUE)


@pytest.mark.parametrize("heading", TABLES)
def test_a_field_table_names_exactly_the_fields_with_their_defaults(heading: str) -> None:
    rows = table(section(heading), "field")

    assert [(name.strip("`"), default) for name, _, default in rows] == fields_of(TABLES[heading])


@pytest.mark.parametrize("heading", TABLES)
def test_a_field_table_says_the_type_of_each_field(heading: str) -> None:
    rows = table(section(heading), "field")

    assert [(name.strip("`"), said_type(cell)) for name, cell, _ in rows] == types_of(TABLES[heading])


@pytest.mark.parametrize("name", BY_TABLE)
def test_a_postings_table_is_what_the_event_moves(name: str) -> None:
    event = lettered(CATALOGUE[name])

    assert documented(table(section(f"`{name}`"), "debit"), event) == moves(event)


@pytest.mark.parametrize(("name", "taker", "named"), TAKERS)
def test_a_table_of_takers_is_what_the_event_moves_for_each(name: str, taker: str, named: dict[str, Any]) -> None:
    event = lettered(CATALOGUE[name], **named)
    rows = [row for to, *row in table(section(f"`{name}`"), "to") if to == f"`{taker}`"]

    assert documented(rows, event) == moves(event)


@pytest.mark.parametrize("name", ["income-received", "recovery-allocated"])
def test_a_table_of_takers_has_no_other(name: str) -> None:
    takers = {to.strip("`") for to, *_ in table(section(f"`{name}`"), "to")}

    assert takers == {taker for event, taker, _ in TAKERS if event == name}


def test_every_kind_of_part_of_a_recovery_is_a_taker() -> None:
    assert tuple(PARTS) == get_args(get_type_hints(RecoveryPart)["to"])


@pytest.mark.parametrize(("row", "absent"), [(0, "decrease"), (1, "increase")])
def test_an_allowance_moves_one_way_or_the_other(row: int, absent: str) -> None:
    event = lettered(CATALOGUE["allowance-changed"], **{absent: None})
    rows = table(section("`allowance-changed`"), "debit")

    assert documented([rows[row]], event) == moves(event)


def test_interest_that_is_trued_down_moves_the_other_way() -> None:
    down, up = (lettered(CATALOGUE["interest-allocated"], interest=interest) for interest in (-5, 5))

    assert [(credit, debit, commodity, amount) for debit, credit, commodity, amount in moves(down)] == moves(up)


@pytest.mark.parametrize("name", STATED)
def test_postings_that_an_event_states_are_its_own(name: str) -> None:
    event = lettered(CATALOGUE[name])

    assert "Posts its `postings` as they are stated." in section(f"`{name}`")
    assert net(event.lines(charters())) == {(line.account, line.commodity): line.amount for line in POSTED}


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_says_that_there_are_no_postings_where_the_event_moves_nothing(name: str) -> None:
    event = lettered(CATALOGUE[name], **VARIANTS.get(name, ({},))[0])

    assert ("No postings." in section(f"`{name}`")) == (moves(event) == [])


@pytest.mark.parametrize("name", [name for name in with_optional("case") if name not in ("debt-transferred", *STATED)])
def test_with_an_optional_case_the_loan_in_default_is_posted_to(name: str) -> None:
    event = lettered(CATALOGUE[name], "case")
    rows = table(section(f"`{name}`"), "debit")

    assert documented(rows, event, {"assets:P:loans": "assets:P:defaulted"}) == moves(event)


def test_debt_that_is_transferred_with_a_case_leaves_the_loan_in_default() -> None:
    event = lettered(CATALOGUE["debt-transferred"], "case")
    rows = table(section("`debt-transferred`"), "debit")

    assert documented(rows, event, {"loans:SENDER": "defaulted:SENDER"}) == moves(event)


@pytest.mark.parametrize("name", with_optional("lender"))
def test_with_an_optional_lender_claims_move_and_shares_are_issued_or_burnt(name: str) -> None:
    event = lettered(CATALOGUE[name], "lender")
    rows = [*named_in_a_table(name, "**Paid in shares.**"), *table(section(f"`{name}`"), "debit")]

    assert sorted(documented(rows, event, {"assets:P:cash": "liabilities:P:claims:T"})) == sorted(moves(event))


@pytest.mark.parametrize("name", BY_TABLE)
def test_in_a_pooled_pool_the_control_account_stands_for_all_loans_and_debt_shares_move(name: str) -> None:
    event = lettered(CATALOGUE[name], "debt_shares", **POOLED.get(name, {}))
    rows = [*named_in_a_table(name, "**Pooled.**"), *table(section(f"`{name}`"), "debit")]

    assert sorted(documented(rows, event, {"assets:P:(loans|defaulted):.*": "assets:P:loans"})) == sorted(
        moves(event, "pooled")
    )


@pytest.mark.parametrize(("debt", "stands"), [("indexed", "assets:P:interest"), ("pooled", "assets:P:loans")])
def test_interest_of_a_pool_is_posted_to_no_loan(debt: DebtMode, stands: str) -> None:
    event = lettered(CATALOGUE["interest-accrued"], loan=None)
    rows = table(section("`interest-accrued`"), "debit")

    assert documented(rows, event, {"assets:P:loans:.*": stands}) == moves(event, debt)


# The chart of accounts and the glossary.


def test_the_chart_names_exactly_the_accounts_that_events_post_to() -> None:
    assert sorted(account for account, _, _ in chart()) == sorted(accounts_posted_to())


def test_the_chart_says_on_which_side_an_account_stands() -> None:
    assert [side.split(";")[0] for _, _, side in chart()] == [side_of(name, kept_in) for name, kept_in, _ in chart()]


def test_the_chart_marks_the_accounts_that_may_stand_on_either_side() -> None:
    negative = ReserveLayer(layer="reserve", negative=True)
    pool = pool_opened(pool=PoolId("P"), debt="indexed", waterfall=(negative,))

    may = told(asset_registered(), pool).books.sums.either | {Account("equity:P:rounding")}

    assert {name for name, _, side in chart() if "either" in side} == may


@pytest.mark.parametrize(("name", "kept_in", "side"), chart())
def test_an_account_of_the_chart_is_known_by_its_name(name: Account, kept_in: Commodity, side: str) -> None:
    assert side
    assert debt_modes_with(name, kept_in)


def test_the_glossary_is_in_order() -> None:
    terms = [term for term, _ in table(section("2 Glossary"), "term")]

    assert terms == sorted(terms, key=str.casefold)


# The laws.


@pytest.mark.parametrize("law", LAWS)
def test_each_law_shows_a_refusal_in_the_words_of_the_code(law: type[LawBroken]) -> None:
    fact, messages = refusal(law.__name__)
    story = story_of(example_book())

    with pytest.raises(LawBroken) as refused:
        admit(ADAPTER.validate_json(fact), story.books)

    assert (type(refused.value), [str(refused.value)]) == (law, messages)


def test_the_facts_of_nothing_are_admitted() -> None:
    [nothing] = blocks(section("Law 11: zero is lawful"), "jsonl")

    story = story_of([*example_book(), *nothing.encode().splitlines()])

    assert story.books.issued(PoolId("prime"), TrancheId("lenders")) == 1_007


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


def test_the_tables_indexes_and_triggers_of_a_journal_are_described(tmp_path: Path) -> None:
    text = section("8 The journal on disk")
    SqliteJournal.create(tmp_path / "book.db", patience=1)

    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        columns = connection.execute(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
        ).fetchall()
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        indexes = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql <> ''").fetchall()

    assert [(of.strip("`"), column.strip("`")) for of, column, _ in table(text, "table")] == columns
    assert [(name.strip("`"),) for name, _, _ in table(text, "index")] == indexes
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
