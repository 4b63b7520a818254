"""An account against statements, through a book: what carries on from paper to paper, what settles, what is refused."""

import json
from hashlib import sha256

import pytest

from ledger.book import Book, Fact
from ledger.errors import AskedAmiss
from ledger.events import AnyEvent, AssetRegistered, Deposited, EntryReversed, PoolOpened, Withdrawn
from ledger.events.posted import PostedLine
from ledger.journal.memory import MemoryJournal
from ledger.sources import commands
from ledger.values import Account, AssetId, Commodity, EventId, Json, PartyId, PoolId, Timestamp
from projections.reconciliation.breaks import Trace
from projections.reconciliation.document import document_of, hash_of
from projections.reconciliation.document import paper_of as read_back
from projections.reconciliation.items import FileMark, Item, SourceRefused, Statement
from projections.reconciliation.movements.matches import matches_document
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.paper import Confirmed, MatchedRow, Paper
from projections.reconciliation.rules import Rules

EUR = AssetId("EUR")
DESK = PoolId("desk")
CASH = "assets:desk:cash"
SUBJECT = f"account:{CASH}"
JANUARY, FEBRUARY, MARCH, APRIL = "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"


def deposit(day: str, amount: int, name: str) -> Deposited:
    at = Timestamp(f"{day}T12:00:00Z")
    return Deposited(at=at, id=EventId(name), pool=DESK, lender=PartyId("north"), assets=amount, shares=amount)


def withdrawal(day: str, amount: int, name: str) -> Withdrawn:
    at = Timestamp(f"{day}T12:00:00Z")
    return Withdrawn(at=at, id=EventId(name), pool=DESK, lender=PartyId("north"), assets=amount, shares=amount)


def reversal(of: Deposited, name: str) -> EntryReversed:
    lines = (
        (f"register:desk:lenders:{of.lender}", "shares:desk:lenders", -of.shares),
        ("register:desk:lenders", "shares:desk:lenders", of.shares),
        (CASH, EUR, -of.assets),
        ("liabilities:desk:claims:lenders", EUR, of.assets),
    )
    return EntryReversed(
        at=of.at,
        id=EventId(name),
        of=of.id,
        reason="entered in error",
        postings=tuple(PostedLine(account=Account(a), commodity=Commodity(c), amount=n) for a, c, n in lines),
    )


def record(journal: MemoryJournal, *facts: AnyEvent) -> None:
    numbered = (Fact.of(number, fact) for number, fact in enumerate(facts, 1))
    Book(journal).record(numbered, source="", clock=lambda: Timestamp("2026-05-01T09:00:00Z"), recorded_by="")


def record_told(journal: MemoryJournal, *facts: Json) -> None:
    lines = [json.dumps(fact).encode() for fact in facts]
    Book(journal).record(
        commands.told(lines), source="", clock=lambda: Timestamp("2026-05-01T09:00:00Z"), recorded_by=""
    )


def book_of(*facts: AnyEvent) -> MemoryJournal:
    """A book of a pool that had 1,000 in January, and these facts."""
    journal, at = MemoryJournal("desk.db"), Timestamp("2026-01-01T00:00:00Z")
    opened = PoolOpened(at=at, pool=DESK, asset=EUR, debt="bilateral", waterfall=())
    record(journal, AssetRegistered(at=at, asset=EUR, decimals=2), opened, deposit("2026-01-02", 1_000, "first"))
    record(journal, *facts)
    return journal


def line(day: str, amount: int, name: str = "", **said: object) -> Item:
    return Item(0, "bank", EUR, day, amount, reference=name)._replace(**said)  # type: ignore[arg-type]


def statement(opened_at: str, opening: int, closed_at: str, *lines: Item) -> Statement:
    items = tuple(one._replace(place=place) for place, one in enumerate(lines, 1))
    closing = opening + sum(one.amount for one in items if one.status == "booked")
    mark = FileMark(f"to-{closed_at}.csv", sha256(repr(items).encode()).hexdigest(), "csv", len(items), {})
    return Statement(mark, "bank", EUR, opened_at, opening, closed_at, closing, items)


def paper_of(
    journal: MemoryJournal, *statements: Statement, previous: Paper | None = None, confirmed: tuple[Confirmed, ...] = ()
) -> Paper:
    paper, _ = reconcile_account(journal, SUBJECT, statements, Rules(), previous, confirmed)
    return paper


def told(paper: Paper) -> list[tuple[str, int]]:
    return [(one.class_, one.effect) for one in paper.breaks]


def test_a_break_goes_from_transit_to_missing_and_is_resolved_by_a_reversal() -> None:
    sent = deposit("2026-02-27", 500, "wire-7")
    journal = book_of(sent)
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY))
    march = paper_of(journal, statement(FEBRUARY, 1_000, MARCH), previous=february)
    record(journal, reversal(sent, "undone"))
    april = paper_of(journal, statement(MARCH, 1_000, APRIL), previous=march)
    assert [told(paper) for paper in (february, march, april)] == [
        [("timing in transit", 500)],
        [("missing in statement", 500)],
        [],
    ]
    assert march.breaks[0].id == february.breaks[0].id
    assert march.breaks[0].first_seen == FEBRUARY
    assert april.resolved == march.breaks
    assert april.previous == hash_of(march)
    assert april.matched == (MatchedRow("contra", EUR, 1, 2, 0, 1_000),)
    assert april.may_be_signed()


def test_what_both_sides_left_open_is_matched_when_the_other_half_comes() -> None:
    sent = deposit("2026-02-27", 500, "wire-7")
    journal = book_of(sent)
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, line("2026-02-20", 30, "late")))
    record(journal, deposit("2026-03-01", 30, "late"))
    march = paper_of(journal, statement(FEBRUARY, 1_030, MARCH, line("2026-03-02", 500, "wire-7")), previous=february)
    assert sorted(told(february)) == [("missing in ledger", -30), ("timing in transit", 500)]
    assert told(march) == []
    assert {one.id for one in march.resolved} == {one.id for one in february.breaks}


def test_the_later_entry_that_a_cut_off_named_settles_it_on_whatever_day_it_has() -> None:
    journal = book_of(deposit("2026-03-01", 500, "wire-7"))
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, line("2026-02-27", 500)))
    march = paper_of(journal, statement(FEBRUARY, 1_500, MARCH), previous=february)
    assert told(february) == [("cut-off", -500)]
    assert (told(march), march.matched) == ([], (MatchedRow("cut-off", EUR, 1, 1, 1, 500),))


def test_an_opening_that_differs_is_one_unexplained_break_that_stays_and_keeps_its_age() -> None:
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    february = paper_of(journal, statement(JANUARY, 993, FEBRUARY, line("2026-02-10", 500, "wire-7")))
    march = paper_of(journal, statement(FEBRUARY, 1_493, MARCH), previous=february)
    (one,), (again,) = february.breaks, march.breaks
    assert (one.class_, one.effect, one.since) == ("unexplained", 7, JANUARY)
    assert one.evidence == "we open with 10.00 EUR, they with 9.93 EUR"
    assert (again.id, again.effect, again.since) == (one.id, 7, JANUARY)
    assert (february.unexplained(), february.may_be_signed()) == ({"EUR": 7}, False)


def test_an_entry_proposed_for_a_break_settles_it_in_the_same_period_and_in_the_next() -> None:
    short = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 490, "wire-7"))
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    before = paper_of(journal, short)
    (amount,) = before.breaks
    record(journal, withdrawal("2026-02-15", 10, f"break-{amount.id}"))
    again = paper_of(journal, short)
    march = paper_of(journal, statement(FEBRUARY, 1_490, MARCH), previous=before)
    assert told(before) == [("amount", 10)]
    assert [told(again), told(march)] == [[], []]
    assert again.matched == march.matched == (MatchedRow("proposed entry", EUR, 1, 2, 1, 510),)
    assert march.resolved == (amount,)


def test_an_entry_proposed_for_a_break_that_does_not_take_it_away_is_itself_compared() -> None:
    short = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 490, "wire-7"))
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    (amount,) = paper_of(journal, short).breaks
    record(journal, withdrawal("2026-02-25", 9, f"break-{amount.id}"))
    again = paper_of(journal, short)
    assert sorted(told(again)) == [("amount", 10), ("timing in transit", -9)]
    assert amount.id in {one.id for one in again.breaks}


def test_an_entry_proposed_for_an_opening_that_differs_settles_it() -> None:
    journal = book_of()
    february = paper_of(journal, statement(JANUARY, 993, FEBRUARY))
    record(journal, withdrawal("2026-03-01", 7, f"break-{february.breaks[0].id}"))
    march = paper_of(journal, statement(FEBRUARY, 993, MARCH), previous=february)
    assert told(march) == []
    assert march.may_be_signed()


def test_what_is_proposed_for_a_line_dated_before_the_first_opening_counts_after_it() -> None:
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-01-29", 30, "late"))
    journal = book_of()
    before = paper_of(journal, given)
    (fact,) = before.proposals[0].facts
    record_told(journal, fact)
    assert (fact["at"], fact["occurred_at"]) == ("2026-02-01T00:00:00Z", "2026-01-29T00:00:00Z")
    assert (told(before), told(paper_of(journal, given))) == ([("missing in ledger", -30)], [])


def test_what_was_recorded_for_a_break_after_the_closing_makes_it_a_cut_off_until_the_next() -> None:
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-03-01", -30, kind="fee"))
    journal = book_of()
    (fee,) = paper_of(journal, given).breaks
    record(journal, withdrawal("2026-03-01", 30, f"break-{fee.id}"))
    february = paper_of(journal, given)
    march = paper_of(journal, statement(FEBRUARY, 970, MARCH), previous=february)
    assert (fee.class_, [(one.id, one.class_) for one in february.breaks]) == ("fee", [(fee.id, "cut-off")])
    assert (told(march), march.matched) == ([], (MatchedRow("proposed entry", EUR, 1, 1, 1, 30),))


def test_what_was_recorded_for_a_break_after_the_closing_is_no_other_line() -> None:
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 490, "wire-7"), line("2026-02-27", -10, "card"))
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    (amount,) = (one for one in paper_of(journal, given).breaks if one.class_ == "amount")
    record(journal, withdrawal("2026-03-01", 10, f"break-{amount.id}"))
    after = paper_of(journal, given)
    assert sorted(told(after)) == [("cut-off", 10), ("missing in ledger", 10)]
    assert next(one.id for one in after.breaks if one.class_ == "cut-off") == amount.id


def test_an_opening_that_differs_keeps_its_id_when_it_is_settled_after_the_closing() -> None:
    journal, given = book_of(), statement(JANUARY, 993, FEBRUARY)
    before = paper_of(journal, given)
    record(journal, withdrawal("2026-03-01", 7, f"break-{before.breaks[0].id}"))
    february = paper_of(journal, given)
    march = paper_of(journal, statement(FEBRUARY, 993, MARCH), previous=february)
    assert (told(february), february.breaks[0].id) == ([("cut-off", 7)], before.breaks[0].id)
    assert told(march) == []


def test_of_equal_lines_the_one_that_is_left_is_not_the_one_that_was_settled() -> None:
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 30), line("2026-02-10", 30))
    journal = book_of()
    before = paper_of(journal, given)
    record_told(journal, *before.proposals[0].facts)
    again = paper_of(journal, given)
    assert {one.id for one in again.breaks} == {one.id for one in before.breaks} - {before.proposals[0].of}


def test_a_line_that_says_what_one_before_said_is_another_one() -> None:
    journal, same = book_of(), line("2026-02-10", 30)
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, same))
    record_told(journal, *february.proposals[0].facts)
    march = paper_of(journal, statement(FEBRUARY, 1_030, MARCH, same), previous=february)
    (one,) = march.breaks
    assert (one.first_seen, one.class_) == (MARCH, "missing in ledger")
    assert one.id != february.breaks[0].id


def test_what_someone_confirmed_is_matched() -> None:
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-13", 200), line("2026-02-14", 300))
    open_ = paper_of(journal, given)
    lines = tuple(one.id for each in open_.breaks for one in each.theirs)
    word = Confirmed(("wire-7",), lines, "controller", "2026-03-01T00:00:00Z", "paid in two parts")
    assert told(paper_of(journal, given, confirmed=(word,))) == []


def test_statements_given_at_once_are_one_period() -> None:
    journal = book_of(deposit("2026-02-10", 500, "wire-7"), deposit("2026-03-10", 700, "wire-8"))
    first = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 500, "wire-7"))
    second = statement(FEBRUARY, 1_500, MARCH, line("2026-03-10", 690, "wire-8"))
    paper = paper_of(journal, second, first)
    assert (paper.opened_at, paper.closed_at, told(paper)) == (JANUARY, MARCH, [("amount", 10)])
    assert [file.name for file in paper.files] == ["to-2026-02-28.csv", "to-2026-03-31.csv"]
    assert paper.breaks[0].evidence.startswith("line 1 of to-2026-03-31.csv (wire-8) says 6.90 EUR")


def test_statements_of_two_accounts_of_theirs_are_summed_and_have_to_close_together() -> None:
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    one = statement(JANUARY, 400, FEBRUARY, line("2026-02-10", 500, "wire-7"))
    other = statement(JANUARY, 600, FEBRUARY)._replace(account="custodian")
    paper = paper_of(journal, other, one)
    assert (told(paper), paper.proof[0].amount, paper.may_be_signed()) == ([], 1_500, True)
    late = statement(JANUARY, 600, MARCH)._replace(account="custodian")
    with pytest.raises(SourceRefused, match="the accounts do not close together, but at 2026-02-28 and 2026-03-31"):
        paper_of(journal, late, one)


def test_statements_of_two_commodities_are_refused() -> None:
    one, other = statement(JANUARY, 1_000, FEBRUARY), statement(FEBRUARY, 1_000, MARCH)._replace(commodity="USD")
    with pytest.raises(SourceRefused, match="the statements are in EUR and USD, and a paper is of one commodity"):
        paper_of(book_of(), one, other)


def test_statements_that_overlap_are_refused() -> None:
    one, other = statement(JANUARY, 1_000, FEBRUARY), statement("2026-02-15", 1_000, MARCH)
    with pytest.raises(
        SourceRefused, match=r"opens at 2026-02-15, but to-2026-02-28.csv before it closes at 2026-02-28"
    ):
        paper_of(book_of(), one, other)


def test_a_break_keeps_its_id_when_its_other_half_is_found_after_the_closing() -> None:
    given, journal = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-27", 500, "wire-7")), book_of()
    before = paper_of(journal, given)
    record(journal, deposit("2026-03-01", 500, "wire-7"))
    after = paper_of(journal, given)
    assert [told(before), told(after)] == [[("missing in ledger", -500)], [("cut-off", -500)]]
    assert after.breaks[0].id == before.breaks[0].id


def test_a_statement_that_does_not_go_on_from_the_one_before_is_refused_with_both_numbers() -> None:
    journal = book_of()
    first = statement(JANUARY, 1_000, FEBRUARY)
    with pytest.raises(SourceRefused, match=r"to-2026-03-31.csv of bank opens with 990 EUR.* closes with 1000"):
        paper_of(journal, first, statement(FEBRUARY, 990, MARCH))
    with pytest.raises(SourceRefused, match=r"opens with 990 EUR, but the statement before, of 2026-02-28, .* 1000"):
        paper_of(journal, statement(FEBRUARY, 990, MARCH), previous=paper_of(journal, first))


def test_a_statement_of_days_that_were_reconciled_already_is_refused() -> None:
    journal = book_of()
    first = statement(JANUARY, 1_000, FEBRUARY)
    with pytest.raises(SourceRefused, match="opens at 2026-01-31, but the statement before closes only at 2026-02-28"):
        paper_of(journal, statement(JANUARY, 1_000, MARCH), previous=paper_of(journal, first))


def test_a_statement_in_another_commodity_is_refused() -> None:
    dollars = statement(JANUARY, 1_000, FEBRUARY)._replace(commodity="USD")
    with pytest.raises(SourceRefused, match="is in USD, but assets:desk:cash is kept in EUR"):
        paper_of(book_of(), dollars)


def test_no_statement_is_refused() -> None:
    with pytest.raises(SourceRefused, match="nothing to reconcile with"):
        paper_of(book_of())


@pytest.mark.parametrize("subject", ["lenders:balance", "account:", f"account:{CASH},"])
def test_a_subject_without_an_account_is_refused(subject: str) -> None:
    with pytest.raises(AskedAmiss, match="names no account"):
        reconcile_account(book_of(), subject, [statement(JANUARY, 1_000, FEBRUARY)], Rules(), None)


def test_a_paper_before_of_another_subject_is_refused() -> None:
    journal = book_of()
    before = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY))._replace(subject="account:assets:other:cash")
    with pytest.raises(AskedAmiss, match="the paper before is of account:assets:other:cash"):
        paper_of(journal, statement(FEBRUARY, 1_000, MARCH), previous=before)


def test_a_paper_tells_where_the_sides_part_and_which_entries_sum_to_it() -> None:
    sent = deposit("2026-02-20", 500, "wire-8")
    journal = book_of(deposit("2026-02-10", 300, "wire-7"), sent)
    paper = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, line("2026-02-12", 300, "wire-7")))
    assert paper.traces == (Trace(SUBJECT, EUR, 500, "2026-02-12", "2026-02-20", (5,)),)
    (named,) = paper.appendix
    assert (named.id, named.type, named.amount) == ("wire-8", "deposited", 500)
    assert named.cited_by == (f"break {paper.breaks[0].id}", f"trace of {SUBJECT}")


def test_an_entry_of_the_last_agreed_day_is_not_since_then() -> None:
    journal = book_of(
        deposit("2026-02-10", 500, "wire-7"), withdrawal("2026-02-10", 500, "out"), deposit("2026-02-20", 500, "wire-8")
    )
    (trace,) = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY)).traces
    assert (trace.agreed_at, trace.parted_on, trace.entries) == ("2026-02-10", "2026-02-20", (6,))


def test_an_entry_of_the_rest_of_the_day_of_the_opening_is_since_then() -> None:
    given = statement("2026-02-10T11:00:00Z", 1_000, FEBRUARY)
    (trace,) = paper_of(book_of(deposit("2026-02-10", 500, "wire-7")), given).traces
    assert (trace.agreed_at, trace.parted_on, trace.entries) == ("2026-02-10", "2026-02-10", (4,))


def test_equal_balances_part_nowhere() -> None:
    assert paper_of(book_of(), statement(JANUARY, 1_000, FEBRUARY)).traces == ()


def test_the_trace_of_the_paper_before_holds_where_the_sides_never_agreed_since() -> None:
    journal = book_of(deposit("2026-02-10", 500, "wire-7"))
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY))
    march = paper_of(journal, statement(FEBRUARY, 1_000, MARCH), previous=february)
    (trace,) = march.traces
    assert (trace.agreed_at, trace.parted_on, trace.entries) == (JANUARY, "2026-02-10", (4,))


def test_the_same_paper_comes_of_any_order_and_is_read_back_from_its_document() -> None:
    journal = book_of(deposit("2026-02-10", 300, "wire-7"), deposit("2026-02-20", 500, "wire-8"))
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-12", 300, "wire-7"), line("2026-02-12", -5, "fee"))
    turned = given._replace(items=given.items[::-1])
    paper, found = reconcile_account(journal, SUBJECT, [given], Rules(), None)
    again, _ = reconcile_account(journal, SUBJECT, [turned], Rules(), None)
    assert document_of(paper) == document_of(again)
    assert read_back(document_of(paper)) == paper
    assert matches_document(found.matches) == b'["reference",[[4,"wire-7","assets:desk:cash"]],[[0,1]]]\n'
    assert paper.matched_sha256 == sha256(matches_document(found.matches)).hexdigest()


def test_the_list_of_matches_is_in_an_order_of_its_own() -> None:
    journal = book_of(deposit("2026-02-10", 300, "wire-7"), deposit("2026-02-20", 500, "wire-8"))
    given = statement(JANUARY, 1_000, FEBRUARY, line("2026-02-12", 300, "wire-7"), line("2026-02-20", 500, "wire-8"))
    _, found = reconcile_account(journal, SUBJECT, [given], Rules(), None)
    assert len(found.matches) == 2
    assert matches_document(found.matches) == matches_document(found.matches[::-1])


def test_a_pending_line_is_in_no_balance_and_counts_once_it_is_booked() -> None:
    journal = book_of(deposit("2026-02-10", 300, "wire-7"))
    announced = line("2026-02-27", 300, "wire-7", status="pending")
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, announced))
    booked = statement(FEBRUARY, 1_000, MARCH, announced._replace(status="booked"))
    march = paper_of(journal, booked, previous=february)
    assert (told(february), february.matched) == ([("not final", 300)], ())
    assert (told(march), march.resolved) == ([], february.breaks)


def test_what_was_pending_is_the_same_once_it_is_booked_on_another_day() -> None:
    journal = book_of(withdrawal("2026-02-26", 300, "wire-7"))
    announced = line("2026-02-26", -300, text="transfer to north", status="pending")
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, announced))
    booked = announced._replace(status="booked", at="2026-03-03")
    march = paper_of(journal, statement(FEBRUARY, 1_000, MARCH, booked), previous=february)
    assert told(february) == [("not final", -300)]
    assert (told(march), march.resolved) == ([], february.breaks)
    assert march.matched == (MatchedRow("booked now", EUR, 1, 1, 1, 300),)


@pytest.mark.parametrize(
    "others",
    [
        (line("2026-03-03", -300, text="transfer to south"),),
        (line("2026-03-03", -300, text="transfer to north"), line("2026-03-04", -300, text="transfer to north")),
    ],
)
def test_what_was_pending_is_no_line_that_says_another_thing_and_none_of_two(others: tuple[Item, ...]) -> None:
    journal = book_of(withdrawal("2026-02-26", 300, "wire-7"))
    announced = line("2026-02-26", -300, text="transfer to north", status="pending")
    february = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, announced))
    march = paper_of(journal, statement(FEBRUARY, 1_000, MARCH, *others), previous=february)
    assert sorted(told(march)) == [("missing in ledger", 300)] * len(others) + [("missing in statement", -300)]


def test_the_appendix_has_the_entry_that_a_duplicate_repeats() -> None:
    first = deposit("2026-02-10", 300, "wire-7")
    journal = book_of(first, deposit("2026-02-10", 300, "typed"))
    paper = paper_of(journal, statement(JANUARY, 1_000, FEBRUARY, line("2026-02-10", 300, "wire-7")))
    assert told(paper) == [("duplicate in ledger", 300)]
    assert {one.id for one in paper.appendix} == {"wire-7", "typed"}


def test_a_statement_that_closes_no_later_than_the_one_before_is_refused() -> None:
    journal = book_of()
    first = statement(JANUARY, 1_000, FEBRUARY)
    with pytest.raises(SourceRefused, match="closes at 2026-02-28, and the statement before at 2026-02-28"):
        paper_of(journal, statement("", 1_000, FEBRUARY), previous=paper_of(journal, first))
