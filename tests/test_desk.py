"""The desk: what is asked is decided, admitted and recorded as one; the receipt tells what it became."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from ledger.accounts import Posting
from ledger.audit import replay
from ledger.commands import (
    AnyCommand,
    CloseCase,
    ClosePeriod,
    Contribute,
    DeclareDefault,
    Deposit,
    OriginateLoan,
    Repay,
    ResolveShortfall,
    ReverseEntry,
    Withdraw,
    decide,
    read_back,
)
from ledger.desk import Desk
from ledger.errors import (
    BookMissing,
    CommandRefused,
    IdConflict,
    LawBroken,
    NotABook,
    UnknownName,
    WrongSide,
)
from ledger.events import AnyEvent, AssetRegistered, Deposited, FundOpened, PoolOpened
from ledger.receipt import Borne
from ledger.values import (
    Account,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
)
from ledger.waterfall import FundLayer, SocializeLayer

AT = Timestamp("2026-01-01T00:00:00Z")
POOL, FUND, LOAN, CASE = PoolId("alpha"), FundId("cushion"), LoanId("L1"), CaseId("C1")
ALICE, BOB, CAROL = PartyId("alice"), PartyId("bob"), PartyId("carol")
EUR = AssetId("EUR")


def numbered() -> Iterator[EventId]:
    return (EventId(f"id-{number}") for number in count(1))


def a_desk(path: Path | None = None) -> Desk:
    ids = numbered()
    if path is None:
        return Desk.in_memory(clock=lambda: AT, ids=lambda: next(ids), recorded_by="desk")
    return Desk.create(path, clock=lambda: AT, ids=lambda: next(ids), recorded_by="desk")


def opened(desk: Desk) -> Desk:
    """A desk with a pool whose losses fall on a fund up to 30, and then on its lenders."""
    desk.record(AssetRegistered(at=AT, asset=EUR, decimals=2))
    desk.record(FundOpened(at=AT, fund=FUND, asset=EUR))
    waterfall = (FundLayer(layer="fund", fund=FUND, cap=30), SocializeLayer(layer="socialize"))
    desk.record(PoolOpened(at=AT, pool=POOL, asset=EUR, debt="bilateral", waterfall=waterfall))
    return desk


def in_default(desk: Desk) -> Desk:
    """The same, with a loan of 500 in default, and 40 in the fund."""
    opened(desk)
    desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=600))
    desk.record(Deposit(at=AT, pool=POOL, lender=BOB, assets=200))
    desk.record(Contribute(at=AT, fund=FUND, contributor=CAROL, amount=40))
    desk.record(OriginateLoan(at=AT, pool=POOL, loan=LOAN, borrower=CAROL, principal=500))
    desk.record(DeclareDefault(at=AT, pool=POOL, loan=LOAN, case=CASE, reason="unpaid"))
    return desk


@pytest.fixture
def desk() -> Desk:
    return in_default(a_desk())


# What a receipt says.


def test_a_command_becomes_its_facts_and_the_receipt_tells_them() -> None:
    desk = opened(a_desk())
    receipt = desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=600), id="K")
    (entry,) = receipt.entries
    assert (receipt.id, entry.position) == ("K", 4)
    assert entry.event == Deposited(
        at=AT,
        id=EventId("K"),
        pool=POOL,
        lender=ALICE,
        assets=600,
        shares=600,
        command='{"type":"deposit","at":"2026-01-01T00:00:00Z","pool":"alpha","lender":"alice","assets":"600"}',
    )
    assert entry.postings == (
        Posting(Account("register:alpha:lenders:alice"), Commodity("shares:alpha:lenders"), 600),
        Posting(Account("register:alpha:lenders"), Commodity("shares:alpha:lenders"), -600),
        Posting(Account("assets:alpha:cash"), Commodity("EUR"), 600),
        Posting(Account("liabilities:alpha:claims:lenders"), Commodity("EUR"), -600),
    )


def test_further_facts_are_numbered_and_name_their_cause_and_each_layer_says_what_it_bore(desk: Desk) -> None:
    receipt = desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE), id="K")
    assert [(event.type, event.id, event.cause) for event in receipt.events] == [
        ("shortfall-recognized", "K", None),
        ("fund-drawn", "K/2", "K"),
        ("bad-debt-socialized", "K/3", "K"),
    ]
    assert [event.command is not None for event in receipt.events] == [True, False, False]
    assert receipt.borne == (
        Borne(POOL, CASE, "fund", "cushion", 30, 30),
        Borne(POOL, CASE, "tranche", "lenders", 470, 470),
    )
    assert (receipt.already, receipt.rehearsed) == (False, False)


def test_a_fact_is_recorded_as_it_is() -> None:
    desk = opened(a_desk())
    fact = Deposited(at=AT, pool=POOL, lender=ALICE, assets=5, shares=7)
    receipt = desk.record(fact, id="F")
    assert receipt.events == (Deposited(at=AT, id=EventId("F"), pool=POOL, lender=ALICE, assets=5, shares=7),)
    assert desk.lender("alpha", "alice").shares == 7


def test_without_an_id_one_is_asked_of_the_source_of_ids() -> None:
    receipt = opened(a_desk()).record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=1))
    assert receipt.id == "id-4"


def test_an_id_of_the_command_itself_is_kept() -> None:
    command = Deposit(at=AT, id=EventId("own"), pool=POOL, lender=ALICE, assets=1)
    assert opened(a_desk()).record(command).id == "own"


# The same again.


def test_the_same_command_under_the_same_id_gives_the_same_receipt_and_records_nothing(desk: Desk) -> None:
    command = ResolveShortfall(at=AT, pool=POOL, case=CASE)
    first = desk.record(command, id="K")
    desk.record(Deposit(at=AT, pool=POOL, lender=BOB, assets=50))
    position = desk.position
    again = desk.record(command, id="K")
    assert again == first
    assert again.already
    assert desk.position == position


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_receipt_stays_the_same_when_the_opening_of_the_pool_is_reversed(dry_run: bool) -> None:  # noqa: FBT001  (a parameter of a test)
    desk, deposit = opened(a_desk()), Deposit(at=AT, id=EventId("K"), pool=POOL, lender=ALICE, assets=600)
    receipt = desk.record(deposit)
    for of in ("K", "id-3"):
        desk.record(ReverseEntry(at=AT, of=EventId(of), reason="opened by mistake"))
    with pytest.raises(UnknownName):
        desk.pool("alpha")
    assert desk.record(deposit, dry_run=dry_run) == receipt


def test_a_command_may_be_as_long_as_its_longest_texts_make_it() -> None:
    desk = opened(a_desk())
    command = Deposit(at=AT, pool=POOL, lender=ALICE, assets=600, memo="m" * 4096, override="o" * 4096)
    (fact,) = desk.record(command, id="K").events
    assert read_back(fact) == replace(command, id=EventId("K"))


def test_the_same_fact_under_the_same_id_gives_the_same_receipt() -> None:
    desk = opened(a_desk())
    fact = Deposited(at=AT, pool=POOL, lender=ALICE, assets=5, shares=7)
    assert desk.record(fact, id="F") == desk.record(fact, id="F")
    assert desk.lender("alpha", "alice").shares == 7


@pytest.mark.parametrize(
    "other",
    [
        Deposit(at=AT, pool=POOL, lender=ALICE, assets=601),
        Deposit(at=AT, pool=POOL, lender=ALICE, assets=600, memo="again"),
        Withdraw(at=AT, pool=POOL, lender=ALICE, assets=600),
        Deposited(at=AT, pool=POOL, lender=ALICE, assets=600, shares=600),
    ],
)
def test_another_command_or_fact_under_a_known_id_is_refused(other: AnyCommand | AnyEvent) -> None:
    desk = opened(a_desk())
    desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=600), id="K")
    with pytest.raises(IdConflict, match="id K is recorded at position 4 with other content"):
        desk.record(other, id="K")
    assert desk.position == 4


def test_a_command_whose_further_fact_would_take_a_known_id_is_refused(desk: Desk) -> None:
    desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=1), id="K/2")
    before = desk.position
    with pytest.raises(IdConflict, match="id K/2 is recorded already"):
        desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE), id="K")
    assert desk.position == before
    assert desk.case("alpha", "C1").open == 0


# Refused.


def test_a_refused_command_leaves_the_book_as_it_was(desk: Desk) -> None:
    before = desk.position, desk.pool("alpha"), desk.fund("cushion"), desk.case("alpha", "C1")
    with pytest.raises(WrongSide):
        desk.record(Withdraw(at=AT, pool=POOL, lender=ALICE, assets=600))  # more than the cash
    with pytest.raises(LawBroken):
        desk.record(CloseCase(at=AT, pool=POOL, case=CASE))
    with pytest.raises(CommandRefused):
        desk.record(Repay(at=AT, pool=POOL, loan=LOAN, amount=501))
    with pytest.raises(UnknownName, match="deposit"):
        desk.record(Deposit(at=AT, pool=PoolId("beta"), lender=ALICE, assets=1))
    assert (desk.position, desk.pool("alpha"), desk.fund("cushion"), desk.case("alpha", "C1")) == before


def test_what_only_the_ledger_writes_is_refused_of_others() -> None:
    fact = Deposited(at=AT, pool=POOL, lender=ALICE, assets=5, shares=7, command="{}")
    with pytest.raises(CommandRefused, match="written by the ledger itself"):
        opened(a_desk()).record(fact)


def test_an_id_too_long_for_its_further_facts_is_refused() -> None:
    with pytest.raises(CommandRefused, match="an id of 1 to 120 characters"):
        opened(a_desk()).record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=1), id="x" * 121)


# A dry run.


def test_a_dry_run_tells_the_receipt_and_records_nothing(desk: Desk) -> None:
    command = ResolveShortfall(at=AT, pool=POOL, case=CASE)
    before = desk.position, desk.pool("alpha"), desk.fund("cushion"), desk.case("alpha", "C1")
    rehearsed = desk.record(command, id="K", dry_run=True)
    assert (desk.position, desk.pool("alpha"), desk.fund("cushion"), desk.case("alpha", "C1")) == before
    assert rehearsed.rehearsed
    assert desk.record(command, id="K") == rehearsed


def test_a_dry_run_of_what_cannot_be_taken_back_records_nothing_either(desk: Desk) -> None:
    fact = desk.record(Deposit(at=AT, pool=POOL, lender=BOB, assets=10), id="D")
    for command in (ReverseEntry(at=AT, of=fact.id, reason="twice"), ClosePeriod(at=AT, through=AT)):
        before = desk.position, desk.pool("alpha"), desk.lender("alpha", "bob")
        rehearsed = desk.record(command, id=command.type, dry_run=True)
        assert (desk.position, desk.pool("alpha"), desk.lender("alpha", "bob")) == before
        assert desk.record(command, id=command.type) == rehearsed


def test_a_dry_run_is_refused_as_the_command_would_be(desk: Desk) -> None:
    with pytest.raises(LawBroken):
        desk.record(CloseCase(at=AT, pool=POOL, case=CASE), dry_run=True)
    desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=1), id="K")
    with pytest.raises(IdConflict):
        desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=2), id="K", dry_run=True)
    assert desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=1), id="K", dry_run=True).already


# What can be read.


def test_the_states_of_what_the_desk_knows(desk: Desk) -> None:
    desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE))
    pool = desk.pool("alpha")
    assert (pool.cash, pool.loans, pool.defaulted, pool.deficit, pool.claims, pool.shares, pool.reserve) == (
        330,  # 800 deposited, 500 lent, 30 from the fund
        0,
        0,
        0,
        {"lenders": 330},
        {"lenders": 800},
        0,
    )
    assert pool.share_price_wad == {"lenders": 412_500_000_000_000_000}
    assert desk.lender("alpha", "alice")[3:] == (600, 247)
    assert desk.lender("alpha", "nobody")[3:] == (0, 0)
    assert desk.fund("cushion")[1:] == ("EUR", 10, 40)
    loan = desk.loan("alpha", "L1")
    assert (loan.borrower, loan.status, loan.case, loan.debt, loan.collateral) == ("carol", "in-default", "C1", 0, {})
    case = desk.case("alpha", "C1")
    assert (case.status, case.in_default, case.recognized, case.open) == ("open", 0, 500, 0)
    assert case.layers == (("fund cushion", 30, 30, 0), ("socialize", None, 0, 330))


def test_before_a_recognition_a_case_has_the_layers_of_its_pool(desk: Desk) -> None:
    assert [layer.layer for layer in desk.case("alpha", "C1").layers] == ["fund cushion", "socialize"]


@pytest.mark.parametrize("name", ["pool", "fund"])
def test_a_name_that_is_not_there_is_told(name: str, desk: Desk) -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        getattr(desk, name)("nowhere")
    with pytest.raises(UnknownName, match="nowhere"):
        desk.loan("alpha", "nowhere")
    with pytest.raises(UnknownName, match="nowhere"):
        desk.case("alpha", "nowhere")


def test_states_show_themselves_in_a_notebook(desk: Desk) -> None:
    shown = desk.pool("alpha")._repr_html_() + desk.case("alpha", "C1")._repr_html_()
    shown += desk.loan("alpha", "L1")._repr_html_() + desk.fund("cushion")._repr_html_()
    shown += desk.lender("alpha", "alice")._repr_html_()
    for text in ("<caption>pool alpha</caption>", "<th>in_default</th><td>500</td>", "fund cushion", "<td>alice</td>"):
        assert text in shown


def test_a_receipt_shows_itself_in_a_notebook(desk: Desk) -> None:
    shown = desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE), id="K", dry_run=True)._repr_html_()
    assert "<caption>K, rehearsed</caption>" in shown
    assert "<th>11 bad-debt-socialized</th><td>liabilities:alpha:claims:lenders 470<br>" in shown
    assert "<th>borne by fund cushion</th><td>30</td>" in shown


def test_every_command_that_is_stored_is_decided_again_to_the_same_facts(desk: Desk) -> None:
    desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE))
    events = [entry.event() for entry in desk.journal.read()]
    first = next(event for event in events if event.type == "shortfall-recognized")
    command = read_back(first)
    assert command == ResolveShortfall(at=AT, id=first.id, pool=POOL, case=CASE)
    books = replay(desk.journal, through=len(events) - 3, watch=iter).books
    assert command is not None
    assert decide(command, books) == tuple(events[-3:])


# On disk, and several at once.


def test_a_desk_goes_on_where_the_book_ends(tmp_path: Path) -> None:
    with in_default(a_desk(tmp_path / "book.db")) as desk:
        before = desk.pool("alpha")
    with Desk.open(tmp_path / "book.db", clock=lambda: AT, ids=lambda: EventId("x"), recorded_by="desk") as again:
        assert again.pool("alpha") == before
        assert again.record(ResolveShortfall(at=AT, pool=POOL, case=CASE)).entries[0].position == 9 - 0


def test_a_book_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(BookMissing):
        Desk.open(tmp_path / "none.db", clock=lambda: AT, ids=lambda: EventId("x"), recorded_by="desk")
    (tmp_path / "text.db").write_text("no book")
    with pytest.raises(NotABook):
        Desk.open(tmp_path / "text.db", clock=lambda: AT, ids=lambda: EventId("x"), recorded_by="desk")


def test_two_desks_on_one_book_see_what_each_other_records(tmp_path: Path) -> None:
    with opened(a_desk(tmp_path / "book.db")) as one, a_desk(tmp_path / "book.db") as other:
        one.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=3), id="a")
        assert other.lender("alpha", "alice").balance == 3
        other.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=4), id="b")
        assert one.lender("alpha", "alice").balance == 7
        assert one.position == other.position == 5


@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_threads_share_a_desk(on_disk: bool, tmp_path: Path) -> None:  # noqa: FBT001  (a parameter of a test)
    with opened(a_desk(tmp_path / "book.db" if on_disk else None)) as desk:
        first = desk.position

        def deposit(who: int) -> None:
            for number in range(20):
                command = Deposit(at=AT, pool=POOL, lender=PartyId(f"lender-{who}"), assets=who + 1)
                receipt = desk.record(command, id=f"{who}-{number}")
                assert receipt == desk.record(command, id=f"{who}-{number}")

        threads = [Thread(target=deposit, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert desk.position == first + 80
        assert [desk.lender("alpha", f"lender-{who}").balance for who in range(4)] == [20, 40, 60, 80]
        assert replay(desk.journal, through=None, watch=iter).entries == first + 80
