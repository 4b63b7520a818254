"""Proposed entries: what settles a break that is ours, admitted by the laws of the book, to the last unit."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.events import AnyEvent
from ledger.events.envelope import Evidence
from ledger.journal import Journal
from ledger.sources.commands import told as lines_told
from ledger.values import PoolId, Timestamp
from projections.reconciliation.breaks import Break, Proposal
from projections.reconciliation.items import Item
from projections.reconciliation.movements.ours import ours_of
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.proposals.proposals import proposals_of
from projections.reconciliation.rules import Rules
from tests.histories import HISTORIES, recorded
from tests.reconciled_months import RULES, SUBJECT, month
from tests.reconciliation_story import CASH, CLOSED_AT, RESERVE, a_break, a_line
from tests.story import (
    AT,
    BORROWER,
    FUND,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    Story,
    a_default,
    a_loan,
    a_pool,
    adjustment_posted,
    collateral_sold,
    deposited,
    fund_contributed,
    income_received,
    loan_originated,
    period_closed,
    pool_opened,
    posted,
    recovery_received,
    repaid,
    reserve_contributed,
    shortfall_recognized,
    withdrawn,
)

FUND_CASH = f"assets:{FUND}:cash"
OTHER = PoolId("other")
ID = "break-0123456789ab"
NOW = Timestamp("2022-12-05T09:00:00Z")


class Desk:
    """The book of a story, and the statement's side of it."""

    def __init__(self, *facts: AnyEvent, story: Story | None = None) -> None:
        self.story = (story or a_pool(fund=100)).then(*facts)
        self.journal: Journal = recorded(self.story.facts)

    def entry(self, event_id: str, account: str = CASH) -> Item:
        """An entry as a movement of an account."""
        found = ours_of(self.journal, [account], Rules(), opened_at="", closed_at=CLOSED_AT, carried=None)
        return next(item for item in found.items if item.id == event_id)

    def last(self) -> str:
        """The id of the last fact."""
        return self.story.facts[-1].id

    def propose(self, *breaks: Break, accounts: tuple[str, ...] = (CASH,)) -> Proposal:
        """What is proposed for the last of these breaks."""
        return self.propose_all(*breaks, accounts=accounts)[-1]

    def propose_all(self, *breaks: Break, accounts: tuple[str, ...] = (CASH,)) -> tuple[Proposal, ...]:
        """What is proposed for breaks."""
        return proposals_of(breaks, self.journal, self.journal.head().position, accounts=accounts)

    def record(self, proposal: Proposal) -> int:
        """Record what is proposed, and tell by how much the cash grew."""
        return recorded_by(self.journal, [proposal], CASH)


def recorded_by(journal: Journal, proposals: Any, account: str) -> int:
    """By how much an account on the debit side grows once proposals are recorded."""
    book = Book(journal)
    with book.writing():
        before = balance(book, account)
    facts = [json.dumps(fact).encode() for one in proposals for fact in one.facts]
    book.record(lines_told(facts), source="proposals", clock=lambda: NOW, recorded_by="desk")
    return balance(book, account) - before


def balance(book: Book, account: str) -> int:
    """The balance of an account, in whatever it is kept."""
    return sum(of.get(account, 0) for _, of in book.books.sums.by_commodity())  # type: ignore[call-overload]


def types(proposal: Proposal) -> list[str]:
    """The types of the proposed facts."""
    return [fact["type"] for fact in proposal.facts]


# Undone.


def test_a_duplicate_is_reversed() -> None:
    desk = Desk(income_received(amount=5, to=RESERVE), income_received(amount=5, to=RESERVE))
    proposal = desk.propose(a_break("duplicate in ledger", desk.entry("fact-8")))
    assert proposal.facts == (
        {
            "type": "entry-reversed",
            "at": AT,
            "id": ID,
            "of": "fact-8",
            "reason": "duplicate in ledger: line 7 says so",
            "postings": [
                {"account": "assets:pool:cash", "commodity": "USD", "amount": "-5"},
                {"account": "equity:pool:reserve", "commodity": "USD", "amount": "5"},
            ],
        },
    )
    assert (proposal.of, proposal.refused, desk.record(proposal)) == ("0123456789ab", "", -5)


def test_what_cannot_be_reversed_is_adjusted_where_it_was_booked() -> None:
    desk = Desk(repaid(principal=100), repaid(principal=100), repaid(principal=1), story=a_loan(principal=600))
    proposal = desk.propose(a_break("duplicate in ledger", desk.entry("fact-11")))
    assert types(proposal) == ["adjustment-posted"]
    assert proposal.facts[0]["postings"][1]["account"] == "assets:pool:loans:loan:principal"
    assert "fact-11 itself cannot be reversed" in proposal.reason
    assert desk.record(proposal) == -100


def test_what_the_other_side_undid_is_reversed() -> None:
    desk = Desk(income_received(amount=5, to=RESERVE))
    undone = a_break("reversal pending", theirs=(a_line(-5, reverses="RF1"),), trace=(desk.entry("fact-7").place,))
    proposal = desk.propose(undone)
    assert (types(proposal), desk.record(proposal)) == (["entry-reversed"], -5)


def test_what_was_settled_before_is_found_by_the_line_that_undoes_it() -> None:
    desk = Desk(income_received(amount=5, to=RESERVE))
    proposal = desk.propose(a_break("reversal pending", theirs=(a_line(-5, reverses="fact-7"),)))
    assert (types(proposal), desk.record(proposal)) == (["entry-reversed"], -5)


def test_the_reversal_of_nothing_known_is_unidentified() -> None:
    desk = Desk(income_received(amount=5, to=RESERVE))
    proposal = desk.propose(a_break("reversal pending", theirs=(a_line(-5, reverses="?"),)))
    assert proposal.reason == "guess: unidentified: line 7 of 2022-11-23"
    assert (types(proposal), desk.record(proposal)) == (["adjustment-posted"], -5)


def test_of_a_number_the_entry_that_is_there_twice_is_reversed() -> None:
    desk = Desk(income_received(amount=5, to=RESERVE), income_received(amount=5, to=RESERVE))
    number = {"pool": "pool", "field": "reserve"}
    proposal = desk.propose(a_break("duplicate in ledger", key=number, trace=(8,)), accounts=())
    assert (types(proposal), proposal.facts[0]["of"]) == (["entry-reversed"], "fact-8")


@pytest.mark.parametrize(
    ("class_", "trace"), [("duplicate in ledger", (7, 8)), ("missing in ledger", ()), ("amount", (8,))]
)
def test_of_a_number_nothing_else_is_proposed(class_: str, trace: tuple[int, ...]) -> None:
    desk = Desk(income_received(amount=5, to=RESERVE), income_received(amount=5, to=RESERVE))
    assert desk.propose_all(a_break(class_, key={"pool": "pool"}, trace=trace), accounts=()) == ()


# Told again.


@pytest.mark.parametrize(
    ("fact", "stated", "again"),
    [
        (deposited(assets=40, shares=40), 50, {"type": "deposited", "assets": "50", "shares": "50"}),
        (withdrawn(assets=40, shares=40), -10, {"type": "withdrawn", "assets": "10", "shares": "10"}),
        (deposited(assets=40, shares=39), 50, {"type": "deposit", "assets": "50"}),
        (income_received(amount=40, to=RESERVE), 4, {"type": "income-received", "amount": "4"}),
        (reserve_contributed(amount=40), 50, {"type": "reserve-contributed", "amount": "50"}),
        (loan_originated(principal=40), -41, {"type": "loan-originated", "principal": "41"}),
    ],
)
def test_another_amount_is_told_again(fact: AnyEvent, stated: int, again: dict[str, str]) -> None:
    desk = Desk(fact)
    entry = desk.entry("fact-7")
    proposal = desk.propose(a_break("amount", entry, theirs=(a_line(stated),)))
    assert types(proposal)[0] == "entry-reversed"
    assert proposal.facts[1] == {**proposal.facts[1], **again, "id": f"{ID}-2", "at": AT}
    assert (proposal.refused, desk.record(proposal)) == ("", stated - entry.amount)


@pytest.mark.parametrize(
    ("fact", "type_"),
    [
        (deposited(assets=40, shares=40), "withdraw"),
        (withdrawn(assets=40, shares=40), "deposit"),
        (reserve_contributed(amount=40), "reserve-withdrawn"),
    ],
)
def test_the_opposite_sign_is_told_again_as_the_opposite(fact: AnyEvent, type_: str) -> None:
    desk = Desk(reserve_contributed(amount=90), fact)
    entry = desk.entry("fact-8")
    proposal = desk.propose(a_break("sign", entry, theirs=(a_line(-entry.amount),)))
    assert types(proposal) == ["entry-reversed", type_]
    assert (proposal.refused, desk.record(proposal)) == ("", -2 * entry.amount)


def test_a_repayment_of_another_amount_is_worked_out_again() -> None:
    desk = Desk(repaid(principal=100, interest=7), story=a_loan(principal=600, interest=7))
    proposal = desk.propose(a_break("amount", desk.entry("fact-10"), theirs=(a_line(110),)))
    assert proposal.facts[1] == {
        "type": "repay",
        "at": AT,
        "id": f"{ID}-2",
        "pool": "pool",
        "loan": "loan",
        "amount": "110",
    }
    assert desk.record(proposal) == 3


def test_an_adjustment_of_another_amount_is_posted_again() -> None:
    lines = posted((CASH, 40), ("equity:pool:reserve", -40))
    desk = Desk(adjustment_posted(pool=POOL, postings=lines, memo="of the board"))
    proposal = desk.propose(a_break("amount", desk.entry("fact-7"), theirs=(a_line(30),)))
    assert types(proposal) == ["entry-reversed", "adjustment-posted"]
    assert (proposal.facts[1]["memo"], desk.record(proposal)) == ("of the board", -10)


def test_the_amount_of_a_sale_is_adjusted() -> None:
    sale = collateral_sold(quantity=10, proceeds=700, principal=600, surplus=100)
    desk = Desk(sale, story=a_default(principal=600))
    proposal = desk.propose(a_break("amount", desk.entry(desk.last()), theirs=(a_line(690),)))
    assert types(proposal) == ["adjustment-posted"]
    assert desk.record(proposal) == -10


def test_costs_that_were_kept_stay_as_they_are() -> None:
    received = recovery_received(amount=50, costs=5)
    desk = Desk(shortfall_recognized(principal=600), received, story=a_default(principal=600))
    proposal = desk.propose(a_break("amount", desk.entry(desk.last()), theirs=(a_line(40),)))
    assert (proposal.facts[1]["amount"], proposal.facts[1]["costs"]) == ("45", "5")
    assert desk.record(proposal) == -5


# Another account.


def two_pools(fact: AnyEvent) -> Desk:
    """A second pool of the same asset, and a fact."""
    return Desk(pool_opened(pool=OTHER), fact)


def test_a_deposit_on_another_account_is_told_of_this_one() -> None:
    desk = two_pools(deposited(pool=OTHER, assets=40, shares=40))
    entry = desk.entry("fact-8", "assets:other:cash")
    proposal = desk.propose(a_break("wrong account", theirs=(a_line(40),), trace=(entry.place,), ours=(entry,)))
    assert types(proposal) == ["entry-reversed", "deposit"]
    assert (proposal.facts[1]["pool"], proposal.facts[1]["lender"]) == ("pool", LENDER)
    assert desk.record(proposal) == 40


def test_income_on_another_account_is_told_of_this_one() -> None:
    desk = two_pools(income_received(pool=OTHER, amount=40, to=RESERVE))
    entry = desk.entry("fact-8", "assets:other:cash")
    proposal = desk.propose(a_break("wrong account", theirs=(a_line(40),), ours=(entry,)))
    assert (types(proposal), desk.record(proposal)) == (["entry-reversed", "income-received"], 40)


def test_what_only_a_fund_can_have_is_adjusted_in_a_pool() -> None:
    desk = two_pools(fund_contributed(amount=40))
    entry = desk.entry("fact-8", FUND_CASH)
    proposal = desk.propose(a_break("wrong account", theirs=(a_line(40),), ours=(entry,)))
    assert (types(proposal), desk.record(proposal)) == (["entry-reversed", "adjustment-posted"], 40)


# Only on the other side.


def test_what_a_known_lender_paid_in_is_a_deposit() -> None:
    desk = Desk()
    line = a_line(40, counterparty=LENDER, reference="RF18", chain="0xab:7")
    proposal = desk.propose(a_break("missing in ledger", theirs=(line,)))
    assert proposal.facts == (
        {
            "type": "deposit",
            "at": "2022-11-23T00:00:00Z",
            "id": ID,
            "pool": "pool",
            "lender": "lender",
            "assets": "40",
            "evidence": {"tx": "0xab", "log_index": 7},
            "memo": "RF18",
        },
    )
    assert proposal.reason == "line 7 of 2022-11-23 (RF18) names lender lender"
    assert desk.record(proposal) == 40


def test_what_a_known_lender_took_out_is_a_withdrawal() -> None:
    desk = Desk()
    proposal = desk.propose(a_break("missing in ledger", theirs=(a_line(-40, counterparty=LENDER),)))
    assert (types(proposal), desk.record(proposal)) == (["withdraw"], -40)


@pytest.mark.parametrize("name", [LOAN, BORROWER])
@pytest.mark.parametrize(("amount", "type_"), [(40, "repay"), (-40, "draw-loan")])
def test_what_a_known_borrower_paid_is_a_repayment(name: str, amount: int, type_: str) -> None:
    desk = Desk(story=a_loan(principal=600))
    proposal = desk.propose(a_break("missing in ledger", theirs=(a_line(amount, counterparty=name),)))
    assert (types(proposal), desk.record(proposal)) == ([type_], amount)


def test_what_is_of_one_of_several_loans_is_not_guessed() -> None:
    desk = Desk(loan_originated(loan=OTHER_LOAN, principal=1), story=a_loan(principal=600))
    proposal = desk.propose(a_break("missing in ledger", theirs=(a_line(40, counterparty=BORROWER),)))
    assert (types(proposal), desk.record(proposal)) == (["adjustment-posted"], 40)


def test_what_a_known_contributor_paid_is_a_contribution() -> None:
    desk = Desk(fund_contributed(amount=5, shares=5))
    line = a_line(40, counterparty="treasury")
    proposal = desk.propose(a_break("missing in ledger", theirs=(line,)), accounts=(FUND_CASH,))
    assert types(proposal) == ["contribute"]
    assert recorded_by(desk.journal, [proposal], FUND_CASH) == 40


def test_the_lender_of_any_account_of_the_statement_is_known() -> None:
    desk = Desk(pool_opened(pool=OTHER))
    missing = a_break("missing in ledger", theirs=(a_line(40, counterparty=LENDER),))
    assert types(desk.propose(missing, accounts=("assets:other:cash", CASH))) == ["deposit"]


def test_what_nobody_known_paid_is_unidentified() -> None:
    desk = Desk()
    proposal = desk.propose(a_break("missing in ledger", theirs=(a_line(40, counterparty="somebody", text="rent"),)))
    assert proposal.facts[0]["reason"] == "unidentified: line 7 of 2022-11-23 (rent)"
    assert proposal.facts[0]["postings"] == [
        {"account": "assets:pool:cash", "commodity": "USD", "amount": "40"},
        {"account": "equity:pool:reserve", "commodity": "USD", "amount": "-40"},
    ]
    assert desk.record(proposal) == 40


def test_what_the_books_do_not_admit_is_told_with_the_law() -> None:
    proposal = Desk().propose(a_break("missing in ledger", theirs=(a_line(-40),)))
    assert "law 3, no account leaves its normal side: equity:pool:reserve holds 0 of USD" in proposal.refused


# Fees and interest.


def test_a_fee_is_charged_to_the_reserve() -> None:
    desk = Desk(reserve_contributed(amount=90))
    proposal = desk.propose(a_break("fee", theirs=(a_line(-4, kind="fee"),)))
    assert proposal.facts[0]["postings"][1] == {"account": "equity:pool:reserve", "commodity": "USD", "amount": "4"}
    assert desk.record(proposal) == -4


def test_a_fee_above_the_reserve_is_borne_by_the_lenders() -> None:
    desk = Desk(reserve_contributed(amount=3))
    proposal = desk.propose(a_break("fee", theirs=(a_line(-4, kind="fee"),)))
    assert proposal.facts[0]["postings"][1]["account"] == "liabilities:pool:claims:lenders"
    assert (proposal.reason, desk.record(proposal)) == ("fee: line 7 of 2022-11-23, borne by the lenders", -4)


def test_a_fee_that_was_kept_of_a_movement_is_only_the_difference() -> None:
    desk = Desk(reserve_contributed(amount=90), deposited(assets=40, shares=40))
    proposal = desk.propose(a_break("fee", desk.entry("fact-8"), theirs=(a_line(37, fee=3),)))
    assert (types(proposal), desk.record(proposal)) == (["adjustment-posted"], -3)


def test_a_fee_of_a_fund_is_of_its_capital() -> None:
    desk = Desk()
    proposal = desk.propose(a_break("fee", theirs=(a_line(-4, kind="fee"),)), accounts=(FUND_CASH,))
    assert proposal.facts[0]["postings"][1]["account"] == f"equity:{FUND}:fund"
    assert recorded_by(desk.journal, [proposal], FUND_CASH) == -4


def test_interest_is_income_of_the_reserve() -> None:
    desk = Desk()
    proposal = desk.propose(a_break("accrual", theirs=(a_line(4, kind="interest"),)))
    assert (types(proposal), desk.record(proposal)) == (["income-received"], 4)


# What is certain, and what is a guess.


def twice(**said: Any) -> tuple[AnyEvent, AnyEvent]:
    """Income that is there under two ids."""
    return (income_received(amount=5, to=RESERVE, **said), income_received(amount=5, to=RESERVE, **said))


@pytest.mark.parametrize(
    ("said", "is_guess"),
    [({}, True), ({"memo": "RF18"}, False), ({"evidence": Evidence(tx="0xab", log_index=7)}, False)],
)
def test_what_is_there_twice_is_certain_where_both_bear_one_reference(said: dict[str, Any], *, is_guess: bool) -> None:
    desk = Desk(*twice(**said))
    proposal = desk.propose(a_break("duplicate in ledger", desk.entry("fact-8"), trace=(7, 8)))
    assert (proposal.is_guess, proposal.reason.startswith("guess: ")) == (is_guess, is_guess)


def test_what_an_earlier_paper_knew_to_be_there_twice_is_a_guess_where_the_other_one_is_not_named() -> None:
    desk = Desk(*twice(memo="RF18"))
    assert desk.propose(a_break("duplicate in ledger", desk.entry("fact-8"), trace=(8,))).is_guess


@pytest.mark.parametrize(("class_", "stated"), [("amount", 39), ("sign", -40)])
def test_whose_amount_is_wrong_is_a_guess(class_: str, stated: int) -> None:
    desk = Desk(reserve_contributed(amount=40))
    assert desk.propose(a_break(class_, desk.entry("fact-7"), theirs=(a_line(stated),))).is_guess


@pytest.mark.parametrize(("fee", "is_guess"), [(3, False), (0, True)])
def test_a_fee_that_is_not_stated_is_a_guess(fee: int, *, is_guess: bool) -> None:
    desk = Desk(reserve_contributed(amount=40))
    assert desk.propose(a_break("fee", desk.entry("fact-7"), theirs=(a_line(37, fee=fee),))).is_guess == is_guess
    assert not desk.propose(a_break("fee", theirs=(a_line(-4, kind="fee"),))).is_guess


@pytest.mark.parametrize(("reference", "is_guess"), [("fact-8", False), ("", True)])
def test_another_account_is_a_guess_by_amount_alone(reference: str, *, is_guess: bool) -> None:
    desk = two_pools(deposited(pool=OTHER, assets=40, shares=40))
    entry = desk.entry("fact-8", "assets:other:cash")
    line = a_line(40, reference=reference, at=entry.day)
    proposal = desk.propose(a_break("wrong account", theirs=(line,), ours=(entry,)))
    assert proposal.is_guess == is_guess


def test_who_paid_is_a_guess_only_where_it_is_not_known() -> None:
    desk = Desk()
    assert desk.propose(a_break("missing in ledger", theirs=(a_line(40),))).is_guess
    assert not desk.propose(a_break("missing in ledger", theirs=(a_line(40, counterparty=LENDER),))).is_guess


# What may be the same.


@pytest.mark.parametrize("class_", ["timing in transit", "missing in statement"])
def test_no_second_movement_is_proposed_beside_an_open_entry_of_the_same_amount(class_: str) -> None:
    desk = Desk(reserve_contributed(amount=40))
    open_ = a_break(class_, desk.entry("fact-7"), party="theirs", id="ba9876543210")
    (proposal,) = desk.propose_all(a_break("missing in ledger", theirs=(a_line(40),)), open_)
    assert (proposal.of, proposal.facts) == ("0123456789ab", ())
    assert proposal.refused.startswith("entry 7 (fact-7) of 2022-11-22 has the same amount and is open: `recoup")


def test_nothing_is_undone_beside_an_open_line_of_the_same_amount() -> None:
    desk = Desk(*twice())
    missing = a_break("missing in ledger", theirs=(a_line(5),), id="ba9876543210")
    proposals = desk.propose_all(a_break("duplicate in ledger", desk.entry("fact-8")), missing)
    assert [one.facts for one in proposals] == [(), ()]
    assert proposals[0].refused.startswith("line 7 of 2022-11-23 has the same amount and is open")


@pytest.mark.parametrize("amount", [39, -40])
def test_an_open_entry_of_another_amount_or_sign_is_no_other_half(amount: int) -> None:
    desk = Desk(reserve_contributed(amount=40))
    open_ = a_break("timing in transit", desk.entry("fact-7"), party="nobody", id="ba9876543210")
    (proposal,) = desk.propose_all(a_break("missing in ledger", theirs=(a_line(amount),)), open_)
    assert proposal.refused == ""


def test_an_entry_on_another_account_is_no_other_half() -> None:
    desk = two_pools(deposited(pool=OTHER, assets=40, shares=40))
    entry = desk.entry("fact-8", "assets:other:cash")
    other = a_break("wrong account", theirs=(a_line(40),), ours=(entry,))
    again = a_break("missing in ledger", theirs=(a_line(40),), id="ba9876543210")
    assert [one.refused for one in desk.propose_all(other, again)] == ["", ""]


# When, and which.


def test_what_is_of_a_closed_period_is_recorded_in_the_open_one() -> None:
    closing = period_closed(at=NOW, through=Timestamp("2022-11-30T23:59:59Z"))
    desk = Desk(income_received(amount=5, to=RESERVE), closing)
    undone = a_break("duplicate in ledger", desk.entry("fact-7"))
    missing = a_break("missing in ledger", theirs=(a_line(40),), id="ba9876543210")
    proposals = desk.propose_all(undone, missing)
    assert [(one.facts[0]["at"], one.facts[0]["occurred_at"]) for one in proposals] == [
        ("2022-12-01T00:00:00Z", AT),
        ("2022-12-01T00:00:00Z", "2022-11-23T00:00:00Z"),
    ]
    assert recorded_by(desk.journal, proposals, CASH) == 35


@pytest.mark.parametrize(
    ("through", "first"),
    [
        ("2022-11-23T12:00:00Z", "2022-11-23T12:00:00.000000001Z"),
        ("2022-11-23T12:00:00.25Z", "2022-11-23T12:00:00.250000001Z"),
        ("2022-11-23T12:00:00.999999999Z", "2022-11-23T12:00:01Z"),
        ("2022-12-31T23:59:59.999999999Z", "2023-01-01T00:00:00Z"),
    ],
)
def test_the_open_period_begins_right_after_the_closed_one(through: str, first: str) -> None:
    desk = Desk(period_closed(at=Timestamp("2023-01-01T00:00:00Z"), through=Timestamp(through)))
    assert desk.propose(a_break("missing in ledger", theirs=(a_line(40),))).facts[0]["at"] == first


def test_the_instant_of_a_line_is_kept() -> None:
    line = a_line(40, at="2022-11-23T10:00:00Z")
    assert Desk().propose(a_break("missing in ledger", theirs=(line,))).facts[0]["at"] == "2022-11-23T10:00:00Z"


@pytest.mark.parametrize("party", ["theirs", "nobody", "unknown"])
def test_nothing_is_proposed_for_what_is_not_ours(party: str) -> None:
    missing = a_break("missing in ledger", theirs=(a_line(40),), party=party)
    assert Desk().propose_all(missing) == ()


def test_each_proposal_is_tried_beside_those_before_it() -> None:
    desk = Desk()
    first = a_break("missing in ledger", theirs=(a_line(40),))
    second = a_break("missing in ledger", theirs=(a_line(-40),), id="ba9876543210")
    assert [bool(one.refused) for one in desk.propose_all(second, first)] == [True, False]
    assert [bool(one.refused) for one in desk.propose_all(first, second)] == [False, False]


def test_what_is_certain_does_not_rest_on_a_guess() -> None:
    guess = a_break("missing in ledger", theirs=(a_line(40),))
    certain = a_break("fee", theirs=(a_line(-4, kind="fee"),), id="ba9876543210")
    first, second = Desk().propose_all(guess, certain)
    assert (first.of, first.is_guess, first.reason) == (
        certain.id,
        False,
        "fee: line 7 of 2022-11-23, borne by the lenders",
    )
    assert (second.of, second.is_guess) == (guess.id, True)


def test_what_moves_another_amount_is_rolled_back_and_the_next_way_is_tried() -> None:
    desk = Desk(repaid(principal=100, interest=7), story=a_loan(principal=600, interest=7))
    twice = a_break("duplicate in ledger", desk.entry("fact-10"))
    proposal = desk.propose(twice, accounts=(CASH, f"assets:pool:loans:{LOAN}:interest"))
    assert (types(proposal), proposal.refused) == (["adjustment-posted"], "")
    assert desk.record(proposal) == -107


def test_what_moves_another_amount_leaves_nothing_behind_for_the_next() -> None:
    desk = Desk(reserve_contributed(amount=40))
    amount = a_break("duplicate in ledger", desk.entry("fact-7"), effect=90)
    missing = a_break("missing in ledger", theirs=(a_line(-40),), id="ba9876543210")
    wrong, admitted = desk.propose_all(amount, missing)
    assert wrong.refused == "it moves assets:pool:cash by -40, where -90 is apart"
    assert (admitted.refused, desk.record(admitted)) == ("", -40)


def test_what_is_refused_in_part_leaves_nothing_behind() -> None:
    desk = Desk(deposited(assets=40, shares=40), withdrawn(assets=1_040, shares=1_040))
    amount = a_break("amount", desk.entry("fact-7"), theirs=(a_line(39),))
    missing = a_break("missing in ledger", theirs=(a_line(40),), id="ba9876543210")
    refused, admitted = desk.propose_all(amount, missing)
    assert "law 3" in refused.refused
    assert (admitted.refused, desk.record(admitted)) == ("", 40)


def test_proposals_are_made_of_the_book_as_it_stood() -> None:
    desk = Desk(reserve_contributed(amount=90))
    missing = a_break("missing in ledger", theirs=(a_line(-40),))
    (then,) = proposals_of([missing], desk.journal, 6, accounts=(CASH,))
    (now,) = proposals_of([missing], desk.journal, 7, accounts=(CASH,))
    assert (bool(then.refused), bool(now.refused)) == (True, False)


def test_nothing_is_recorded() -> None:
    desk = Desk()
    desk.propose(a_break("missing in ledger", theirs=(a_line(40),)))
    assert desk.journal.head().position == 6


@settings(HISTORIES, max_examples=25)
@given(st.integers(0, 10_000))
def test_what_is_proposed_settles_the_breaks_to_the_last_unit(seed: int) -> None:
    one = month(seed)
    paper, _ = reconcile_account(one.journal, SUBJECT, [one.statement], RULES, None)
    admitted = [proposal for proposal in paper.proposals if not proposal.refused]
    settled = {proposal.of for proposal in admitted}
    effect = sum(each.effect for each in paper.breaks if each.id in settled)
    assert recorded_by(one.journal, admitted, "assets:desk:cash") == -effect
    again, _ = reconcile_account(one.journal, SUBJECT, [one.statement], RULES, None)
    assert {each.id for each in again.breaks} == {each.id for each in paper.breaks} - settled
