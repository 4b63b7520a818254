"""What the laws know of a loan and of a case beside their balances."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from ledger.values import CaseId, EventId, FundId, LoanId, PartyId, PoolId, TrancheId
from ledger.waterfall import Waterfall

Entries: TypeAlias = "array[int]"
"""The positions of the entries of one loan, case or pool's terms, in order; those that were reversed are gone."""


def no_entries() -> Entries:
    """The positions of nothing yet."""
    return array("q")


@dataclass(slots=True)
class Loan:
    """A loan. `case` is the case it is in default under, if it is.

    `changes` are the positions of the entries that changed what it owes, kept in an indexed pool only: the index as of
    the last of them is what its interest since is told by.
    """

    borrower: PartyId
    case: CaseId | None = None
    changes: "Entries | None" = None
    entries: Entries = field(default_factory=no_entries)


@dataclass(slots=True)
class LossBorne:
    """What someone bore of a deficit, and what recoveries were allocated to give back of it.

    It fell on the shares of a tranche at a position; or on one `holder`, who covered or bought it. Once some of it is
    given back, `bore` says what each bore of it, and `left` what each has not got back.
    """

    position: int
    tranche: TrancheId
    amount: int
    holder: PartyId | None
    given_back: tuple[int, ...] = ()
    bore: dict[PartyId, int] = field(default_factory=dict)
    left: dict[PartyId, int] = field(default_factory=dict)


class Bearing(NamedTuple):
    """What a source bore of a deficit: a fund or a tranche by its name, a lender who covered it, an investor who bought
    it away; the reserve, and borrowers who took it over, have no name.
    """

    by: Literal["fund", "reserve", "tranche", "lender", "investor", "borrowers"]
    name: str
    amount: int


@dataclass(slots=True)
class Case:
    """One default and its recovery.

    `principal` and `interest` are what is in default. `waterfall` and `limits` are fixed at the first
    `shortfall-recognized`; `paid` is what each fund has paid since, in its own asset, `drawn` what that bore, in the
    pool's, and `reimbursed` what recoveries gave back of it. `bearings` say in order what bore how much, by the id of
    the event, `credited` what recoveries gave back directly: to the open deficit, the reserve, and tranches by name.
    `losses` are those that a recovery may name as its basis, `restored` what holders were paid of them. `recovered` is
    what came in as a recovery. `residual` says of a case that is cured that its debt merely stayed behind.
    """

    pool: PoolId
    loan: LoanId
    principal: int
    interest: int
    cured: bool = False
    residual: bool = False
    closed: bool = False
    recognized: int = 0
    recovered: int = 0
    waterfall: Waterfall | None = None
    terms_fixed_at: int = 0
    limits: Mapping[FundId, int | None] = field(default_factory=dict)
    paid: dict[FundId, int] = field(default_factory=dict)
    drawn: dict[FundId, int] = field(default_factory=dict)
    reimbursed: dict[FundId, int] = field(default_factory=dict)
    bearings: dict[EventId, Bearing] = field(default_factory=dict)
    credited: dict[tuple[str, str], int] = field(default_factory=dict)
    losses: dict[EventId, LossBorne] = field(default_factory=dict)
    restored: dict[tuple[TrancheId, PartyId], int] = field(default_factory=dict)
    entries: Entries = field(default_factory=no_entries)

    @property
    def in_default(self) -> int:
        """What is in default, of principal and interest together: a pooled pool does not keep them apart."""
        return self.principal + self.interest

    @property
    def is_recognized(self) -> bool:
        """Whether a shortfall of it was recognized, be it of nothing."""
        return self.waterfall is not None

    @property
    def status(self) -> Literal["open", "cured", "closed"]:
        """Whether its loan is in default under it, performs again, or it is over."""
        return "closed" if self.closed else "cured" if self.cured else "open"

    def not_given_back(self) -> Iterator[tuple[EventId, Bearing]]:
        """What each source bore and has not got back, the last one first, by the id of the event.

        What a source got back directly is taken off the newest of what it bore, and so on.
        """
        back = {("fund", str(fund)): amount for fund, amount in self.reimbursed.items()} | self.credited
        for event_id, bearing in reversed(self.bearings.items()):
            loss, source = self.losses.get(event_id), (bearing.by, bearing.name)
            left = bearing.amount - (0 if loss is None else sum(loss.given_back))
            direct = min(back.get(source, 0), max(left, 0))
            back[source] = back.get(source, 0) - direct
            yield event_id, bearing._replace(amount=left - direct)

    def adjusted_off(self, deficit: int) -> int:
        """What went off the deficit, of which `deficit` is left, without a bearer or a recovery that took it."""
        borne = sum(bearing.amount for bearing in self.bearings.values())
        return max(self.recognized - deficit - borne - self.credited.get(("deficit", ""), 0), 0)


@dataclass(slots=True)
class Signing:
    """The sign-off of one reconciliation's report: who prepared it, reviewed it, and signed it, in that order.

    `bound_to` are the files it compares, the last entry it looked at, and that one's hash.
    """

    bound_to: tuple[str, ...]
    persons: list[PartyId] = field(default_factory=list)
    entries: Entries = field(default_factory=no_entries)


Key = TypeVar("Key")


def count(counts: dict[Key, int], key: Key, amount: int) -> None:
    """Count more under a key, or less; what comes to nothing is not kept."""
    total = counts.get(key, 0) + amount
    if total:
        counts[key] = total
    else:
        counts.pop(key, None)
