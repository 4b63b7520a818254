"""Registers: who held which shares at every loss, found again though little is kept and shares have moved since."""

from collections import Counter
from copy import deepcopy
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import Move, Moves
from ledger.errors import ReversalRefused
from ledger.registers import Registers
from ledger.sums import Sums
from ledger.values import AMOUNT_MAX, Account, Commodity, EventId, PartyId
from tests.story import (
    HOLD,
    LENDER,
    POOL,
    a_deficit,
    a_pool,
    adjustment_posted,
    bad_debt_socialized,
    deficit_covered,
    deposited,
    posted,
    shares_transferred,
    withdrawn,
)

SENIOR_SHARES, JUNIOR_SHARES = Commodity("shares:pool:lenders"), Commodity("shares:pool:junior")
CASH, CLAIMS = Account("assets:pool:cash"), Account("liabilities:pool:claims:lenders")
ONE, TWO, THREE = PartyId("one"), PartyId("two"), PartyId("three")


def issued(holder: PartyId, amount: int, shares: Commodity = SENIOR_SHARES) -> Move:
    """Shares issued to a holder."""
    return shares, _account(shares, holder), _account(shares), amount


def burnt(holder: PartyId, amount: int, shares: Commodity = SENIOR_SHARES) -> Move:
    """Shares burnt from a holder."""
    return shares, _account(shares), _account(shares, holder), amount


def sent(sender: PartyId, receiver: PartyId, amount: int, shares: Commodity = SENIOR_SHARES) -> Move:
    """Shares that go from one holder to another."""
    return shares, _account(shares, receiver), _account(shares, sender), amount


def _account(shares: Commodity, holder: PartyId | None = None) -> Account:
    register = shares.replace("shares", "register")
    return Account(register if holder is None else f"{register}:{holder}")


class Entry(NamedTuple):
    """One entry: shares move, a loss falls on a register, or the moves of an earlier entry are undone."""

    moves: Moves = ()
    loss: Commodity | None = None
    undoes: int | None = None


class Kept:
    """Registers and sums through entries at positions 1, 2, 3 …"""

    def __init__(self) -> None:
        self.sums, self.registers, self.entries = Sums(), Registers(), [Entry()]

    def moved(self, *moves: Move) -> int:
        """Moves of one entry, whatever they do; a single one as most entries make it. Gives its position."""
        self.sums.add(moves)
        note = self.registers.note if len(moves) == 1 else self.registers.note_any
        note(moves, self.sums)
        return self._at(Entry(moves=moves))

    def lost(self, shares: Commodity = SENIOR_SHARES) -> int:
        """A loss falls on a register. Gives its position."""
        self.registers.lose(shares, len(self.entries))
        return self._at(Entry(loss=shares))

    def undone(self, position: int) -> int:
        """The moves of the entry at a position are reversed. Gives the position of the reversal."""
        moves = tuple((shares, credit, debit, amount) for shares, debit, credit, amount in self.entries[position].moves)
        self.sums.add(moves)
        self.registers.correct(moves, position)
        return self._at(Entry(undoes=position))

    def holders(self, loss: int) -> dict[PartyId, int]:
        """Who held how many shares when the loss at a position fell, by what is kept."""
        shares = self.entries[loss].loss
        assert shares is not None
        return self.registers.holders(shares, loss, self.sums)

    def _at(self, entry: Entry) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1


def copied(entries: list[Entry]) -> dict[int, dict[PartyId, int]]:
    """The plain way: at every loss a copy of its whole register, by position; without what was reversed later."""
    reversed_ = {entry.undoes for entry in entries}
    held: Counter[tuple[Commodity, str]] = Counter()
    copies: dict[int, dict[PartyId, int]] = {}
    for position, entry in enumerate(entries):
        for shares, debit, credit, amount in entry.moves if position not in reversed_ else ():
            held[shares, debit] += amount
            held[shares, credit] -= amount
        if entry.loss is not None:
            copies[position] = {
                PartyId(account.split(":")[3]): amount
                for (shares, account), amount in held.items()
                if shares == entry.loss and account.count(":") == 3 and amount
            }
    return copies


# One loss.


def test_a_loss_falls_on_those_who_hold_shares_then() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10), issued(TWO, 5))

    loss = kept.lost()

    assert kept.holders(loss) == {ONE: 10, TWO: 5}


def test_shares_that_move_after_a_loss_leave_it_with_those_who_held_them() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    loss = kept.lost()

    kept.moved(sent(ONE, TWO, 4))
    kept.moved(sent(TWO, THREE, 4))
    kept.moved(burnt(ONE, 6))

    assert kept.holders(loss) == {ONE: 10}


def test_shares_issued_after_a_loss_bear_none_of_it() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    loss = kept.lost()

    kept.moved(issued(TWO, 10))
    kept.moved(issued(ONE, 1))

    assert kept.holders(loss) == {ONE: 10}


def test_a_holder_who_left_before_a_loss_bears_none_of_it() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10), issued(TWO, 10))
    kept.moved(burnt(TWO, 10))

    loss = kept.lost()
    kept.moved(issued(TWO, 3))

    assert kept.holders(loss) == {ONE: 10}


def test_a_loss_of_a_register_without_shares_falls_on_nobody() -> None:
    kept = Kept()

    loss = kept.lost()
    kept.moved(issued(ONE, 10))

    assert kept.holders(loss) == {}


def test_holders_are_listed_in_order_of_name() -> None:
    kept = Kept()
    kept.moved(issued(TWO, 1))
    kept.moved(issued(ONE, 1))
    loss = kept.lost()
    kept.moved(issued(THREE, 1))
    kept.moved(sent(TWO, THREE, 1))

    assert list(kept.holders(loss)) == [ONE, TWO]


def test_one_entry_that_moves_shares_twice_is_one_change() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    loss = kept.lost()

    kept.moved(sent(ONE, TWO, 4), sent(TWO, THREE, 4), burnt(ONE, 1))

    assert kept.holders(loss) == {ONE: 10}


def test_the_largest_amounts_are_kept_to_the_unit() -> None:
    kept = Kept()
    kept.moved(issued(ONE, AMOUNT_MAX))
    loss = kept.lost()

    kept.moved(sent(ONE, TWO, AMOUNT_MAX - 1))
    later = kept.lost()
    kept.moved(burnt(TWO, AMOUNT_MAX - 1), burnt(ONE, 1))

    assert kept.holders(loss) == {ONE: AMOUNT_MAX}
    assert kept.holders(later) == {ONE: 1, TWO: AMOUNT_MAX - 1}


# Several losses.


def test_each_loss_falls_on_its_own_holders() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    first = kept.lost()
    kept.moved(sent(ONE, TWO, 4))
    second = kept.lost()
    kept.moved(sent(TWO, THREE, 4))
    third = kept.lost()
    kept.moved(burnt(ONE, 6), burnt(THREE, 4))

    assert kept.holders(first) == {ONE: 10}
    assert kept.holders(second) == {ONE: 6, TWO: 4}
    assert kept.holders(third) == {ONE: 6, THREE: 4}


def test_losses_between_which_nothing_moved_fall_on_the_same_holders() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    first, second = kept.lost(), kept.lost()

    kept.moved(sent(ONE, TWO, 10))

    assert kept.holders(first) == kept.holders(second) == {ONE: 10}


def test_registers_are_kept_apart() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10), issued(ONE, 7, JUNIOR_SHARES), issued(TWO, 3, JUNIOR_SHARES))
    junior = kept.lost(JUNIOR_SHARES)
    kept.moved(sent(ONE, TWO, 10), sent(ONE, THREE, 7, JUNIOR_SHARES))
    senior = kept.lost()
    kept.moved(sent(TWO, ONE, 10))

    assert kept.holders(junior) == {ONE: 7, TWO: 3}
    assert kept.holders(senior) == {TWO: 10}


# Reversals.


def test_a_reversal_counts_as_if_the_entry_had_never_moved_shares() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    before = kept.lost()
    transfer = kept.moved(sent(ONE, TWO, 4))
    after = kept.lost()

    kept.undone(transfer)

    assert kept.holders(before) == kept.holders(after) == {ONE: 10}


def test_a_reversal_corrects_what_was_noted_between_the_entry_and_itself() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    transfer = kept.moved(sent(ONE, TWO, 4))
    first = kept.lost()
    kept.moved(sent(ONE, THREE, 1))
    second = kept.lost()
    kept.moved(sent(ONE, TWO, 2))

    kept.undone(transfer)

    assert kept.holders(first) == {ONE: 10}
    assert kept.holders(second) == {ONE: 9, THREE: 1}


def test_a_reversal_of_an_entry_after_a_loss_leaves_that_loss_as_it_fell() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    loss = kept.lost()
    deposit = kept.moved(issued(TWO, 5))
    kept.moved(sent(ONE, TWO, 3))

    kept.undone(deposit)

    assert kept.holders(loss) == {ONE: 10}


def test_a_loss_that_is_reversed_no_longer_stands_in_the_way_of_a_correction() -> None:
    kept = Kept()
    deposit = kept.moved(issued(ONE, 10))
    kept.moved(burnt(ONE, 8))
    first, second = kept.lost(), kept.lost()
    kept.moved(issued(ONE, 20))
    undone = (burnt(ONE, 10),)

    kept.registers.lose_no_more(first)
    with pytest.raises(ReversalRefused, match="held 2 when a loss fell on it, 10 cannot be taken back"):
        kept.registers.require_correctable(undone, deposit)
    kept.registers.lose_no_more(second)
    kept.registers.require_correctable(undone, deposit)

    assert kept.holders(first) == kept.holders(second) == {ONE: 2}


def test_what_moves_after_a_reversal_changes_no_earlier_loss() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    transfer = kept.moved(sent(ONE, TWO, 4))
    loss = kept.lost()
    kept.undone(transfer)

    kept.moved(sent(ONE, THREE, 10))

    assert kept.holders(loss) == {ONE: 10}


# Against the plain way.

parties = st.sampled_from([ONE, TWO, THREE])
registers = st.sampled_from([SENIOR_SHARES, SENIOR_SHARES, JUNIOR_SHARES])
amounts = st.integers(0, 5) | st.integers(0, AMOUNT_MAX)
share_moves = (
    st.builds(issued, parties, amounts, registers)
    | st.builds(burnt, parties, amounts, registers)
    | st.builds(sent, parties, parties, amounts, registers)
)
steps = st.lists(
    st.lists(share_moves, min_size=1, max_size=3).map(tuple) | registers | st.integers(0, 20),
    min_size=1,
    max_size=20,
)


def _walked(walk: list[Moves | Commodity | int]) -> Kept:
    """Moves, losses, and reversals of the n-th entry that moved shares and is not reversed yet."""
    kept, standing = Kept(), list[int]()
    for step in walk:
        if isinstance(step, tuple):
            standing.append(kept.moved(*step))
        elif isinstance(step, str):
            kept.lost(step)
        elif standing:
            kept.undone(standing.pop(step % len(standing)))
    return kept


@given(steps)
def test_the_holders_at_every_loss_are_those_of_a_copy_made_then(walk: list[Moves | Commodity | int]) -> None:
    kept = _walked(walk)

    copies = copied(kept.entries)

    assert {loss: kept.holders(loss) for loss in copies} == copies


@given(steps)
def test_to_ask_for_the_holders_changes_nothing(walk: list[Moves | Commodity | int]) -> None:
    kept = _walked(walk)
    before = deepcopy(kept.registers)

    for loss in copied(kept.entries):
        kept.holders(loss)

    assert kept.registers == before


# What is kept.


@given(st.lists(share_moves, max_size=20))
def test_without_a_loss_nothing_is_kept(moves: list[Move]) -> None:
    kept = Kept()

    for move in moves:
        kept.moved(move)

    assert kept.registers == Registers()
    assert not kept.registers.watched


def test_the_first_move_after_a_loss_notes_its_holders_and_further_ones_nothing() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10), issued(TWO, 10))
    kept.lost()
    after_the_loss = deepcopy(kept.registers)
    kept.moved(sent(ONE, TWO, 1))
    noted = deepcopy(kept.registers)

    kept.moved(sent(ONE, TWO, 1))
    kept.moved(burnt(TWO, 5))
    kept.moved(issued(ONE, 5))

    assert noted != after_the_loss
    assert kept.registers == noted


@given(steps, share_moves)
def test_a_single_move_is_noted_alike_in_both_ways(walk: list[Moves | Commodity | int], move: Move) -> None:
    kept = _walked(walk)
    kept.lost()
    kept.sums.add([move])
    other = deepcopy(kept.registers)

    kept.registers.note([move], kept.sums)
    other.note_any([move], kept.sums)

    assert kept.registers == other


def test_moves_of_one_entry_between_different_accounts_are_each_noted() -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10), issued(TWO, 5), issued(TWO, 7, JUNIOR_SHARES))
    senior, junior = kept.lost(), kept.lost(JUNIOR_SHARES)
    moves = (burnt(ONE, 10), burnt(TWO, 7, JUNIOR_SHARES))

    kept.sums.add(moves)
    kept.registers.note(moves, kept.sums)

    assert kept.holders(senior) == {ONE: 10, TWO: 5}
    assert kept.holders(junior) == {TWO: 7}


def test_losses_alone_note_no_holder() -> None:
    kept = Kept()
    kept.moved(*(issued(PartyId(f"holder-{number}"), 1) for number in range(50)))
    bare = Registers()

    losses = [kept.lost() for _ in range(5)]
    for loss in losses:
        bare.lose(SENIOR_SHARES, loss)

    assert kept.registers == bare


@pytest.mark.parametrize(
    "move",
    [
        (Commodity("USD"), CASH, CLAIMS, 5),
        issued(ONE, 5, JUNIOR_SHARES),
        sent(ONE, ONE, 5),
        sent(ONE, TWO, 0),
        (SENIOR_SHARES, Account("assets:pool:collateral:loan"), Account("liabilities:pool:collateral:loan"), 5),
    ],
    ids=["money", "another register", "to oneself", "nothing", "collateral"],
)
def test_what_changes_no_holder_of_the_register_notes_nobody(move: Move) -> None:
    kept = Kept()
    kept.moved(issued(ONE, 10))
    kept.lost()
    before = deepcopy(kept.registers)

    kept.moved(move)

    assert kept.registers == before


# In the books.


def test_before_a_loss_the_books_keep_nothing_of_who_holds_shares() -> None:
    story = a_pool().then(shares_transferred(shares=5), withdrawn(assets=1, shares=1), deposited(assets=2, shares=2))

    assert story.books.registers == Registers()


def test_every_entry_that_moves_shares_is_noted() -> None:
    story = a_deficit(HOLD, principal=600).then(
        deposited(lender=ONE, assets=10, shares=10),
        deposited(lender=TWO, assets=10, shares=10),
        bad_debt_socialized(amount=1),
    )
    loss = story.books.position

    story.then(
        withdrawn(assets=10, shares=10),
        shares_transferred(sender=ONE, receiver=THREE, shares=10),
        deficit_covered(lender=TWO, amount=5, shares=5),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("register:pool:lenders:two", -5, SENIOR_SHARES), ("register:pool:lenders:three", 5, SENIOR_SHARES)
            ),
        ),
    )

    assert story.books.registers.holders(SENIOR_SHARES, loss, story.books.sums) == {LENDER: 1000, ONE: 10, TWO: 10}
    assert story.balance("register:pool:lenders:three", SENIOR_SHARES) == 15


def test_a_reversal_in_the_books_corrects_the_losses_after_its_entry() -> None:
    story = a_deficit(HOLD, principal=600).then(shares_transferred(id=EventId("transfer"), shares=400))
    story.then(bad_debt_socialized(amount=1))
    loss = story.books.position

    story.then(shares_transferred(shares=100), story.reversal("transfer"))

    assert story.books.registers.holders(SENIOR_SHARES, loss, story.books.sums) == {LENDER: 1000}
    assert story.balance("register:pool:lenders:other-lender", SENIOR_SHARES) == 100


def test_money_that_moves_without_shares_notes_nobody() -> None:
    story = a_deficit(HOLD, principal=600).then(bad_debt_socialized(amount=1))
    before = deepcopy(story.books.registers)

    story.then(deposited(assets=5, shares=0), withdrawn(assets=1, shares=0))

    assert story.books.registers == before
