"""Statements as CSV, workbooks and JSON Lines: what is read, what is proved, and what is refused with its place."""

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.values import AMOUNT_MAX
from projections.reconciliation.items import Item, Snapshot, SourceRefused, Statement
from projections.reconciliation.sources.given import read
from projections.reconciliation.sources.lines import DIRECTIONS
from projections.reconciliation.sources.profile import Profile, profile_of
from projections.reconciliation.sources.wanted import Wanted

DATA: Final = Path(__file__).parent / "data" / "statements"
EUR: Final = Wanted(None, "eur", 2)
OPEN: Final = EUR._replace(opening=0, closing=0, opened_at="2026-02-28", closed_at="2026-03-31")
IBANS: Final = ("DE89370400440532013000", "CH9300762011623852957")


def statement(content: bytes | str, wanted: Wanted, profile: Profile | None = None) -> Statement:
    (said,) = read(content.encode() if isinstance(content, str) else content, "bank", wanted, profile)
    assert isinstance(said, Statement)
    return said


def items(content: bytes | str, profile: Profile | None = None, **wanted: Any) -> tuple[Item, ...]:
    """The lines of a file whose balances do not matter: it opens at nothing and closes at what they sum to."""
    with pytest.raises(SourceRefused) as refused:
        statement(content, OPEN._replace(closing=AMOUNT_MAX, **wanted), profile)
    total = refused.value.problems[0].partition("come to ")[2].partition(",")[0]
    return statement(content, OPEN._replace(closing=int(total), **wanted), profile).items


def problems(content: bytes | str, wanted: Wanted = OPEN, profile: Profile | None = None) -> tuple[str, ...]:
    with pytest.raises(SourceRefused) as refused:
        read(content.encode() if isinstance(content, str) else content, "bank", wanted, profile)
    return refused.value.problems


def declared(toml: str) -> Profile:
    return profile_of(toml.encode(), "bank.toml")


def sheet(*rows: tuple[Any, ...], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# CSV.


def test_a_banks_file_is_read_by_its_profile() -> None:
    profile = profile_of((DATA / "bank.toml").read_bytes(), "bank.toml")

    said = statement((DATA / "bank.csv").read_bytes(), EUR, profile)

    assert (said.account, said.opened_at, said.opening) == (IBANS[0], "2026-03-01", 10_000)
    assert (said.closed_at, said.closing) == ("2026-03-31", 125_011_219)
    assert said.file.totals == {"credits": "125001234", "debits": "15", "count": "3", "left out": "1"}
    assert said.items == (
        Item(
            5,
            IBANS[0],
            "eur",
            "2026-03-02",
            125_000_000,
            end_to_end="deposit-1",
            reference="R1",
            text="Einzahlung für den Pool",
        ),
        Item(7, IBANS[0], "eur", "2026-03-04", -15, reference="R2", kind="fee", text="Entgelt; Porto"),
        Item(8, IBANS[0], "eur", "2026-03-31", 1234, reference="R3", kind="interest", text="Zinsen"),
    )


def test_a_file_with_our_field_names_needs_no_profile() -> None:
    said = statement("date,amount,tx,log_index\n2026-03-01,12,0xAB,3\n2026-03-02,-2,0xCD,\n", OPEN._replace(closing=10))

    assert [(item.place, item.amount, item.chain) for item in said.items] == [(2, 12, "0xab:3"), (3, -2, "0xcd")]
    assert (said.file.kind, said.file.rows) == ("csv", 2)


def test_a_byte_order_mark_is_no_part_of_the_first_heading() -> None:
    assert len(items("\ufeffdate,amount\n2026-03-01,1\n")) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "cp850"])
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    content = "date,amount,text\n2026-03-01,1,Gebühr\n".encode(encoding)

    assert items(content, Profile(encoding=encoding))[0].text == "Gebühr"


@pytest.mark.parametrize(
    ("toml", "content"),
    [
        ('delimiter = "\\t"', "date\tamount\ttext\n2026-03-01\t7\tx\n"),
        ('delimiter = "|"\nquote = "\'"', "date|amount|text\n2026-03-01|7|'x'\n"),
        ('quote = ""', "date,amount,text\n2026-03-01,7,x\n"),
        ('comment = "#"', "# a bank\ndate,amount,text\n# more\n2026-03-01,7,x\n#end\n"),
        ("skip_before = 2", "a bank\n\ndate,amount,text\n2026-03-01,7,x\n"),
        ("skip_after = 1", "date,amount,text\n----,----,----\n2026-03-01,7,x\n"),
        ("header = false\n[columns]\ndate = 1\namount = 3\ntext = 4\n", "2026-03-01,?,7,x\n"),
        ("", "date,amount,text\r\n2026-03-01,7,x\r\n\r\n,,\r\n"),
        ("", 'date,amount,text\r2026-03-01,"7", x \r'),
        ('[columns]\ndate = "D"\namount = "A"\ntext = "A B"\n', "x,D,A,A B,y\n1,2026-03-01,7,x,2\n"),
        ('sign = "opposite"', "date,amount,text\n2026-03-01,-7,x\n"),
        ("", "date,debit,credit,text\n2026-03-01,,7,x\n"),
        ("", "date,debit,credit,text\n2026-03-01,0,7,x\n"),
        ('sign = "opposite"', "date,debit,credit,text\n2026-03-01,7,,x\n"),
        ('sign = "opposite"\ndebits = "negative"', "date,debit,credit,text\n2026-03-01,-7,,x\n"),
        ("", "date,amount,direction,text\n2026-03-01,7,CRDT,x\n"),
        ('[directions]\nS = "debit"\nH = "credit"', "date,amount,direction,text\n2026-03-01,7,H,x\n"),
        ('sign = "opposite"\n[directions]\nS = "debit"', "date,amount,direction,text\n2026-03-01,7,S,x\n"),
        ('dates = "%d.%m.%Y"', "date,amount,text\n01.03.2026,7,x\n"),
        ("", "value_date,booking_date,amount,text\n2026-03-01,2026-04-01,7,x\n"),
        ("", "value_date,booking_date,amount,text\n,2026-03-01,7,x\n"),
    ],
)
def test_a_dialect_is_read(toml: str, content: str) -> None:
    (item,) = items(content, declared(toml))

    assert (item.at, item.amount, item.text) == ("2026-03-01", 7, "x")


@given(
    st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))),
        max_size=8,
    )
)
def test_what_is_written_as_csv_is_read_back(lines: list[tuple[int, str]]) -> None:
    rows = [f'2026-03-01,{amount},"{text.replace(chr(34), chr(34) * 2)}"' for amount, text in lines]
    wanted = OPEN._replace(closing=sum(amount for amount, _ in lines))

    said = statement("\n".join(["date,amount,text", *rows]), wanted)

    assert [(item.amount, item.text) for item in said.items] == [(amount, text.strip()) for amount, text in lines]


def test_words_of_the_other_side_become_ours() -> None:
    profile = declared('[kinds]\nCHG = "fee"\n[statuses]\nV = "pending"\nA = "ignored"\n[reversals]\nST = true\n')
    content = (
        "date,amount,kind,status,reversal,reverses,fee,group,counterparty\n"
        "2026-03-01,1,CHG,,,,2,g,c\n"
        "2026-03-01,2,interest,V,ST,,,,\n"
        "2026-03-01,3,other,booked,true,R7,,,\n"
        "2026-03-01,4,,A,,,,,\n"
    )

    one, two, three = items(content, profile)

    assert (one.kind, one.status, one.reverses, one.fee, one.group, one.counterparty) == (
        "fee",
        "booked",
        "",
        2,
        "g",
        "c",
    )
    assert (two.kind, two.status, two.reverses) == ("interest", "pending", "?")
    assert (three.kind, three.status, three.reverses) == ("", "booked", "R7")


def test_every_flaw_of_every_line_is_told_with_line_field_and_value() -> None:
    profile = declared('unit = "units"')
    content = (
        "date,amount,fee,direction\n01.03.2026,1.2.3,-1,up\n2026-03-01,1\n2026-03-01,,,\n2026-03-01,-1,,CRDT\n"
        "2026-03-01,1.234,,\n"
    )

    words = ", ".join(DIRECTIONS)
    assert problems(content, OPEN, profile) == (
        'line 2: date: a date is YYYY-MM-DD, or RFC 3339 with an offset, not "01.03.2026"',
        f'line 2: direction: is one of {words}, not "up"',
        'line 2: fee: is what was kept as charges, and not negative, not "-1"',
        "line 3: has 2 fields, not 4",
        "line 4: amount: is missing",
        'line 5: amount: has no sign where `direction` says which way it goes, not "-1"',
        'line 6: amount: an amount has at most 2 decimals, not "1.234"',
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("date,amount\n2026-03-01,1.5\n", "line 2: amount: an amount in base units is an integer (whole units"),
        ("date,amount\n2026-03-01,1e5\n", "line 2: amount: an amount is written in digits"),
        ("date,debit,credit\n2026-03-01,1,1\n", "line 2: debit: is empty where there is a credit"),
        ("date,debit,credit\n2026-03-01,,\n", "line 2: amount: is missing"),
        ("date,debit,credit\n2026-03-01,-1,\n", "line 2: debit: is positive, as the profile says of debits"),
        ("date,amount,status\n2026-03-01,1,maybe\n", "line 2: status: is one of booked, Booked"),
        ("date,amount,reversal\n2026-03-01,1,maybe\n", "line 2: reversal: is one of true"),
        ("date,amount,row\n2026-03-01,1,maybe\n", "line 2: row: is one of line, opening"),
        (
            "date,amount,tx,log_index\n2026-03-01,1,0xa,-1\n",
            "line 2: log_index: counts from 0, in 18 decimal digits at most",
        ),
        (f"date,amount,tx,log_index\n2026-03-01,1,0xa,{'9' * 5000}\n", "line 2: log_index: counts from 0, in 18"),
        (f"date,amount,row\n2026-03-01,1,\n,{'9' * 5000},count\n", "line 3: count: is a number of lines"),
        ("date,amount,tx,log_index\n2026-03-01,1,,1\n", "line 2: tx: is missing"),
        ("date,amount,account\n2026-03-01,1,a\n2026-03-01,1,\n", "line 3: account: is missing"),
        ("date,amount,currency\n2026-03-01,1,eur\n2026-03-01,1,\n", "line 3: currency: is missing"),
        ('date,amount\n2026-03-01,"1', "line 2: a quote that is opened in it is not closed"),
        ('date,amount\n2026-03-01,"1\n2026-03-01,2\n', "line 2: a quote that is opened in it is not closed"),
        ('date,"amount\n2026-03-01,1\n', "line 1: a quote that is opened in it is not closed"),
        ('date,amount\n2026-03-01,"1"1\n', "line 2: ',' expected after '\"'"),
        ("date,amount,refrence\n2026-03-01,1,R\n", "columns: `refrence` are no field names of ours"),
        ("date,amount,amount\n2026-03-01,1,1\n", "column `amount`: stands twice in the header"),
        ("day,amount\n2026-03-01,1\n", "columns: `day` are no field names of ours"),
        ("date,text\n2026-03-01,1\n", "columns: no amount: amount, or debit and credit"),
        ("amount,text\n1,1\n", "columns: no date: one of date, value_date, booking_date"),
        ("\n\n,,\n", "has no header"),
        (" \n ", "is empty"),
        ("date,amount\n2026-03-01,1\0\n", "line 2: has a NUL character"),
        (b"date,amount,text\n2026-03-01,1,\xfc\n", "line 2: is not UTF-8: byte 0xfc"),
        ("+AGE-\udcff".encode(errors="surrogateescape"), "line 1: is not UTF-8: byte 0xff"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook of the old form"),
        (b"\x1f\x8b\x08", "is compressed"),
    ],
)
def test_a_bad_file_is_refused(content: bytes | str, told: str) -> None:
    (problem,) = problems(content)

    assert problem.startswith(told)


def test_sixteen_bits_without_an_order_are_read_or_refused() -> None:
    assert problems("date,amount\n", OPEN, Profile(encoding="utf-16"))


def test_what_an_encoding_makes_that_is_no_text_is_refused() -> None:
    assert problems("\\ud800", OPEN, Profile(encoding="unicode_escape"))[0].startswith("is not UNICODE_ESCAPE: ")


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    profile = declared('[columns]\ndate = "Date"\namount = "Sum"\ntext = 9\n')

    assert problems("Date,Amount\n", OPEN, profile) == (
        "columns.amount: a column `Sum` stands not in the header, which has `Date`, `Amount`",
        "columns.text: there are 2 columns, and no number 9",
    )


def test_a_column_that_stands_twice_is_told() -> None:
    profile = declared('[columns]\ndate = "Date"\namount = "Sum"\n')

    assert problems("Date,Sum,Sum\n", OPEN, profile) == (
        "columns.amount: a column `Sum` stands twice in the header, which has `Date`, `Sum`, `Sum`",
    )


def test_a_comment_never_hides_a_line_by_an_open_quote() -> None:
    content = 'date,amount\n#,"\n2026-03-01,1\n#"\n'

    assert problems(content, OPEN, declared('comment = "#"'))[0].startswith("line 2: a comment that ends in line 4")


def test_a_file_in_another_form_than_the_profile_says_is_refused() -> None:
    assert problems("date,amount\n", OPEN, declared('format = "xlsx"')) == (
        "is csv by its content, and the profile says xlsx",
    )


# Balances and control totals.


def test_a_running_balance_tells_opening_and_closing() -> None:
    said = statement("date,amount,balance\n2026-03-05,1,101\n2026-03-06,-2,\n2026-03-07T10:00:00Z,3,102\n", EUR)

    assert (said.opened_at, said.opening, said.closed_at, said.closing) == (
        *("2026-03-04", 100, "2026-03-07T10:00:00Z", 102),
    )


def test_a_file_with_days_closes_at_the_end_of_its_last_day() -> None:
    said = statement("date,amount,balance\n2026-03-07,1,101\n2026-03-07T10:00:00Z,3,104\n", EUR)

    assert said.closed_at == "2026-03-07"


def test_the_first_line_where_a_running_balance_breaks_is_named() -> None:
    content = "date,amount,balance\n2026-03-05,1,101\n2026-03-06,2,104\n2026-03-06,2,107\n"

    assert problems(content, EUR) == ("line 3: balance: 101 (line 2) and what moved since, 2, come to 103, not 104",)


def test_the_newest_line_may_stand_first_where_the_profile_says_so() -> None:
    content = "date,amount,balance\n2026-03-06,2,103\n2026-03-05,1,101\n"

    said = statement(content, EUR, declared('order = "newest"'))

    assert (said.opening, said.closing, [item.place for item in said.items]) == (100, 103, [3, 2])
    assert problems(content, EUR)[0].endswith('(the newest line stands first: order = "newest" in the profile)')


def test_pending_lines_are_in_no_balance() -> None:
    content = "date,amount,balance,status\n2026-03-05,1,101,\n2026-03-09,9,,pending\n2026-03-06,2,103,\n"

    said = statement(content, EUR)

    assert (said.opening, said.closing, said.closed_at, len(said.items)) == (100, 103, "2026-03-06", 3)
    assert said.file.totals["pending"] == "1"


def test_opening_and_booked_lines_have_to_come_to_the_closing() -> None:
    wanted = OPEN._replace(opening=5, closing=7)

    assert problems("date,amount\n2026-03-01,4\n2026-03-01,-1\n", wanted) == (
        "closing: the opening balance 5 and 2 booked lines (credits 4, debits 1) come to 8, not 7",
    )


def test_a_balance_that_nobody_says_is_missed() -> None:
    assert problems("date,amount\n2026-03-01,4\n", EUR) == (
        "opening: neither the file nor the caller says the opening balance",
        "closing: neither the file nor the caller says the closing balance",
    )


def test_a_balance_that_is_said_twice_has_to_be_the_same() -> None:
    wanted = OPEN._replace(opening=99, closing=101)

    assert problems("date,amount,balance\n2026-03-05,1,101\n", wanted)[0] == (
        "opening: the running balance of line 2 says 100, and the caller 99"
    )


def test_a_file_without_lines_states_its_balance_all_the_same() -> None:
    said = statement("date,amount\n", OPEN._replace(account=IBANS[0], opening=4, closing=4))

    assert (said.account, said.opening, said.closing, said.items) == (IBANS[0], 4, 4, ())


def test_rows_may_declare_balances_and_control_totals() -> None:
    said = statement((DATA / "custodian.jsonl").read_bytes(), Wanted(None, "weth", 18))

    assert (said.opened_at, said.opening, said.closed_at, said.closing) == (
        *("2026-02-28", 10**18, "2026-03-31", 12 * 10**17),
    )
    assert [(item.place, item.at, item.amount, item.chain, item.fee, item.status) for item in said.items] == [
        (2, "2026-03-02T08:30:00Z", 25 * 10**16, "0xab:4", 0, "booked"),
        (3, "2026-03-03", -5 * 10**16, "", 1000, "booked"),
        (4, "2026-03-04", 7, "", 0, "pending"),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-03-01,3,count", "line 3: count: 3 lines are declared, and 1 are there"),
        ("2026-03-01,3,credits", "line 3: credits: 3 are declared, and the lines sum to 4"),
        ("2026-03-01,3,debits", "line 3: debits: 3 are declared, and the lines sum to 0"),
        ("2026-03-01,3,opening", "opening: line 3 says 3, and the caller 0"),
        ("2026-03-01,x,count", 'line 3: count: is a number of lines, not "x"'),
        ("2026-04-01,4,closing", "closed at: the file says 2026-04-01, and the caller 2026-03-31"),
        ("2026-01-01,0,opening", "opened at: the file says 2026-01-01, and the caller 2026-02-28"),
        ("2026-02-28,0,opening\n2026-02-28,0,opening", "line 4: opening: is declared already in line 3"),
    ],
)
def test_what_a_file_declares_has_to_agree_with_its_lines(row: str, told: str) -> None:
    found = problems(f"date,amount,row\n2026-03-01,4,\n{row}\n", OPEN._replace(closing=4))

    assert found[0] == told


def test_an_opening_of_the_first_lines_own_day_is_of_its_beginning() -> None:
    said = statement("date,amount,row\n2026-03-01,5,opening\n2026-03-01,2,\n2026-03-31,7,closing\n", EUR)

    assert (said.opened_at, said.opening, said.closed_at) == ("2026-02-28", 5, "2026-03-31")


def test_their_words_for_rows_are_those_of_the_profile() -> None:
    profile = declared('[rows]\nSALDO = "opening"\nENDSALDO = "closing"\nINFO = "ignored"\n')
    content = "date,amount,row\n2026-03-01,5,SALDO\n2026-03-01,,INFO\n2026-03-02,2,UMSATZ\n2026-03-31,7,ENDSALDO\n"

    said = statement(content, EUR, profile)

    assert (said.opened_at, said.opening, said.closing, len(said.items)) == ("2026-03-01", 5, 7, 1)


# Accounts and currencies.

TWO_ACCOUNTS: Final = (
    "account,currency,date,amount,balance\n"
    f"{IBANS[0]},EUR,2026-03-01,1,11\nCH93 0076 2011 6238 5295 7,EUR,2026-03-01,100,1100\n"
    f"{IBANS[0]},USD,2026-03-01,5,5\n{IBANS[0]},EUR,2026-03-02,2,13\n"
)


def test_a_file_of_several_accounts_is_split() -> None:
    first = statement(TWO_ACCOUNTS, Wanted(IBANS[0], "EUR", 2))
    second = statement(TWO_ACCOUNTS, Wanted(IBANS[1], "EUR", 2))

    assert (first.opening, first.closing, first.file.totals["left out"]) == (10, 13, "2")
    assert (second.opening, second.closing, second.account) == (1000, 1100, IBANS[1])


def test_lines_of_other_currencies_are_left_out_where_a_column_says_so() -> None:
    said = statement(TWO_ACCOUNTS, Wanted(None, "USD", 2))

    assert (said.account, said.opening, said.closing, len(said.items)) == (IBANS[0], 0, 5, 1)


def test_the_account_is_that_of_the_lines_that_are_taken() -> None:
    said = statement(
        "account,currency,date,amount,balance\nx,USD,2026-03-01,1,1\ny,EUR,2026-03-01,2,2\n", Wanted(None, "EUR", 2)
    )

    assert (said.account, [item.account for item in said.items]) == ("y", ["y"])


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            Wanted(None, "EUR", 2),
            "account: which one is meant has to be said: the file has CH93 0076 2011 6238 5295 7, ",
        ),
        (Wanted("other", "EUR", 2), 'account: has no line of "other", only of CH93 0076 2011 6238 5295 7, '),
        (Wanted(IBANS[1], "USD", 2), f'account: has no line of "{IBANS[1]}", only of {IBANS[0]}'),
        (Wanted(None, "eur", 2), "currency: has no line in eur, only in EUR, USD"),
    ],
)
def test_an_account_that_is_not_clear_is_refused_with_the_names(wanted: Wanted, told: str) -> None:
    assert problems(TWO_ACCOUNTS, wanted)[0].startswith(told)


# JSON Lines.


def test_a_column_of_json_lines_may_be_deep_in_an_object() -> None:
    profile = declared('[columns]\ndate = "at.day"\namount = "value"\nreference = "meta.ids.own"\ntext = "a.b"\n')
    content = '{"at":{"day":"2026-03-01"},"value":5,"meta":{"ids":{"own":"R"}},"a.b":"t","more":[1]}\n'

    (item,) = items(content, profile)

    assert (item.at, item.amount, item.reference, item.text) == ("2026-03-01", 5, "R", "t")


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.booleans())
def test_numbers_of_json_lines_are_exact(amount: int, quoted: bool) -> None:  # noqa: FBT001
    line = json.dumps({"date": "2026-03-01", "amount": str(amount) if quoted else amount})

    assert statement(line, OPEN._replace(closing=amount)).closing == amount


@pytest.mark.parametrize("text", ["0.1", "900719925474099.3", "-123456789012345678901234567890.12"])
def test_a_number_with_a_point_is_never_binary(text: str) -> None:
    profile = declared('unit = "units"')

    (item,) = items(f'{{"date":"2026-03-01","amount":{text}}}', profile)

    assert item.amount == int(text.replace(".", "").ljust(len(text) - 1 + 2 - len(text.partition(".")[2]), "0"))


def test_a_number_with_a_point_is_no_number_with_thousands() -> None:
    profile = declared('unit = "units"\ndecimal_mark = ","\nthousands = "."')

    assert items('{"date":"2026-03-01","amount":1.500}', profile)[0].amount == 150


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"date":"2026-03-01","amount":1e2}', "line 2: amount: an amount is written in digits"),
        ('{"date":"2026-03-01","amount":NaN}', "line 2: NaN is no JSON number"),
        ('{"date":"2026-03-01","amount":1,"amount":2}', "line 2: amount: stands twice in one object"),
        ('{"date":"2026-03-01","amount":[1]}', 'line 2: amount: must be a JSON string or number, not ["1"]'),
        ('{"date":"2026-03-01","amount":true}', "line 2: amount: an amount is written in digits"),
        ('{"date":"2026-03-01","amount":1,"refrence":"x"}', "line 2: refrence: is no field name of ours"),
        ('{"date":"2026-03-01","amount":1,"text":"\\u0000"}', "line 2: text: has a NUL character"),
        ('{"date":"2026-03-01","amount":1,"text":"\\ud800"}', "line 2: text: has a NUL character or half a character"),
        ('{"date":"2026-03-01","amount":1', "line 2: not a JSON object (Expecting"),
        ('{"date":null,"amount":1}', "line 2: date: is missing"),
        ("[1]", "line 2: not a JSON object"),
        ('{"amount":' + "[" * 100_000, "line 2: not a JSON object that can be read: too deep"),
    ],
)
def test_a_bad_line_of_json_is_told(line: str, told: str) -> None:
    found = problems('{"date":"2026-03-01","amount":0}\n' + line + "\n")

    assert found[0].startswith(told)


def test_a_file_of_debits_alone_is_read() -> None:
    assert items('{"date":"2026-03-01","debit":3}')[0].amount == -3


def test_a_file_whose_lines_have_no_amounts_is_refused_once() -> None:
    assert problems("{}\n{}") == (
        "columns: no date: one of date, value_date, booking_date",
        "columns: no amount: amount, or debit and credit",
    )


def test_a_column_that_every_line_leaves_out_is_told_where_nothing_is_known_without_it() -> None:
    profile = declared('[columns]\ndate = "d"\namount = "a"\nfee = "f"\n')

    assert problems('{"d":"2026-03-01","b":0}', OPEN, profile) == (
        "columns: no amount: amount, or debit and credit (in no line)",
    )
    assert items('{"d":"2026-03-01","a":0}', profile)[0].fee == 0


# Workbooks.


def test_a_sheet_is_read_as_its_cells_show() -> None:
    profile = declared('unit = "units"\ndecimal_mark = ","\nthousands = "."\ndates = "%d.%m.%Y"\n')
    content = sheet(
        ("date", "amount", "balance", "reference", "text"),
        (date(2026, 3, 1), 1234.5, 1234.5, 77, "as a number"),
        ("02.03.2026", "1.000,25", 2234.75, "R", True),
        (None, None, None, None, None),
        (datetime(2026, 3, 3), -2e3, "234,75", 1e15, 0.1),  # noqa: DTZ001
    )

    said = statement(content, EUR, profile)

    assert [(item.place, item.at, item.amount, item.reference, item.text) for item in said.items] == [
        (2, "2026-03-01", 123450, "77", "as a number"),
        (3, "2026-03-02", 100025, "R", "true"),
        (5, "2026-03-03", -200000, "1000000000000000", "0,1"),
    ]
    assert (said.opening, said.closing, said.file.kind) == (0, 23475, "xlsx")


def test_dates_of_a_sheet_are_days_or_instants() -> None:
    content = sheet(("date", "amount"), (datetime(2026, 3, 1), 1), (datetime(2026, 3, 1, 9, 30), 2))  # noqa: DTZ001

    assert [item.at for item in items(content)] == ["2026-03-01", "2026-03-01T09:30:00Z"]


@pytest.mark.parametrize("number", [0.1234567890123456, 1234567890123456, 12345678901234.56])
def test_a_number_of_more_digits_than_a_workbook_keeps_is_refused(number: float) -> None:
    (problem,) = problems(sheet(("date", "amount"), ("2026-03-01", number)))

    assert problem == "line 2: amount: has more than 15 significant digits, which no workbook keeps: store it as text"


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 10**15 - 1), st.integers(-8, 8)), min_size=20, max_size=40))
def test_a_number_of_fifteen_digits_is_exact_whatever_its_size(numbers: list[tuple[int, int]]) -> None:
    rows = [("2026-03-01", 0, float(f"{digits}e{exponent}")) for digits, exponent in numbers]

    read_back = [item.text.partition(".") for item in items(sheet(("date", "amount", "text"), *rows))]

    scaled = [int(whole + fraction.ljust(8, "0")) for whole, _, fraction in read_back]
    assert scaled == [digits * 10 ** (exponent + 8) for digits, exponent in numbers]


def test_a_sheet_that_states_a_smaller_extent_than_it_has_loses_nothing() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(("date", "amount"), ("2026-03-01", 7)))) as old:
        parts = {part: old.read(part).replace(b'ref="A1:B2"', b'ref="A1:A1"') for part in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for part, content in parts.items():
            new.writestr(part, content)

    assert items(file.getvalue())[0].amount == 7


def test_error_cells_and_formulas_without_a_value_are_refused() -> None:
    content = sheet(
        ("date", "amount", "text", "fee"), ("2026-03-01", "=1+1", "#DIV/0!", None), ("2026-03-01", "#N/A", "", 1)
    )

    assert problems(content) == (
        "line 2: amount: is a formula without a value: calculate the workbook and save it",
        "line 2: text: is the error #DIV/0!",
        "line 3: amount: is the error #N/A",
    )


def test_which_sheet_is_meant_has_to_be_said() -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet(("date", "amount"), ("2026-03-01", 7), title="March")))
    book.create_sheet("Notes")
    file = io.BytesIO()
    book.save(file)

    assert problems(file.getvalue()) == (
        "sheet: which sheet is meant has to be said: the workbook has `March`, `Notes`",
    )
    assert problems(file.getvalue(), OPEN, Profile(sheet="April"))[0].startswith("sheet: there is no sheet `April`")
    assert items(file.getvalue(), Profile(sheet="March"))[0].amount == 7


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO(sheet(("date", "amount")))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/media/bomb", b"")
        archive.getinfo("xl/media/bomb").file_size = 1 << 29

    (problem,) = problems(file.getvalue())

    assert problem.startswith("unpacks to 5")


@pytest.mark.parametrize("before", [b"", b"<!--" + bytes(4096).replace(b"\0", b" ") + b"-->"])
def test_entities_in_a_workbook_are_refused(before: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(("date", "amount")))) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            bomb = before + b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' if part.endswith("workbook.xml") else b""
            new.writestr(part, bomb + old.read(part))

    (problem,) = problems(file.getvalue())

    assert problem.startswith(("xl/workbook.xml: declares a document type", "is a damaged workbook"))


@pytest.mark.parametrize("cut", [40, 400, 2000, -30])
def test_a_damaged_workbook_is_refused(cut: int) -> None:
    (problem,) = problems(sheet(("date", "amount"), ("2026-03-01", 7))[:cut])

    assert problem.startswith("is a damaged workbook")


@given(st.binary(max_size=200))
def test_whatever_bytes_follow_the_beginning_of_a_workbook_they_are_refused(content: bytes) -> None:
    assert problems(b"PK\x03\x04" + content)


@given(st.binary(min_size=1, max_size=120) | st.text('date,amount\n2026-031"{}:;', max_size=60).map(str.encode))
def test_whatever_bytes_a_file_has_they_are_refused_in_words(content: bytes) -> None:
    assert problems(content)


# Snapshots.


def test_rows_of_a_snapshot_are_read_in_the_dialect_of_the_profile() -> None:
    profile = declared(
        'kind = "snapshot"\ndelimiter = ";"\nunit = "units"\ndecimal_mark = ","\ndates = "%d.%m.%Y"\n'
        '[columns]\nat = "Tag"\npool = "Pool"\nlender = "Wer"\nbalance = "Guthaben"\nshares = "Anteile"\n'
    )

    (said,) = read(b"Tag;Pool;Wer;Guthaben;Anteile\n31.03.2026;desk;a;1,50;7\n", "held", EUR, profile)

    assert isinstance(said, Snapshot)
    assert said.at == "2026-03-31"
    assert {one.field: one.amount for one in said.held} == {"balance": 150, "shares": 7}


def test_flaws_of_a_snapshots_dialect_are_told() -> None:
    profile = declared('kind = "snapshot"\nunit = "units"')

    assert problems("at,pool,balance\n2026-03-31,desk,1.234\nx,desk,1\n", EUR, profile) == (
        'line 2: balance: an amount has at most 2 decimals, not "1.234"',
        'line 3: at: a date is YYYY-MM-DD, or RFC 3339 with an offset, not "x"',
    )


def test_whole_units_of_a_snapshot_are_of_one_asset() -> None:
    profile = declared('kind = "snapshot"\nunit = "units"')

    content = "at,loan,asset,debt,collateral.weth\n2026-03-31,l1,eur,1,\n2026-03-31,l2,,1,\n2026-03-31,l3,weth,1,7\n"
    assert problems(content, EUR, profile) == (
        'line 4: asset: whole units are of eur, not "weth"',
        'line 4: collateral.weth: whole units are of eur, not "7"',
    )


@pytest.mark.parametrize("content", ["[1,2]", '["a"]', '[ {"at":"2026-03-31"} ]', "[[1]]"])
def test_a_list_is_no_line_of_json(content: str) -> None:
    with pytest.raises(SourceRefused, match="line 1: not a JSON object"):
        read(content.encode(), "held", None, None)


def test_a_heading_in_brackets_is_no_json() -> None:
    profile = declared('[columns]\ndate = "[Date]"\namount = "[Amount]"\n')

    assert [item.amount for item in items("[Date],[Amount]\n2026-03-01,5\n", profile)] == [5]


def test_a_file_is_known_by_its_sha_256() -> None:
    content = (DATA / "custodian.jsonl").read_bytes()

    said = statement(content, Wanted(None, "weth", 18))

    assert said.file.sha256 == "7788d71a4d41a637851124b3122b9adfe48186f8291d1b3aedf76ac09eb808ab"
    assert (said.file.name, said.file.kind, said.file.rows) == ("bank", "jsonl", 3)
