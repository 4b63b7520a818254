"""Interest: accrued on a loan, on all loans of a pool, or on a pool as a whole; and who is credited with it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.debt import all_loans, allocated, debt_of, owed
from ledger.commands.envelope import Command, PoolAmount
from ledger.errors import CommandRefused
from ledger.events import Allocation, AnyEvent, InterestAccrued, InterestAllocated
from ledger.shares import pro_rata
from ledger.values import BORDER, LENDERS, WAD, Amount, LoanId, Named, PoolId, TrancheId, mul_div_down


@dataclass(frozen=True, config=BORDER)
class TrancheShare:
    """A tranche's share of interest, as a wad."""

    tranche: Named[TrancheId]
    share_wad: Amount


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AccrueInterest(Command):
    """Interest accrues: so much, or a rate (a wad) of what is owed, rounded down.

    Exactly one of `interest` and `rate_wad` is given. Without `loan` it accrues on every loan of a bilateral pool that
    owes something (`interest` is split exactly, by what each owes), and on the others' pools as a whole: on all that a
    pooled pool has lent, or on what an indexed pool's loans owe as booked and its interest not yet allocated. Loans in
    default are left out unless `in_default`; a pooled pool does not keep them apart. An indexed loan first takes the
    interest that it owes; one in default that is left out of its pool's interest does so after it, and its interest is
    told by the new index from then on.

    An indexed pool's `index`, unless given, is the latest one (10^18 at first, which a fact of its own then states)
    grown by the rate, or by `interest` over what is owed, rounded down.

    The terms' part of the interest, the fee, goes to the reserve, or to their recipient as fee shares of `lenders`; the
    rest to `lenders`, or by `allocation`, split exactly by shares that sum to 10^18.
    """

    type: Literal["accrue-interest"] = "accrue-interest"
    pool: Named[PoolId]
    loan: Named[LoanId] | None = None
    interest: PoolAmount | None = None
    rate_wad: Amount | None = None
    index: Amount | None = None
    in_default: Annotated[bool, Field(strict=True)] = False
    allocation: tuple[TrancheShare, ...] = ()

    def __post_init__(self) -> None:
        """One of the two says how much, and the shares of the tranches make a whole."""
        if (self.interest is None) == (self.rate_wad is None):
            raise ValueError("interest or rate_wad say how much accrues: exactly one of them is given")
        if self.allocation and sum(part.share_wad for part in self.allocation) != WAD:
            raise ValueError(f"the shares of an allocation sum to {WAD}")
        if len({part.tranche for part in self.allocation}) < len(self.allocation):
            raise ValueError("an allocation names each tranche once")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        if self.loan is not None:
            yield from self._on_loan(books, self.loan)
        elif books.charters.pools[self.pool].debt == "bilateral":
            yield from self._on_every_loan(books)
        else:
            yield from self._on_pool(books)

    def _on_loan(self, books: Books, loan: LoanId) -> Iterator[AnyEvent]:
        if (case := books.loans[self.pool][loan].case) is not None and not self.in_default:
            raise CommandRefused(
                f"loan {loan} of pool {self.pool} is in default under case {case}: it accrues only with in_default"
            )
        before, owes = allocated(books, self.at, self.pool, loan)
        yield from before
        lenders, interest = _Lenders.of(books, self.pool), self._interest(owes.total)
        yield self._accrued(books, lenders, interest, loan=loan, index=self.index)

    def _on_every_loan(self, books: Books) -> Iterator[AnyEvent]:
        owing = self._owing(books)
        if not owing:
            raise CommandRefused(f"no loan of pool {self.pool} owes anything that interest could accrue on")
        lenders = _Lenders.of(books, self.pool)
        by_amount = None if self.interest is None else pro_rata(self.interest, owing)
        for loan, debt in owing.items():
            interest = self._interest(debt) if by_amount is None else by_amount[loan]
            fact = self._accrued(books, lenders, interest, loan=loan, index=self.index)
            lenders = lenders.credited(fact)
            yield fact

    def _on_pool(self, books: Books) -> Iterator[AnyEvent]:
        lenders, indexed = _Lenders.of(books, self.pool), books.charters.pools[self.pool].debt == "indexed"
        total = self._indexed_debt(books) if indexed else all_loans(books, self.pool)
        interest, index = self._interest(total), self.index
        if indexed and index is None:
            latest = books.indices.latest(self.pool)
            index = self._grown(WAD if latest is None else latest, total)
            if latest is None and index != WAD:  # what loans owed before counts from the first index that is stated
                yield self._accrued(books, lenders, 0, index=WAD)
        yield self._accrued(books, lenders, interest, index=index)
        if indexed and not self.in_default:
            yield from self._left_out(books)

    def _left_out(self, books: Books) -> Iterator[InterestAllocated]:
        """The loans in default do not grow with the index: each takes what it owed before, as of the index after it."""
        for name, loan in sorted(books.loans[self.pool].items()):
            if loan.case is not None and (booked := owed(books, self.pool, name).total):
                interest = debt_of(books, self.pool, name) - booked
                yield InterestAllocated(at=self.at, pool=self.pool, loan=name, case=loan.case, interest=interest)

    def _interest(self, debt: int) -> int:
        """The interest on a debt: as asked, or by the rate."""
        return mul_div_down(debt, self.rate_wad, WAD) if self.rate_wad is not None else self.interest or 0

    def _owing(self, books: Books) -> dict[LoanId, int]:
        """What the loans that interest accrues on owe as booked, by name: those that owe something."""
        loans = books.loans[self.pool]
        counted = (loan for loan in sorted(loans) if loans[loan].case is None or self.in_default)
        return {loan: debt for loan in counted if (debt := owed(books, self.pool, loan).total)}

    def _indexed_debt(self, books: Books) -> int:
        """What an indexed pool's loans owe as booked, and what is not allocated to them yet."""
        charter = books.charters.pools[self.pool]
        unallocated = books.sums.balance(charter.unallocated, charter.asset)
        return max(sum(self._owing(books).values()) + unallocated, 0)

    def _grown(self, index: int, debt: int) -> int:
        """An index grown by the rate, or as the interest makes the debt grow."""
        if self.rate_wad is not None:
            return index + mul_div_down(index, self.rate_wad, WAD)
        if not self.interest:
            return index
        if not debt:
            raise CommandRefused(f"no loan of pool {self.pool} owes anything that {self.interest} could accrue on")
        return index + mul_div_down(index, self.interest, debt)

    def _accrued(
        self, books: Books, lenders: "_Lenders", interest: int, *, loan: LoanId | None = None, index: int | None = None
    ) -> InterestAccrued:
        """So much interest on a loan or on the pool, with its fee taken off and the rest allocated."""
        terms = books.terms[self.pool][-1]
        fee = mul_div_down(interest, terms.reserve_factor_wad, WAD)
        parts = pro_rata(interest - fee, {part.tranche: part.share_wad for part in self.allocation})
        to_lenders = parts.get(LENDERS, 0) if self.allocation else interest - fee
        shares = lenders.fee_shares(fee, to_lenders) if terms.fee_recipient is not None else 0
        if parts and fee and terms.fee_recipient is not None:  # the fee's claims are those of lenders' new shares
            parts[LENDERS] = to_lenders + fee
        return InterestAccrued(
            at=self.at,
            pool=self.pool,
            loan=loan,
            case=None if loan is None else books.loans[self.pool][loan].case,
            interest=interest,
            index=index,
            reserve=fee if terms.fee_recipient is None else 0,
            fee_recipient=terms.fee_recipient if shares else None,
            fee_shares=shares,
            allocation=_allocation(parts),
        )


class _Lenders(NamedTuple):
    """The tranche `lenders`, whose shares a fee dilutes: its claims and shares, and the virtual amounts beside them.

    In an indexed pool a fee is priced without those, as Euler v2 does; elsewhere with them, as Morpho Blue does.
    """

    pool: PoolId
    claims: int
    issued: int
    virtual_assets: int
    virtual_shares: int

    @classmethod
    def of(cls, books: Books, pool: PoolId) -> "_Lenders":
        """As they stand."""
        charter = books.charters.pools[pool]
        claims, issued = books.claims(pool, LENDERS), books.issued(pool, LENDERS)
        if charter.debt == "indexed":
            return cls(pool, claims, issued, 0, 0)
        return cls(pool, claims, issued, charter.virtual_assets, charter.virtual_shares)

    def credited(self, fact: InterestAccrued) -> "_Lenders":
        """As they stand after an accrual."""
        added = sum(amount for tranche, amount in fact.allocated() if tranche == LENDERS)
        return self._replace(claims=self.claims + added, issued=self.issued + fact.fee_shares)

    def fee_shares(self, fee: int, beside: int) -> int:
        """The shares for a fee f: floor(f · (S + S0) / (A + i - f + A0)), where `beside` is i - f.

        None before the first share. Raises `CommandRefused` where shares are out that are worth nothing.
        """
        shares, assets = self.issued + self.virtual_shares, self.claims + beside + self.virtual_assets
        if not fee or not shares:
            return 0
        if assets <= 0:
            raise CommandRefused(
                f"pool {self.pool} has {self.issued} shares for claims of {self.claims}: no share has a price for a fee"
            )
        return mul_div_down(fee, shares, assets)


def _allocation(parts: Mapping[TrancheId, int]) -> tuple[Allocation, ...]:
    return tuple(Allocation(tranche=tranche, amount=amount) for tranche, amount in parts.items())
