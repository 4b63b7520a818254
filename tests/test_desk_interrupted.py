"""An interrupt may come at any line: what the desk then holds is begun again from the journal."""

from collections.abc import Iterable

import pytest

from ledger.accounts import Charters, Posting
from ledger.book import Book
from ledger.books import Books
from ledger.commands import Deposit
from ledger.desk import Desk
from ledger.events import AnyEvent, Deposited
from ledger.journal import Entry
from ledger.states import pool_state
from tests.test_desk import ALICE, AT, POOL, a_desk, opened


class UndoneInPart(Deposited):
    """A deposit whose admission is interrupted as it is taken back."""

    def unpost(self, books: Books) -> None:
        raise KeyboardInterrupt(books)


class AdmittedInPart(Deposited):
    """A deposit whose admission is interrupted when it is posted."""

    def post(self, books: Books) -> None:
        super().post(books)
        raise KeyboardInterrupt


class UntoldInPart(Deposited):
    """A deposit that is interrupted once it is recorded, as its receipt is written."""

    def lines(self, charters: Charters) -> Iterable[Posting]:
        raise KeyboardInterrupt(charters)


class ReadInPart(Entry):
    """An entry whose event is such a one."""

    def event(self) -> AnyEvent:
        return AdmittedInPart(at=AT, id=self.id, pool=POOL, lender=ALICE, assets=600, shares=600)


@pytest.fixture
def desk() -> Desk:
    desk = opened(a_desk())
    desk.record(Deposit(at=AT, pool=POOL, lender=ALICE, assets=600))
    return desk


@pytest.mark.parametrize(("kind", "dry_run"), [(UndoneInPart, True), (AdmittedInPart, False)])
def test_what_is_interrupted_leaves_nothing_behind(kind: type[Deposited], dry_run: bool, desk: Desk) -> None:  # noqa: FBT001  (a parameter of a test)
    before = desk.position, desk.pool("alpha"), desk.lender("alpha", "alice")

    with pytest.raises(KeyboardInterrupt):
        desk.record(kind(at=AT, pool=POOL, lender=ALICE, assets=5, shares=5), dry_run=dry_run)

    assert (desk.position, desk.pool("alpha"), desk.lender("alpha", "alice")) == before


def test_what_is_interrupted_after_it_is_recorded_is_recorded_once(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        desk.record(UntoldInPart(at=AT, pool=POOL, lender=ALICE, assets=5, shares=5), id="K")

    assert desk.record(Deposited(at=AT, pool=POOL, lender=ALICE, assets=5, shares=5), id="K").already
    assert desk.lender("alpha", "alice").balance == 605


def test_an_entry_that_is_read_in_part_is_read_again(desk: Desk) -> None:
    *before, last = desk.journal.read()
    book = Book(desk.journal)
    book.catch_up(before)

    with pytest.raises(KeyboardInterrupt):
        book.catch_up([ReadInPart(*last)])
    book.catch_up(desk.journal.read(book.position))

    assert pool_state(book.books, POOL) == desk.pool("alpha")
