"""Sums of postings: one balance for each account and commodity. Additions commute, so any order gives the same sums."""

from collections.abc import Iterable, Iterator

from ledger.accounts import Move, Moves, Posting, net, opposite
from ledger.chart import is_issued, side_of
from ledger.errors import WrongSide
from ledger.values import Account, Commodity


class Sums:
    """Balances, debit positive, by commodity and account. An account at zero is not kept.

    `either` are the accounts that the terms of their pool let stand on either side.
    """

    __slots__ = ("_by_commodity", "either")

    def __init__(self) -> None:
        self._by_commodity: dict[Commodity, dict[Account, int]] = {}
        self.either: set[Account] = set()

    def balance(self, account: Account, commodity: Commodity) -> int:
        """The balance of an account, debit positive; 0 where nothing was ever posted."""
        balances = self._by_commodity.get(commodity)
        return balances.get(account, 0) if balances else 0

    def owed(self, account: Account, commodity: Commodity) -> int:
        """The balance of an account whose normal side is credit, as a positive number."""
        return -self.balance(account, commodity)

    def held(self, account: Account) -> dict[Commodity, int]:
        """What an account holds of every commodity, in order of its name."""
        return {
            commodity: balances[account]
            for commodity, balances in sorted(self._by_commodity.items())
            if account in balances
        }

    def open_accounts(self, commodity: Commodity) -> int:
        """How many accounts of a commodity are not at zero."""
        return len(self._by_commodity.get(commodity, ()))

    def accounts(self, commodity: Commodity) -> Iterable[Account]:
        """The accounts of a commodity that are not at zero."""
        return self._by_commodity.get(commodity, {}).keys()

    def by_commodity(self) -> Iterator[tuple[Commodity, dict[Account, int]]]:
        """Every commodity with its accounts that are not at zero, in no order: copies, to be kept."""
        return ((commodity, dict(balances)) for commodity, balances in self._by_commodity.items())

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
            elif (
                held < amount
                and credit[0] in "ar"
                and not is_issued(credit, commodity)
                and not self._may_stand_in_credit(credit)
            ):
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

    def post_lines(self, lines: Iterable[Posting]) -> None:
        """Add free lines, which balance; then hold each account that they move to its normal side.

        Raises `WrongSide`, with nothing changed. An account that stands on its other side may be moved back.
        """
        changes = net(lines)
        self._change(changes)
        for (account, commodity), amount in changes.items():
            balance = self.balance(account, commodity)
            if amount * balance > 0 and self._is_on_wrong_side(account, commodity, balance):
                self._change({key: -change for key, change in changes.items()})
                raise _wrong_side(account, commodity, held=abs(amount) - abs(balance), taken=abs(amount))

    def _change(self, changes: dict[tuple[Account, Commodity], int]) -> None:
        for (account, commodity), amount in changes.items():
            balances = self._by_commodity.setdefault(commodity, {})
            _put(balances, account, balances.get(account, 0) + amount)

    def _is_on_wrong_side(self, account: Account, commodity: Commodity, balance: int) -> bool:
        if balance < 0:
            return side_of(account, commodity) == "debit" and account not in self.either
        return balance > 0 and side_of(account, commodity) == "credit" and not self._may_stand_in_debit(account)

    def _may_stand_in_credit(self, account: Account) -> bool:
        """Whether an asset or a holder's shares may stand in credit: allowances do, and where terms say so."""
        return account.startswith("assets:") and (account.split(":")[2] == "allowance" or account in self.either)

    def _may_stand_in_debit(self, account: Account) -> bool:
        """Whether a liability or equity may stand in debit: claims without shares, rounding, and where terms say so."""
        match account.split(":"):
            case ["liabilities", pool, "claims", tranche]:
                return not self.balance(Account(f"register:{pool}:{tranche}"), Commodity(f"shares:{pool}:{tranche}"))
            case ["equity", _, "rounding" | "unrealized"]:
                return True
            case _:
                return account in self.either

    def _undo(self, moves: Moves) -> None:
        self.add(opposite(moves))


def _put(balances: dict[Account, int], account: Account, balance: int) -> None:
    if balance:
        balances[account] = balance
    else:
        balances.pop(account, None)


def _wrong_side(account: Account, commodity: Commodity, *, held: int, taken: int) -> WrongSide:
    return WrongSide(f"{account} holds {held} of {commodity}, {taken} cannot be taken from it")
