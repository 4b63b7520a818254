"""The level of balances at several moments, and in one paper after the other."""

from typing import Any, Final

from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.events import Evidence
from ledger.journal.memory import MemoryJournal
from ledger.values import PoolId
from projections.reconciliation.balances.covered import Covered, covered_rows
from projections.reconciliation.balances.moments import Moment
from projections.reconciliation.balances.stated import Name, Stated, subject_of
from projections.reconciliation.document import document_of, paper_of
from projections.reconciliation.items import Snapshot
from projections.reconciliation.sources.other_book import snapshot_of_book
from tests.histories import HISTORIES, History, histories, recorded
from tests.histories_teller import TIMES
from tests.reconciled_balances import CLOSING, OPENED, book, on, paper, said, stated
from tests.story import (
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    POOL,
    deposited,
    pool_opened,
)


def test_a_break_is_told_at_the_last_of_the_moments_that_it_lasts() -> None:
    right, wrong = ((LENDER, 1000), (OTHER_LENDER, 500)), ((LENDER, 900), (OTHER_LENDER, 500))
    days = ("2023-01-31", "2023-02-28", "2023-03-30", CLOSING)
    snapshots = [said(*held, at=day) for day, held in zip(days, (right, wrong, wrong, right), strict=True)]
    made = paper(book(), "lenders:balance", *snapshots)
    (found,) = made.breaks
    assert found.key == {
        "report": "lenders",
        "field": "balance",
        "pool": POOL,
        "tranche": "lenders",
        "lender": LENDER,
        "at": "2023-03-30T23:59:59.999999999Z",
    }
    assert (found.class_, found.since, found.effect) == ("amount", "2023-02-28", 100)


def test_a_break_that_is_gone_by_the_end_is_proven_with_the_numbers_of_its_moment() -> None:
    earlier = said((LENDER, 900), (OTHER_LENDER, 500), at="", block=7)
    journal = book(deposited(at=on("2023-02-01"), assets=1, shares=1, evidence=Evidence(block=7)))
    made = paper(journal, "lenders:balance", earlier, said((LENDER, 1001), (OTHER_LENDER, 500)))
    rows = {(row.commodity, row.line): row.amount for row in made.proof}
    assert rows["USD", "balance per statement"] == rows["USD", "balance per book"] == 1501
    assert rows["USD @ block 7", "balance per statement"] == 900
    assert rows["USD @ block 7", "balance per book"] == 1001
    assert made.decimals == {"USD": 6, "USD @ block 7": 6}


def test_a_number_that_agrees_in_between_is_two_breaks() -> None:
    right, wrong = ((LENDER, 1000), (OTHER_LENDER, 500)), ((LENDER, 900), (OTHER_LENDER, 500))
    days = ("2023-01-31", "2023-02-28", CLOSING)
    made = paper(
        book(), "lenders:balance", *(said(*held, at=day) for day, held in zip(days, (wrong, right, wrong), strict=True))
    )
    assert [one.class_ for one in made.breaks] == ["amount", "unexplained"]


def test_a_break_keeps_its_identity_in_the_paper_that_follows() -> None:
    journal = book()
    first = paper(journal, "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 500), at="2023-02-28"))
    second = paper(journal, "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 500)), previous=first)
    assert second.breaks[0].id == first.breaks[0].id
    assert second.breaks[0].first_seen == first.closed_at == second.opened_at


def test_what_was_equal_in_the_paper_before_agreed_then() -> None:
    journal = book(
        deposited(at=on("2023-03-01"), assets=40, shares=40), deposited(at=on("2023-02-01"), assets=40, shares=40)
    )
    first = paper(journal, "lenders:balance", said((LENDER, 1040), (OTHER_LENDER, 500), at="2023-02-28"))
    second = paper(journal, "lenders:balance", said((LENDER, 1040), (OTHER_LENDER, 500)), previous=first)
    assert (second.breaks[0].class_, second.traces[0].entries) == ("amount", (6,))
    assert second.traces[0].agreed_at == first.closed_at


def test_what_was_open_in_the_paper_before_did_not_agree_then() -> None:
    journal = book()
    first = paper(journal, "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 500), at="2023-02-28"))
    second = paper(journal, "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 500)), previous=first)
    assert (second.breaks[0].class_, second.traces[0].agreed_at) == ("unexplained", "")


FURTHER: Final = PoolId("further")


def two_pools() -> MemoryJournal:
    """A book with a further pool in the same asset, in which the lender has 9."""
    return book(
        pool_opened(at=OPENED, pool=FURTHER, waterfall=()), deposited(at=OPENED, pool=FURTHER, assets=9, shares=9)
    )


def of_both(amount: int, *, field: str = "balance", at: str = CLOSING) -> Snapshot:
    """What someone says of both pools, with a number of the further one."""
    held = ((POOL, LENDER, 1000), (POOL, OTHER_LENDER, 500), (FURTHER, LENDER, amount))
    return stated(*((("pool", pool), ("lender", of), number) for pool, of, number in held), at=at, field=field)


def test_what_was_not_compared_in_the_paper_before_did_not_agree_then() -> None:
    journal = two_pools()
    first = paper(journal, "lenders:balance", said((LENDER, 1000), (OTHER_LENDER, 500), at="2023-02-28"))
    second = paper(journal, "lenders:balance", of_both(7), previous=first)
    assert [(one.class_, one.effect) for one in second.breaks] == [("unexplained", 2)]
    assert not second.may_be_signed()


def test_another_field_of_the_row_that_was_compared_says_nothing_of_this_one() -> None:
    journal = two_pools()
    first = paper(journal, "lenders", of_both(9, field="balance", at="2023-02-28"))
    second = paper(journal, "lenders", of_both(7, field="shares"), previous=first)
    assert [one.class_ for one in second.breaks] == ["unexplained"]


def test_fields_that_share_an_asset_agreed_each_by_itself() -> None:
    def of_pool(*, cash: int, loans: int, at: str) -> list[Snapshot]:
        return [stated((("pool", POOL), of), at=at, field=name) for name, of in (("cash", cash), ("loans", loans))]

    first = paper(book(), "pools", *of_pool(cash=1500, loans=0, at="2023-02-28"))
    second = paper(book(), "pools", *of_pool(cash=1498, loans=8, at=CLOSING), previous=first)
    assert {(row.commodity, row.line) for row in first.proof} >= {
        ("USD cash", "unexplained"),
        ("USD loans", "unexplained"),
    }
    told = [(one.commodity, one.class_) for one in second.breaks]
    assert told == [("USD cash", "amount"), ("USD loans", "missing in ledger")]


def test_what_was_equal_at_a_moment_before_the_closing_and_not_compared_there_did_not_agree_then() -> None:
    journal = two_pools()
    first = paper(
        journal,
        "lenders:balance",
        of_both(9, at="2023-02-01"),
        said((LENDER, 1000), (OTHER_LENDER, 500), at="2023-02-28"),
    )
    second = paper(journal, "lenders:balance", of_both(7), previous=first)
    assert [one.class_ for one in second.breaks] == ["unexplained"]


def test_what_is_apart_at_a_moment_and_equal_at_the_closing_agreed_then() -> None:
    journal = two_pools()
    first = paper(journal, "lenders:balance", of_both(8, at="2023-02-01"), of_both(9, at="2023-02-28"))
    second = paper(journal, "lenders:balance", of_both(7), previous=first)
    assert [one.class_ for one in first.breaks] == ["unexplained"]
    assert [(one.class_, one.effect) for one in second.breaks] == [("amount", 2)]


def test_a_number_that_was_part_of_another_was_not_compared_by_itself() -> None:
    journal = book(deposited(at=on("2023-02-01"), assets=7, shares=7, tranche=JUNIOR), tranches=(JUNIOR,))
    senior = [
        (("pool", POOL), ("tranche", "lenders"), ("lender", of), has)
        for of, has in ((LENDER, 1000), (OTHER_LENDER, 500))
    ]
    of_tranche, of_lender = (
        (("pool", POOL), ("tranche", JUNIOR)),
        (("pool", POOL), ("tranche", JUNIOR), ("lender", LENDER)),
    )
    first = paper(journal, "lenders:shares", stated(*senior, (*of_tranche, 7), field="shares", at="2023-02-28"))
    again = paper(journal, "lenders:shares", stated(*senior, (*of_tranche, 5), field="shares"), previous=first)
    split = paper(journal, "lenders:shares", stated(*senior, (*of_lender, 5), field="shares"), previous=first)
    assert [one.class_ for one in (*first.breaks, *again.breaks, *split.breaks)] == ["amount", "unexplained"]


def covered_by(snapshot: Snapshot) -> Covered:
    return Covered(covered_rows(Stated(subject_of("lenders"), Moment(CLOSING, None, (snapshot,)))))


def test_a_total_is_compared_where_it_is_told_and_a_row_where_its_pool_is() -> None:
    def of(lender: str, *, tranche: str = "lenders") -> tuple[tuple[str, str], ...]:
        return (("pool", POOL), ("tranche", tranche), ("lender", lender), ("asset", "USD"))

    by_tranche = (("tranche", "lenders"),)
    covered = covered_by(stated((*of("", tranche=""), 1500), (*of(LENDER), 1000), field="balance"))
    assert covered_by(stated((*of(""), 1500), (*by_tranche, 1500), field="balance")).has(Name("balance", by_tranche))
    assert covered.has(Name("balance", of("", tranche="")))
    assert covered.has(Name("balance", of(OTHER_LENDER)))
    assert not covered.has(Name("balance", of("")))


def test_the_order_of_snapshots_and_of_what_they_state_changes_nothing() -> None:
    held = [("lender", 900), (OTHER_LENDER, 510)]
    early, late = said(*held, at="2023-02-28"), said(*held)
    turned = late._replace(held=tuple(reversed(late.held)))
    assert document_of(paper(book(), "lenders:balance", early, late)) == document_of(
        paper(book(), "lenders:balance", turned, early)
    )


def test_a_paper_of_balances_is_the_same_again_from_its_document() -> None:
    made = paper(book(), "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 510), ("newcomer", 1)))
    assert paper_of(document_of(made)) == made


@HISTORIES
@given(histories(), st.sampled_from(("lenders:shares", "lenders:balance", "trial-balance:debit")), st.data())
def test_one_number_that_is_altered_is_the_only_break(history: History, subject: str, data: Any) -> None:
    journal = recorded(history)
    report, _, field = subject.partition(":")
    snapshots = [snapshot_of_book(journal, report, field, time) for time in TIMES[:3]]
    number, by = data.draw(st.integers(0, 2)), data.draw(st.integers(-3, 3).filter(bool))
    assume(snapshots[number].held)
    place = data.draw(st.integers(0, len(snapshots[number].held) - 1))
    snapshots[number] = altered(snapshots[number], place, by)
    made = paper(journal, subject, *snapshots)
    (found,) = made.breaks
    assert found.effect == -by
    assert made.unexplained() == ({found.commodity: -by} if found.class_ == "unexplained" else {})
    assert paper_of(document_of(made)) == made


def altered(snapshot: Snapshot, place: int, by: int) -> Snapshot:
    held = list(snapshot.held)
    held[place] = held[place]._replace(amount=held[place].amount + by)
    return snapshot._replace(held=tuple(held))


def test_a_day_that_was_said_stays_a_day() -> None:
    right, wrong = ((LENDER, 1000), (OTHER_LENDER, 500)), ((LENDER, 900), (OTHER_LENDER, 500))
    made = paper(book(), "lenders:balance", said(*right, at="2023-02-28"), said(*wrong))
    assert (made.closed_at, made.breaks[0].first_seen, made.traces[0].agreed_at) == (CLOSING, CLOSING, "2023-02-28")


def test_a_number_is_the_same_with_and_without_the_only_tranche_of_its_pool() -> None:
    def of(lender: int, *, at: str) -> Snapshot:
        held = ((LENDER, lender), (OTHER_LENDER, 500))
        return stated(
            *((("pool", POOL), ("tranche", "lenders"), ("lender", name), has) for name, has in held),
            at=at,
            field="balance",
        )

    wrong, right = (said((LENDER, has), (OTHER_LENDER, 500), at="2023-02-28") for has in (900, 1000))
    first, agreed = paper(book(), "lenders:balance", wrong), paper(book(), "lenders:balance", right)
    still = paper(book(), "lenders:balance", of(900, at=CLOSING), previous=first)
    parted = paper(book(), "lenders:balance", of(900, at=CLOSING), previous=agreed)
    assert ([one.id for one in still.breaks], still.resolved) == ([one.id for one in first.breaks], ())
    assert [one.class_ for one in parted.breaks] == ["amount"]
