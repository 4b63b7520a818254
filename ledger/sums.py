"""Sums of postings: one balance for each account and commodity. Additions commute, so any order gives the same sums."""

from collections.abc import Iterable, Iterator

from ledger.accounts import Move, Moves, is_issued
from ledger.errors import WrongSide
from ledger.values import Account, Commodity


class Sums:
    """Balances, debit positive, by commodity and account. An account at zero is not kept."""

    __slots__ = ("_by_commodity",)

    def __init__(self) -> None:
        self._by_commodity: dict[Commodity, dict[Account, int]] = {}

    def balance(self, account: Account, commodity: Commodity) -> int:
        """The balance of an account, debit positive; 0 where nothing was ever posted."""
        balances = self._by_commodity.get(commodity)
        return balances.get(account, 0) if balances else 0

    def owed(self, account: Account, commodity: Commodity) -> int:
        """The balance of an account whose normal side is credit, as a positive number."""
        return -self.balance(account, commodity)

    def open_accounts(self, commodity: Commodity) -> int:
        """How many accounts of a commodity are not at zero."""
        return len(self._by_commodity.get(commodity, ()))

    def commodities(self) -> Iterator[tuple[Commodity, list[tuple[Account, int]]]]:
        """Every commodity that is held, in order of name, with its accounts that are not at zero, in order of name."""
        for commodity, balances in sorted(self._by_commodity.items()):
            if balances:
                yield commodity, sorted(balances.items())

    def add(self, moves: Iterable[Move]) -> None:
        """Add moves, whatever they do: for a fold of chosen entries, which need not obey the laws by itself."""
        for commodity, debit, credit, amount in moves:
            if amount:
                balances = self._by_commodity.setdefault(commodity, {})
                _put(balances, credit, balances.get(credit, 0) - amount)
                _put(balances, debit, balances.get(debit, 0) + amount)

    def post(self, moves: Moves) -> None:
        """Add moves one after the other, holding each account to its normal side.

        Raises `WrongSide`, with nothing changed, at the first move that takes more than an account holds.
        """
        by_commodity = self._by_commodity
        for number, (commodity, debit, credit, amount) in enumerate(moves):
            if not amount:
                continue
            try:
                balances = by_commodity[commodity]
            except KeyError:
                balances = by_commodity[commodity] = {}
            held = balances.get(credit, 0)
            if held == amount:
                del balances[credit]
            elif held < amount and credit[0] in "ar" and not is_issued(credit, commodity):
                self._undo(moves[:number])
                raise _wrong_side(credit, commodity, held=held, taken=amount)
            else:
                balances[credit] = held - amount
            owed = -balances.get(debit, 0)
            if owed == amount:
                del balances[debit]
            elif owed < amount and debit[0] in "le" and not self._may_stand_in_debit(debit):
                _put(balances, credit, held)
                self._undo(moves[:number])
                raise _wrong_side(debit, commodity, held=owed, taken=amount)
            else:
                balances[debit] = amount - owed

    def _may_stand_in_debit(self, account: Account) -> bool:
        """Whether an account that normally stands in credit may stand in debit: rounding, and claims without shares."""
        kind, pool, name, *rest = account.split(":")
        if kind == "liabilities" and name == "claims":
            return not self.balance(Account(f"register:{pool}:{rest[0]}"), Commodity(f"shares:{pool}:{rest[0]}"))
        return name == "rounding"

    def _undo(self, moves: Moves) -> None:
        self.add((commodity, credit, debit, amount) for commodity, debit, credit, amount in reversed(moves))


def _put(balances: dict[Account, int], account: Account, balance: int) -> None:
    if balance:
        balances[account] = balance
    else:
        balances.pop(account, None)


def _wrong_side(account: Account, commodity: Commodity, *, held: int, taken: int) -> WrongSide:
    return WrongSide(f"{account} holds {held} of {commodity}, {taken} cannot be taken from it")
