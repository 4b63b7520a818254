"""After any history, the commands of a loss are refused or lawful, and what is resolved is borne as it should be."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.books import Books
from ledger.commands import (
    AdvanceCost,
    AnyCommand,
    CallGuarantee,
    CloseCase,
    Contribute,
    CoverDeficit,
    CureLoan,
    DeclareDefault,
    ResolveShortfall,
    ReturnSurplus,
    SellCollateral,
    WithdrawFromFund,
    decide,
)
from ledger.commands.debt import owed
from ledger.commands.walk import FundPrice
from ledger.errors import LawBroken, LedgerError
from ledger.events import BadDebtSocialized, FundDrawn, ReserveDrawn, ShortfallRecognized
from ledger.laws import admit_all, rehearse, take_back
from ledger.values import CaseId, Commodity, EventId, PartyId, Timestamp
from tests.histories import HISTORIES, LEANINGS, History, histories
from tests.story import Story, picture

WORKED_OUT: Final = (DeclareDefault, CureLoan, ResolveShortfall)
"""Those whose numbers all come from the books: what they decide is never refused."""
LATE: Final = Timestamp("2099-01-01T00:00:00Z")
AS_ASKED: Final = EventId("a-command-of-this-test")
LOSSES: Final = (*LEANINGS[1:3], *LEANINGS[4:8])
"""Histories in which much is in default, in every debt mode."""
AMOUNTS: Final = st.integers(0, 5) | st.integers(0, 2**100)
PRICES: Final = st.tuples(st.integers(0, 2**40), st.integers(0, 20))


def commands(books: Books, amount: int, price: tuple[int, int]) -> Iterator[AnyCommand]:
    """Every command of a loss that names something that is there."""
    to_all: dict[str, Any] = {"at": LATE, "id": AS_ASKED}
    someone = PartyId("someone")
    for fund in books.charters.funds:
        yield Contribute(**to_all, fund=fund, contributor=someone, amount=amount)
        yield WithdrawFromFund(**to_all, fund=fund, contributor=someone, amount=amount)
    for pool, loans in books.loans.items():
        for loan in loans:
            yield DeclareDefault(**to_all, pool=pool, loan=loan, case=CaseId("another"), reason="margin")
            yield ReturnSurplus(**to_all, pool=pool, loan=loan)
        for source in ("reserve", "investor"):
            name = None if source == "reserve" else someone
            yield CoverDeficit(**to_all, pool=pool, amount=amount, source=source, name=name)
    for case in books.cases:
        yield from _of_a_case(books, case, amount, price)


def _of_a_case(books: Books, case: CaseId, amount: int, price: tuple[int, int]) -> Iterator[AnyCommand]:
    to_all, prices = _named(books, case), _prices(books, price)
    asset = Commodity(next(iter(books.charters.assets)))
    yield ResolveShortfall(**to_all, prices=prices)
    yield AdvanceCost(**to_all, amount=amount)
    yield CureLoan(**to_all, reason="cured")
    yield CloseCase(**to_all)
    yield SellCollateral(**to_all, asset=asset, quantity=0, proceeds=amount, costs=amount // 3)
    yield CallGuarantee(**to_all, guarantor=PartyId("guarantor"), amount=amount)
    for fund in books.charters.funds:
        yield CoverDeficit(**to_all, amount=amount, source="fund", name=fund, prices=prices)


def _named(books: Books, case: CaseId) -> dict[str, Any]:
    """What every command of a case carries."""
    return {"at": LATE, "id": AS_ASKED, "pool": books.cases[case].pool, "case": case}


def _prices(books: Books, price: tuple[int, int]) -> tuple[FundPrice, ...]:
    """A price for every fund; those in the asset of a pool do without."""
    return tuple(FundPrice(fund=fund, price=price[0], scale=price[1]) for fund in books.charters.funds)


@HISTORIES
@given(histories(), AMOUNTS, PRICES)
def test_every_command_of_a_loss_is_refused_or_lawful(history: History, amount: int, price: tuple[int, int]) -> None:
    books = Story().then(*history).books
    before = picture(books)
    for command in commands(books, amount, price):
        try:
            facts = decide(command, books)
        except LedgerError:
            continue
        finally:
            assert picture(books) == before
        assert [fact.id for fact in facts] == [AS_ASKED, *(f"{AS_ASKED}/{n}" for n in range(2, len(facts) + 1))]
        if not isinstance(command, WORKED_OUT):
            with suppress(LawBroken):
                rehearse(facts, books)
        else:
            rehearse(facts, books)
        assert picture(books) == before


@HISTORIES
@given(histories(LOSSES), PRICES)
def test_what_is_resolved_after_any_history_is_borne_or_stays_open(history: History, price: tuple[int, int]) -> None:
    story = Story().then(*history)
    for case, found in story.books.cases.items():
        pool, open_before = found.pool, story.books.deficit(found.pool, case)
        others = {loan: owed(story.books, pool, loan).total for loan in story.books.loans[pool] if loan != found.loan}
        try:
            facts = decide(
                ResolveShortfall(**_named(story.books, case), prices=_prices(story.books, price)), story.books
            )
        except LedgerError:
            continue
        admit_all(facts, story.books)
        recognized = sum(fact.principal + fact.interest for fact in facts if isinstance(fact, ShortfallRecognized))
        borne = sum(fact.amount for fact in facts if isinstance(fact, FundDrawn | ReserveDrawn | BadDebtSocialized))
        assert open_before + recognized == borne + story.books.deficit(pool, case)
        for loan, debt in others.items():
            assert owed(story.books, pool, loan).total <= debt + 1
        take_back(facts, story.books)
