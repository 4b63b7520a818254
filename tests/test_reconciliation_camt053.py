"""ISO 20022 statements: what is read of them in each version, and what is said of those that cannot be relied on."""

import sys
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import AskedAmiss
from projections.reconciliation.items import FileMark, Item, SourceRefused, Statement
from projections.reconciliation.sources.camt053 import read_camt053
from projections.reconciliation.sources.wanted import Wanted
from tests.camt053_writer import camt053

DATA: Final = Path(__file__).parent / "data" / "statements"
IBAN: Final = "DE89370400440532013000"
EUR: Final = Wanted(account=None, commodity="EUR", decimals=2)


def document(name: str) -> bytes:
    return (DATA / f"camt053-{name}.xml").read_bytes()


def read(name: str, wanted: Wanted = EUR) -> Statement:
    (statement,) = read_camt053(document(name), name, wanted)
    return statement


def refused(content: bytes, wanted: Wanted = EUR) -> tuple[str, ...]:
    with pytest.raises(SourceRefused) as error:
        read_camt053(content, "may.xml", wanted)
    return error.value.problems


# What is read.


def test_a_statement_is_of_an_account_from_its_opening_to_its_closing() -> None:
    statement = read("02-batch")
    assert (statement.account, statement.commodity) == (IBAN, "EUR")
    assert (statement.opened_at, statement.opening) == ("2024-04-30", 100000)
    assert (statement.closed_at, statement.closing) == ("2024-05-31", 217315)
    assert statement.opening + sum(i.amount for i in statement.items if i.status == "booked") == statement.closing


def test_a_file_is_known_by_its_hash_and_its_control_totals() -> None:
    mark = read("02-batch").file
    assert mark == FileMark(
        name="02-batch",
        sha256="b33bb1f5f783138d87c56759bbd367ce985305230a12fd443ce11b586a3836dc",
        kind="camt.053.001.02",
        rows=9,
        totals={"credits": "140100", "debits": "22785", "count": "8", "statements": "2024-05-EUR", "pending": "1"},
    )


def test_a_batch_that_is_told_whole_is_its_transactions() -> None:
    one, two, three, *_ = read("02-batch").items
    assert [one.amount, two.amount, three.amount] == [10000, 20000, 30000]
    assert {one.group, two.group, three.group} == {"COLLECTION-7"}
    assert one == Item(
        place=78,
        account=IBAN,
        commodity="EUR",
        at="2024-05-03",
        amount=10000,
        end_to_end="repaid-1",
        reference="TX-1",
        group="COLLECTION-7",
        counterparty="borrower one",
    )


def test_a_batch_that_is_not_told_whole_is_one_line() -> None:
    whole = read("02-batch").items[3]
    assert (whole.place, whole.amount, whole.at) == (104, 70000, "2024-05-11")
    assert (whole.group, whole.reference, whole.end_to_end) == ("MESSAGE-9", "SVC-0002", "")
    assert whole.text == "forty credits, told apart elsewhere"


def test_a_return_reverses_what_it_names_and_states_its_charges() -> None:
    returned = read("02-batch").items[4]
    assert (returned.amount, returned.fee, returned.reverses) == (-22000, 2000, "repaid-2")
    assert (returned.counterparty, returned.text) == ("borrower two", "MD06 / refused by the payer")


def test_charges_and_interest_are_known_by_their_codes() -> None:
    charges, interest = read("02-batch").items[5:7]
    assert (charges.kind, charges.amount) == ("fee", -785)
    assert (interest.kind, interest.amount) == ("interest", 100)


def test_a_reversal_that_is_a_credit_undoes_a_debit() -> None:
    reversal = read("02-batch").items[7]
    assert (reversal.amount, reversal.reverses) == (10000, "SVC-0994")
    assert (reversal.counterparty, reversal.end_to_end) == ("lender one", "")


def test_a_reversal_without_a_reference_says_only_that_it_is_one() -> None:
    content = document("02-batch").replace(b"ORGNLACCTSVCRREF", b"OTHER")
    (statement,) = read_camt053(content, "may.xml", EUR)
    assert statement.items[7].reverses == "?"


def test_what_is_pending_is_in_no_balance_and_of_the_closing_where_it_says_no_day() -> None:
    pending = read("02-batch").items[8]
    assert (pending.status, pending.amount, pending.at) == ("pending", 4550, "2024-05-31")


def test_pages_are_joined_to_one_statement() -> None:
    statement = read("08-pages")
    assert [item.amount for item in statement.items] == [-250000, 250000]
    assert (statement.opening, statement.closing) == (217315, 217315)
    assert (statement.opened_at, statement.closed_at) == ("2024-06-01", "2024-06-30")


def test_times_are_instants_in_utc_and_texts_are_joined() -> None:
    withdrawn, reversal = read("08-pages").items
    assert reversal.at == "2024-06-17T07:30:00Z"
    assert (withdrawn.text, withdrawn.counterparty) == ("withdrawal of / 10 June", "lender one")
    assert (withdrawn.reverses, reversal.reverses) == ("", "withdrawn-1")


def test_statements_that_follow_each_other_are_one_in_whatever_order_they_stand() -> None:
    statement = read("08-currencies")
    assert [item.amount for item in statement.items] == [1000, 2550]
    assert (statement.opened_at, statement.opening) == ("2024-05-29", 0)
    assert (statement.closed_at, statement.closing) == ("2024-05-31", 3550)
    assert statement.file.totals["statements"] == "EUR-2024-05-30, EUR-2024-05-31"


def test_of_several_currencies_the_one_that_is_the_asset_is_read() -> None:
    statement = read("08-currencies", Wanted("NL91 ABNA 0417 1643 00", "USD", 2))
    assert (statement.account, statement.closing) == ("NL91ABNA0417164300", 39150)
    assert [item.text for item in statement.items] == ["InstdAmt 100.00 EUR"]


def test_an_asset_that_is_not_called_as_currencies_are_is_what_the_account_is_kept_in() -> None:
    statement = read("08-currencies", Wanted("0417164301", "yen-at-bank", 0))
    assert (statement.commodity, statement.opening, statement.closing, statement.items) == ("yen-at-bank", -7, -7, ())


def test_charges_are_those_within_the_amount_less_what_was_given_back() -> None:
    received, *_ = read("14-charges", Wanted(None, "USD", 2)).items
    assert (received.amount, received.fee) == (98500, 1500)


def test_transactions_may_differ_from_their_entry_by_their_charges() -> None:
    _, one, other = read("14-charges", Wanted(None, "USD", 2)).items
    assert (one.amount, one.fee, one.group) == (-10200, 200, "SVC-9")
    assert (other.amount, other.fee, other.group) == (-5000, 0, "SVC-9")


def test_an_entry_that_moves_nothing_is_no_line() -> None:
    statement = read("14-charges", Wanted(None, "USD", 2))
    assert len(statement.items) == 3
    assert (statement.opened_at, statement.closed_at) == ("2024-04-30", "2024-05-31T23:00:00Z")


def test_lines_that_share_a_line_of_the_file_are_counted_instead() -> None:
    content = document("02-batch").replace(b"\n", b" ")
    (statement,) = read_camt053(content, "may.xml", EUR)
    assert [item.place for item in statement.items] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


# What is refused.

SMALL: Final = """<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<Stmt><Id>S1</Id>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-05-02</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">4.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-05-02</Dt></Dt></Bal>
<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum>3.00</Sum></TtlNtries></TxsSummry>
<Ntry><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><ValDt><Dt>2024-05-02</Dt></ValDt>
<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>
<TxDtls><Amt Ccy="EUR">1.00</Amt></TxDtls>
<TxDtls><Amt Ccy="EUR">2.00</Amt></TxDtls>
</NtryDtls></Ntry>
</Stmt>
</BkToCstmrStmt></Document>
"""

NO_CLOSING: Final = "line 3: Stmt/Bal: no closing balance (CLBD)"
VERSIONS: Final = "camt.053.001.02, camt.053.001.08, camt.053.001.14"


def changed(*changes: tuple[str, str]) -> bytes:
    """The small document with each text in place of another, once."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def test_the_small_document_itself_is_read() -> None:
    (statement,) = read_camt053(SMALL.encode(), "small.xml", EUR)
    assert [(item.place, item.amount) for item in statement.items] == [(12, 100), (13, 200)]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("camt.053.001.04", f"line 2: Document: a message that is read is one of {VERSIONS}, not camt.053.001.04"),
        (
            "camt.052.001.08",
            f"line 2: Document: camt.052.001.08 is a report of the day, no statement ({VERSIONS})",
        ),
        (
            "camt.054.001.08",
            f"line 2: Document: camt.054.001.08 is a notification of single entries, no statement ({VERSIONS})",
        ),
    ],
)
def test_another_message_is_refused_by_its_name(declared: str, said: str) -> None:
    assert refused(changed(("camt.053.001.08", declared))) == (said,)


def test_another_document_is_refused() -> None:
    assert refused(b"<html xmlns='urn:else'><body/></html>") == (
        'line 1: html: the root is a Document in urn:iso:std:iso:20022:tech:xsd:…, not "html in urn:else"',
    )
    assert refused(SMALL.replace("BkToCstmrStmt", "BkToCstmrAcctRpt").encode()) == (
        'line 2: BkToCstmrAcctRpt: a statement is in an element BkToCstmrStmt, not "BkToCstmrAcctRpt"',
    )
    assert refused(changed(("<Stmt>", "<Rpt>"), ("</Stmt>", "</Rpt>"))) == (
        "line 1: BkToCstmrStmt: a document without a statement (Stmt)",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SMALL[:700].encode(), "line 11: no well-formed XML (no element found)"),
        (SMALL.replace("</Acct>", "</Account>").encode(), "line 4: no well-formed XML (mismatched tag)"),
        (SMALL.replace("S1", "&auml;").encode(), "line 3: no well-formed XML (undefined entity)"),
        (SMALL.replace("S1", "\x00").encode(), "line 3: no well-formed XML (not well-formed (invalid token))"),
        (SMALL.replace("S1", "ä").encode("latin-1"), "line 3: no well-formed XML (not well-formed (invalid token))"),
        (
            SMALL.replace('"?>', '" encoding="none-such"?>').encode(),
            "line 1: its encoding cannot be read (unknown encoding: none-such)",
        ),
        (b"amount,date\n1,2\n", "line 1: no well-formed XML (syntax error)"),
    ],
)
def test_what_is_no_xml_is_refused_with_the_line_where_it_breaks(content: bytes, said: str) -> None:
    assert refused(content) == (said,)


NO_DOCUMENT_TYPE: Final = "a document type is refused, and with it entities and references to other files"
DOCTYPE: Final = '"<!DOCTYPE Document"'
BOMB: Final = (
    '<!DOCTYPE bomb [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n'
)


@pytest.mark.parametrize(
    ("declared", "root"),
    [
        (BOMB, '"<!DOCTYPE bomb"'),
        ('<!DOCTYPE Document SYSTEM "http://example.org/camt.dtd">\n', DOCTYPE),
        ('<!DOCTYPE Document [<!ENTITY secret SYSTEM "file:///etc/passwd">]>\n', DOCTYPE),
        ('<!DOCTYPE Document [<!ENTITY % all SYSTEM "file:///etc/passwd"> %all;]>\n', DOCTYPE),
    ],
)
def test_a_document_type_is_refused_and_with_it_entities_and_other_files(declared: str, root: str) -> None:
    assert refused(changed(("<Document", f"{declared}<Document"), ("S1", "&c;"))) == (
        f"line 2: {NO_DOCUMENT_TYPE}, not {root}",
    )


def test_elements_are_not_nested_without_end() -> None:
    deep = "<A>" * 100 + "</A>" * 100
    (said,) = refused(changed(("<ValDt>", f"{deep}<ValDt>")))
    assert said.endswith("elements within elements, more than 64 deep")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"EUR">3.00',
            '"EUR">-3.00',
            'line 10: Stmt/Ntry/Amt: an amount is not negative: CdtDbtInd says its direction, not "-3.00"',
        ),
        ('"EUR">3.00', '"EUR">3.001', 'line 10: Stmt/Ntry/Amt: an amount of 2 decimals at most, not "3.001"'),
        (
            '"EUR">3.00',
            '"EUR">3,00',
            'line 10: Stmt/Ntry/Amt: an amount is digits, with a point before its decimals, not "3,00"',
        ),
        (
            '"EUR">3.00',
            '"EUR">3e2',
            'line 10: Stmt/Ntry/Amt: an amount is digits, with a point before its decimals, not "3e2"',
        ),
        (
            '"EUR">3.00',
            f'"EUR">{2**256}',
            f'line 10: Stmt/Ntry/Amt: an amount is at most 2^256 - 1 base units, not "{2**256}"',
        ),
        ('<Amt Ccy="EUR">3.00</Amt>', "", "line 10: Stmt/Ntry/Amt: an amount is missing"),
        ('"EUR">3.00', '"USD">3.00', 'line 10: Stmt/Ntry/Amt/@Ccy: an amount in EUR, as the account is, not "USD"'),
        (
            "3.00</Amt><CdtDbtInd>CRDT",
            "3.00</Amt><CdtDbtInd>C",
            'line 10: Stmt/Ntry/CdtDbtInd: a direction is CRDT or DBIT, not "C"',
        ),
        (
            "<Cd>BOOK</Cd>",
            "<Cd>DONE</Cd>",
            'line 10: Stmt/Ntry/Sts: a status is BOOK, PDNG, INFO, FUTR, not "DONE"',
        ),
        ("<Sts>", "<RvslInd>no</RvslInd><Sts>", 'line 10: Stmt/Ntry/RvslInd: an indicator is true or false, not "no"'),
        (
            "<ValDt><Dt>2024-05-02",
            "<ValDt><Dt>2024-02-30",
            'line 10: Stmt/Ntry/ValDt: no day of the calendar, not "2024-02-30"',
        ),
        (
            "<ValDt><Dt>2024-05-02",
            "<ValDt><Dt>2 May",
            'line 10: Stmt/Ntry/ValDt: a day is YYYY-MM-DD, an instant YYYY-MM-DDThh:mm:ss, not "2 May"',
        ),
        (
            "<ValDt><Dt>2024-05-02",
            "<ValDt><Dt>0001-01-01",
            'line 10: Stmt/Ntry/ValDt: no day before the year 1000, not "0001-01-01"',
        ),
        (
            "<ValDt><Dt>2024-05-02</Dt></ValDt>",
            "",
            "line 10: Stmt/Ntry/ValDt: a booked entry without a value date and a booking date",
        ),
        ("<Sts>", "<Sts><Cd>BOOK</Cd></Sts><Sts>", "line 10: Stmt/Ntry/Sts: stands 2 times in one Ntry"),
        (
            "<Dt><Dt>2024-05-02</Dt></Dt></Bal>\n<Bal>",
            "</Bal>\n<Bal>",
            "line 5: Stmt/Bal/Dt: no day, and none in FrToDt",
        ),
        (
            "<Dt><Dt>2024-05-02</Dt></Dt></Bal>\n<TxsS",
            "</Bal>\n<TxsS",
            "line 7: Stmt/Bal/Dt: no day, and none in FrToDt",
        ),
        ("<Id>S1</Id>", "", "line 3: Stmt: a statement without an Id"),
        (
            "<IBAN>DE89370400440532013000</IBAN>",
            "",
            "line 3: Stmt: an account without an identification (IBAN or Othr/Id)",
        ),
        ("<Id>S1</Id>", "<Id>S1</Id><Id>S2</Id>", "line 3: Stmt/Id: stands twice in one statement"),
        ("OPBD", "OPAV", "line 3: Stmt/Bal: no opening balance (OPBD or PRCD)"),
        ("CLBD</Cd></CdOrPrtry>", "CLBD</Cd></CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>", NO_CLOSING),
        ("CLBD", "CLAV", NO_CLOSING),
        (
            '"EUR">4.00',
            '"EUR">4.01',
            'line 7: Stmt/Bal/Amt: opening 1.00 and booked entries of 3.00 come to 4.00, not "4.01"',
        ),
        ("<NbOfNtries>1", "<NbOfNtries>2", 'line 9: Stmt/TxsSummry/TtlNtries/NbOfNtries: 1 entries, not "2"'),
        (
            "<NbOfNtries>1",
            "<NbOfNtries>x",
            'line 9: Stmt/TxsSummry/TtlNtries/NbOfNtries: a number of things is digits, not "x"',
        ),
        ("<Sum>3.00", "<Sum>3.01", 'line 9: Stmt/TxsSummry/TtlNtries/Sum: entries that sum to 3.00, not "3.01"'),
        (
            "<Sum>3.00</Sum>",
            "<TtlNetNtry><Amt>3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>",
            'line 9: Stmt/TxsSummry/TtlNtries/TtlNetNtry/Amt: entries that come to 3.00, not "-3.00"',
        ),
        ('"EUR">2.00', '"EUR">2.01', 'line 10: Stmt/Ntry/Amt: an entry whose transactions sum to 3.01, not "3.00"'),
        (
            "<NbOfTxs>2",
            "<NbOfTxs>1",
            'line 11: Stmt/Ntry/NtryDtls/Btch/NbOfTxs: a batch that tells 2 transactions, not "1"',
        ),
        (
            "</NbOfTxs>",
            '</NbOfTxs><TtlAmt Ccy="EUR">5.00</TtlAmt>',
            'line 11: Stmt/Ntry/NtryDtls/Btch/TtlAmt: a batch whose transactions sum to 3.00, not "5.00"',
        ),
    ],
)
def test_a_flaw_is_told_with_its_line_its_element_and_its_value(old: str, new: str, said: str) -> None:
    assert refused(changed((old, new))) == (said,)


def test_all_flaws_of_a_document_are_told_together() -> None:
    content = changed(
        ('"EUR">3.00', '"EUR">-3.00'), ("2024-05-02</Dt></ValDt>", "2 May</Dt></ValDt>"), ("<Id>S1</Id>", "")
    )
    assert [said.partition(": an amount")[0].partition(": a day")[0] for said in refused(content)] == [
        "line 10: Stmt/Ntry/Amt",
        "line 10: Stmt/Ntry/ValDt",
        "line 3: Stmt: a statement without an Id",
    ]


def test_flaws_before_the_place_where_a_document_breaks_off_are_told_too() -> None:
    content = changed(('"EUR">3.00', '"EUR">-3.00'), ("</BkToCstmrStmt>", ""))
    assert refused(content) == (
        'line 10: Stmt/Ntry/Amt: an amount is not negative: CdtDbtInd says its direction, not "-3.00"',
        "line 16: no well-formed XML (mismatched tag)",
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("GB29NWBK60161331926819", "EUR", 2), "no statement of GB29NWBK60161331926819 in EUR; there is {}"),
        (Wanted(None, "CHF", 2), "no statement of any account in CHF; there is {}"),
        (Wanted(None, "cash", 2), "statements of several accounts can be meant by any account in cash: {}"),
    ],
)
def test_where_it_is_not_clear_which_statement_is_meant_those_that_are_there_are_told(
    wanted: Wanted, said: str
) -> None:
    there = "NL91ABNA0417164300 in EUR; NL91ABNA0417164300 in USD; 0417164301 in JPY"
    assert refused(document("08-currencies"), wanted) == (f"line 8: Stmt: {said.format(there)}",)


def test_a_statement_that_does_not_follow_the_one_before_is_refused() -> None:
    content = document("08-currencies").replace(b">10.00", b">12.00", 1).replace(b">35.50", b">37.50", 1)
    before = 'EUR-2024-05-30 at line 35 closed with 10.00, not "12.00"'
    assert refused(content) == (
        f"line 15: Stmt/Bal/Amt: EUR-2024-05-31 does not follow the statement before it: {before}",
    )


def test_statements_of_the_same_days_are_refused_though_their_balances_follow() -> None:
    again = (
        SMALL.replace("S1", "S2").replace("2024-05-02", "2024-04-02").replace("4.00", "1.00").replace("3.00", "0.00")
    )
    again = again[again.index("<Stmt>") : again.index("<TxsSummry>")] + "</Stmt>"
    first = changed(("2024-05-02</Dt></Dt></Bal>", "2024-03-01</Dt></Dt></Bal>"), ("</Stmt>", f"</Stmt>{again}"))
    assert refused(first) == (
        'line 5: Stmt/Bal/Dt: S1 overlaps S2 at line 15, which closed at 2024-04-02, not "2024-03-01"',
    )


def test_an_id_that_stands_twice_is_refused() -> None:
    stated = SMALL[SMALL.index("<Stmt>") : SMALL.index("</BkToCstmrStmt>")]
    assert refused(changed(("</BkToCstmrStmt>", f"{stated}</BkToCstmrStmt>"))) == (
        'line 16: Stmt/Id: the Id of the statement at line 3 again, not "S1"',
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            b"<PgNb>2",
            b"<PgNb>3",
            "line 62: Stmt/StmtPgntn/PgNb: page 3 of 2024-06-EUR stands without the pages before it",
        ),
        (b"<PgNb>2", b"<PgNb>1", "line 62: Stmt/StmtPgntn/PgNb: page 1 of 2024-06-EUR stands twice"),
        (
            b"<LastPgInd>true",
            b"<LastPgInd>false",
            "line 62: Stmt/StmtPgntn/LastPgInd: page 2 of 2024-06-EUR is not the last, and no other follows",
        ),
        (
            b"<LastPgInd>false",
            b"<LastPgInd>true",
            "line 8: Stmt/StmtPgntn/LastPgInd: page 1 of 2024-06-EUR is the last, and others follow",
        ),
        (b">CLBD<", b">ITBD<", "line 62: Stmt/Bal: no closing balance (CLBD)"),
        (b">ITBD<", b">ITAV<", "line 8: Stmt/Bal: no closing balance (ITBD)"),
    ],
)
def test_pages_that_are_missing_or_do_not_follow_each_other_are_refused(old: bytes, new: bytes, said: str) -> None:
    assert refused(document("08-pages").replace(old, new, 1)) == (said,)


def test_a_page_opens_with_what_the_one_before_closed_with() -> None:
    head, second, tail = document("08-pages").rpartition(b">326.85")
    assert refused(head + second.replace(b"326", b"325") + tail.replace(b">2173.15", b">2174.15", 1)) == (
        'line 75: Stmt/Bal/Amt: the page before closed with -326.85, not "-325.85"',
    )


def test_pages_of_version_02_are_known_by_their_interim_balances() -> None:
    both = document("08-pages").replace(b"053.001.08", b"053.001.02").replace(b"StmtPgntn", b"AddtlStmtInf")
    (statement,) = read_camt053(both, "june.xml", EUR)
    assert [item.amount for item in statement.items] == [-250000, 250000]


def test_what_was_said_of_a_statement_has_to_be_what_it_says() -> None:
    said = EUR._replace(opening=99, closing=401, opened_at="2024-04-01", closed_at="2024-05-03")
    assert refused(SMALL.encode(), said) == (
        'line 5: Stmt/Bal/Amt: the opening balance was said to be 0.99, not "1.00"',
        'line 7: Stmt/Bal/Amt: the closing balance was said to be 4.01, not "4.00"',
        'line 5: Stmt/Bal/Dt: the opening was said to be at 2024-04-01, not "2024-05-01"',
        'line 7: Stmt/Bal/Dt: the closing was said to be at 2024-05-03, not "2024-05-02"',
    )


def test_without_the_reader_of_xml_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "defusedxml.ElementTree", None)
    with pytest.raises(AskedAmiss, match=r"pip install 'recoup\[statements\]'"):
        read_camt053(SMALL.encode(), "small.xml", EUR)


# What banks do differently, and is understood.


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_document_may_be_in_any_encoding_that_it_declares(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8"}.get(encoding, encoding)
    text = SMALL.replace('"?>', f'" encoding="{declared}"?>').replace(
        "</NtryDtls>", "</NtryDtls><AddtlNtryInf>ä</AddtlNtryInf>"
    )
    (statement,) = read_camt053(text.encode(encoding), "small.xml", EUR)
    assert {item.text for item in statement.items} == {"ä"}


def small(*changes: tuple[str, str], wanted: Wanted = EUR) -> Statement:
    (statement,) = read_camt053(changed(*changes), "small.xml", wanted)
    return statement


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_what_is_not_booked_is_pending(status: str) -> None:
    statement = small(("BOOK", status), ('"EUR">4.00', '"EUR">1.00'))
    assert {item.status for item in statement.items} == {"pending"}


def test_transactions_that_are_not_all_told_leave_their_entry_one_line() -> None:
    statement = small(("<Btch><NbOfTxs>2</NbOfTxs></Btch>", ""), ('"EUR">2.00', '"EUR">1.00'))
    assert [item.amount for item in statement.items] == [300]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([('"EUR">2.00', '"EUR">1.00')], "transactions sum to 2.00"),
        ([("<Btch><NbOfTxs>2</NbOfTxs></Btch>", ""), ('"EUR">2.00', '"EUR">2.01')], "transactions sum to 3.01"),
        ([("<NbOfTxs>2</NbOfTxs>", '<NbOfTxs>9</NbOfTxs><TtlAmt Ccy="EUR">5.00</TtlAmt>')], "batches total 5.00"),
    ],
)
def test_transactions_that_cannot_be_those_of_their_entry_are_refused(
    changes: list[tuple[str, str]], said: str
) -> None:
    assert refused(changed(*changes)) == (f'line 10: Stmt/Ntry/Amt: an entry whose {said}, not "3.00"',)


def test_pages_may_stand_in_any_order() -> None:
    head, first, second = document("08-pages").split(b"    <Stmt>")
    second, tail = second[: second.index(b"  </BkTo")], second[second.index(b"  </BkTo") :]
    turned = b"    <Stmt>".join([head, second, first]) + tail
    (statement,) = read_camt053(turned, "june.xml", EUR)
    assert [item.amount for item in statement.items] == [-250000, 250000]


def test_interim_balances_may_be_opening_and_closing_ones_of_a_sub_type() -> None:
    interim = b"<Cd>ITBD</Cd></CdOrPrtry>"
    closing, opening = (b"<Cd>%b</Cd></CdOrPrtry><SubTp><Cd>INTM</Cd></SubTp>" % code for code in (b"CLBD", b"OPBD"))
    content = document("08-pages").replace(interim, closing, 1).replace(interim, opening, 1)
    (statement,) = read_camt053(content, "june.xml", EUR)
    assert [item.amount for item in statement.items] == [-250000, 250000]


OPENS: Final = "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>"
OTHER: Final = (
    OPENS + '{}<Amt Ccy="EUR">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-05-02</Dt></Dt></Bal>\n' + OPENS
)


def test_a_balance_with_a_credit_line_in_it_is_none_of_the_account() -> None:
    assert small((OPENS, OTHER.format("<CdtLine><Incl>true</Incl></CdtLine>"))).opening == 100


def test_a_balance_that_is_stated_twice_is_stated_alike() -> None:
    assert refused(changed((OPENS, OTHER.format("<CdtLine><Incl>false</Incl></CdtLine>")))) == (
        'line 6: Stmt/Bal/Amt: OPBD of 1.00 and OPBD at line 5 are one balance, not "9.00"',
        'line 8: Stmt/Bal/Amt: opening 9.00 and booked entries of 3.00 come to 12.00, not "4.00"',
    )


def test_the_account_stands_before_its_balances() -> None:
    account = SMALL[SMALL.index("<Acct>") : SMALL.index("<Bal>")]
    late = changed((account, ""), ("</Stmt>", f"{account}</Stmt>"))
    assert "line 4: Stmt/Bal: stands before the account (Acct) that it is of" in refused(late)


def test_a_statement_does_not_close_before_it_opens() -> None:
    period = "<FrToDt><FrDtTm>2024-06-09T00:00:00Z</FrDtTm><ToDtTm>2024-06-30T00:00:00Z</ToDtTm></FrToDt>"
    assert refused(changed(("<Id>S1</Id>", f"<Id>S1</Id>{period}"))) == (
        'line 7: Stmt/Bal/Dt: before the opening at 2024-06-08, not "2024-05-02"',
    )


@pytest.mark.parametrize(
    ("changes", "opened_at"),
    [
        ([], "2024-05-01"),
        ([("OPBD", "PRCD")], "2024-05-02"),
        ([("2024-05-02</Dt></Dt></Bal>", "2024-05-01</Dt></Dt></Bal>")], "2024-05-01"),
        ([("<Dt>2024-05-02</Dt></Dt></Bal>", "<DtTm>2024-05-02T00:00:00+02:00</DtTm></Dt></Bal>")], "2024-05-01"),
        (
            [("<Dt>2024-05-02</Dt></Dt></Bal>", "<DtTm>2024-05-02T01:00:00+02:00</DtTm></Dt></Bal>")],
            "2024-05-01T23:00:00Z",
        ),
    ],
)
def test_an_opening_is_the_end_of_what_came_before(changes: list[tuple[str, str]], opened_at: str) -> None:
    assert small(*changes).opened_at == opened_at


def test_an_opening_may_be_said_to_be_of_the_day_that_it_says() -> None:
    assert small(wanted=EUR._replace(opened_at="2024-05-02")).opened_at == "2024-05-02"


# What is written is what is read.

TEXTS: Final = st.text("aä&<>'\"€ 1/", max_size=6).map(str.strip)
NAMES: Final = st.text("abc1-&/", min_size=1, max_size=6).filter(lambda name: name.strip() == name)
DAYS: Final = st.sampled_from(["2024-05-02", "2024-05-31", "2024-05-09T10:00:00Z", "2024-05-09T22:59:59.5Z"])


def line(said: dict[str, Any]) -> Item:
    return Item(place=0, account=IBAN, commodity="EUR", **said)


PLAIN: Final = st.fixed_dictionaries(
    {
        "at": DAYS,
        "amount": st.one_of(st.integers(1, 5), st.integers(-5, -1), st.integers(1, 10**14)),
        "end_to_end": NAMES,
        "reference": NAMES,
        "kind": st.sampled_from(["", "fee", "interest"]),
        "status": st.sampled_from(["booked", "pending"]),
        "counterparty": TEXTS,
        "text": TEXTS,
        "fee": st.integers(0, 3),
    }
).map(line)
REVERSED: Final = st.one_of(
    PLAIN.map(lambda item: item._replace(reverses=item.end_to_end)),
    PLAIN.map(lambda item: item._replace(reverses="?", end_to_end="")),
)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Item, ...]:
    """The transactions of one entry: of one day and one direction."""
    first, others = draw(PLAIN), draw(st.lists(PLAIN, min_size=1, max_size=3))
    way = 1 if first.amount > 0 else -1
    return tuple(
        item._replace(at=first.at, status=first.status, amount=way * abs(item.amount), group="GROUP")
        for item in (first, *others)
    )


ENTRIES: Final = st.lists(st.one_of(PLAIN.map(lambda item: (item,)), REVERSED.map(lambda item: (item,)), batches()))


@given(entries=ENTRIES, opening=st.integers(-(10**6), 10**6), version=st.sampled_from(["02", "08", "14"]))
def test_what_is_written_in_any_version_is_read_as_it_was(
    entries: list[tuple[Item, ...]], opening: int, version: str
) -> None:
    items = [item for entry in entries for item in entry]
    closing = opening + sum(item.amount for item in items if item.status == "booked")
    mark = FileMark("", "", "", 0, {})
    written = Statement(mark, IBAN, "EUR", "2024-04-30", opening, "2024-05-31", closing, tuple(items))
    (statement,) = read_camt053(camt053(version, written, entries), "may.xml", EUR)
    assert statement.file.kind == f"camt.053.001.{version}"
    assert [item._replace(place=0) for item in statement.items] == items
    assert statement._replace(file=mark, items=()) == written._replace(items=())
