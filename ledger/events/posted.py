"""Free lines: the postings that an entry states itself, where no event of its own says what happened."""

from collections.abc import Iterable

from pydantic.dataclasses import dataclass

from ledger.accounts import Posting, net
from ledger.books import Books
from ledger.chart import part_of
from ledger.errors import WrongSide
from ledger.values import BORDER, AccountName, Counted, PoolId, Signed, TrancheId


@dataclass(frozen=True, config=BORDER)
class PostedLine:
    """One free line of an entry. `amount` is signed, debit positive, and not 0."""

    account: AccountName
    commodity: Counted
    amount: Signed

    def __post_init__(self) -> None:
        """An amount of nothing makes no posting."""
        if not self.amount:
            raise ValueError("a posting of 0 is none: leave it out")


def lines_of(postings: Iterable[PostedLine]) -> list[Posting]:
    """The same as the lines of an entry."""
    return [Posting(line.account, line.commodity, line.amount) for line in postings]


def require_covered_shares(lines: Iterable[Posting], books: Books) -> None:
    """Free lines leave no shares out for claims in debit: only claims without shares may stand there (law 3)."""
    after: dict[tuple[PoolId, TrancheId], dict[str, int]] = {}
    for (account, commodity), amount in net(lines).items():
        part = part_of(account, commodity, books.charters)
        if part.tranche is not None and part.holder is None:
            pool = PoolId(part.owner)
            stands = {"claims": books.claims(pool, part.tranche), "register": books.issued(pool, part.tranche)}
            after.setdefault((pool, part.tranche), stands)[part.holds] -= amount
    for (pool, tranche), stands in after.items():
        if stands["register"] and stands["claims"] < 0:
            raise WrongSide(
                f"claims of tranche {tranche} of pool {pool} would be {stands['claims']} "
                f"with {stands['register']} shares issued"
            )
