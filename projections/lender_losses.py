"""Who bore which case: what each lender lost of its claims under a case, and what came back to it of that.

A loss is charged to a tranche in one step and names no lender. Who held which shares when it fell is noted as shares
move, as the books themselves do it; what each bore is worked out when the report is read, in time with lenders times
losses, and stays what it was at the loss, whoever holds the shares now.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from itertools import chain
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    CATALOGUE,
    AdjustmentPosted,
    AnyEvent,
    BadDebtSocialized,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    RecoveryAllocated,
    RecoveryPart,
    RestitutionPaid,
)
from ledger.registers import Registers
from ledger.shares import Loss, price, pro_rata
from ledger.sums import Sums
from ledger.values import LENDERS, CaseId, Commodity, EventId, PartyId, PoolId, TrancheId
from projections.balances import BalancesFold
from projections.charged import OF, ChargedFold
from projections.control_totals import by_asset, control_totals
from projections.reading import Handler, Selection, Watch, fold
from projections.rows import Shares, Units
from projections.ties import Tie

NOBODY = PartyId("")
"""Stands for what no holder of shares bore or got: rounding, and the part of virtual shares."""

Key = tuple[PoolId, CaseId, TrancheId]


class LenderLossRow(NamedTuple):
    """What one lender bore of a case through one tranche, and what it got back.

    `losses` is what write-downs of the tranche took from the lender's balance, floor(before) - floor(after) of each;
    `shares` what it held when the last of them fell. `covered` is what its claims were burnt for: its cover, or what
    was paid in its shares by a fund or an investor; `recapitalized` what an investor paid in cash to buy a deficit
    away. `recoveries` is what the case's recoveries added to its balance. `allocated` is its part of what was given
    back to those who bore the loss, whoever holds the shares now; `restitution` what it was paid of that, `due` the
    rest.

    Over all cases, a lender's `losses`, `covered`, `recoveries` and `restitution` sum to its columns in the report
    `lenders`. A row without a lender is what rounding and virtual shares bore or got: with it, `losses` sum to what was
    socialized to the tranche, `recoveries` to what was credited to it, and `due` to what is owed in restitution.
    """

    pool: str
    case: str
    tranche: str
    lender: str
    asset: str
    shares: Shares
    losses: Units
    covered: Units
    recapitalized: Units
    recoveries: Units
    allocated: Units
    restitution: Units
    due: Units


class _Move(NamedTuple):
    """A loss of a tranche, or (a negative one) a recovery credited to it, at a position."""

    position: int
    is_loss: bool
    amount: int
    price: Loss


class _Borne(NamedTuple):
    """What may be given back to who bore it: a write-down at a position, or what one holder bore."""

    key: Key
    position: int
    amount: int
    holder: PartyId | None


class _Columns:
    """What a row says of one lender."""

    __slots__ = ("allocated", "covered", "losses", "recapitalized", "recoveries", "restitution", "shares")

    def __init__(self) -> None:
        self.shares = self.losses = self.covered = self.recapitalized = self.recoveries = 0
        self.allocated = self.restitution = 0

    def bear(self, amount: int, shares: int, *, is_loss: bool) -> None:
        """Have a part of a loss; or (negative) of a recovery."""
        if is_loss:
            self.losses += amount
            self.shares = shares
        else:
            self.recoveries -= amount

    def says_something(self) -> bool:
        return any(getattr(self, column) for column in self.__slots__)


class LenderLossesFold:
    """The fold of what cases took from lenders, and gave back, beside the share registers as they were at each loss."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._sums = Sums()
        self._registers: dict[Commodity, Registers] = {}
        self._moves: dict[Key, list[_Move]] = {}
        self._borne: dict[tuple[PoolId, EventId], _Borne] = {}
        self._given_back: dict[Key, dict[EventId, list[int]]] = {}
        self._told: dict[Key, dict[PartyId, _Columns]] = {}
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(CATALOGUE, self._post),
            "fund-drawn": self._covered,
            "deficit-covered": self._covered,
            "deficit-recapitalized": self._covered,
            "bad-debt-socialized": self._socialized,
            "recovery-allocated": self._recovered,
            "restitution-paid": self._restored,
            "adjustment-posted": self._adjusted,
        }

    def rows(self, named: Mapping[str, str]) -> Iterator[LenderLossRow]:
        """The rows in order of pool, case, tranche and lender, what nobody bore or got last: all, or of those named."""
        for key in sorted({*self._told, *self._moves}):
            if named.get("pool") in (None, key[0]) and named.get("case") in (None, key[1]):
                columns = self._columns(key)
                for lender in sorted(columns, key=lambda name: (name == NOBODY, name)):
                    if named.get("lender") in (None, lender) and columns[lender].says_something():
                        yield _row(key, lender, columns[lender], self._charters)

    def balances(self) -> BalancesFold:
        """The accounts, as the same entries add up in them."""
        return BalancesFold.standing(self._sums, self._charters)

    # Entries.

    def _post(self, _: int, event: AnyEvent) -> None:
        moves = event.moves(self._charters)
        self._sums.add(moves)
        if self._registers:
            for shares in {move[0] for move in moves if move[0] in self._registers}:
                self._registers[shares].note_any(moves, self._sums)

    def _of(self, pool: PoolId, case: CaseId, tranche: TrancheId, name: PartyId) -> _Columns:
        return self._told.setdefault((pool, case, tranche), {}).setdefault(name, _Columns())

    def _covered(self, position: int, event: FundDrawn | DeficitCovered | DeficitRecapitalized) -> None:
        key = event.pool, event.case, event.tranche
        if event.lender is not None:
            self._of(*key, event.lender).covered += event.amount
        elif isinstance(event, DeficitRecapitalized):
            self._of(*key, event.investor).recapitalized += event.amount
        if not isinstance(event, FundDrawn):
            holder = event.lender if isinstance(event, DeficitCovered) else event.investor
            self._borne[event.pool, event.id] = _Borne(key, position, event.amount, holder)
        self._post(position, event)

    def _socialized(self, position: int, event: BadDebtSocialized) -> None:
        key = event.pool, event.case, event.tranche
        self._move(position, key, event.amount, before=self._claims(event.pool, event.tranche), is_loss=True)
        self._borne[event.pool, event.id] = _Borne(key, position, event.amount, None)
        self._post(position, event)

    def _recovered(self, position: int, event: RecoveryAllocated) -> None:
        credited: dict[TrancheId, int] = {}
        for part in event.parts:
            if part.to == "tranche":
                tranche = TrancheId(part.name or LENDERS)
                before = self._claims(event.pool, tranche) + credited.get(tranche, 0)
                self._move(position, (event.pool, event.case, tranche), -part.amount, before=before, is_loss=False)
                credited[tranche] = credited.get(tranche, 0) + part.amount
            elif part.to == "bearers" and part.basis is not None:
                self._give_back(event, part, part.basis)
        self._post(position, event)

    def _give_back(self, event: RecoveryAllocated, part: RecoveryPart, basis: EventId) -> None:
        """Note what goes to the bearers of a loss; of one that is not shown, nobody is known to be one."""
        borne = self._borne.get((event.pool, basis))
        if borne is None:
            self._of(event.pool, event.case, LENDERS, NOBODY).allocated += part.amount
        else:
            self._told.setdefault(borne.key, {})
            self._given_back.setdefault(borne.key, {}).setdefault(basis, []).append(part.amount)

    def _restored(self, position: int, event: RestitutionPaid) -> None:
        self._of(event.pool, event.case, event.tranche, event.holder).restitution += event.amount
        self._post(position, event)

    def _adjusted(self, position: int, event: AdjustmentPosted) -> None:
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is not None and part.holds == "restitution" and part.case is not None:
                self._of(event.pool, part.case, LENDERS, NOBODY).allocated -= line.amount
        self._post(position, event)

    def _claims(self, pool: PoolId, tranche: TrancheId) -> int:
        charter = self._charters.pools[pool]
        return self._sums.owed(charter.tranches[tranche].claims, charter.asset)

    def _move(self, position: int, key: Key, amount: int, *, before: int, is_loss: bool) -> None:
        """A tranche, whose claims were `before`, loses an amount; negative, it is credited."""
        charter = self._charters.pools[key[0]]
        register = charter.tranches[key[2]]
        issued = self._sums.owed(register.issued, register.shares)
        fall = Loss(price(before, issued, charter), price(before - amount, issued, charter))
        self._moves.setdefault(key, []).append(_Move(position, is_loss, amount, fall))
        registers = self._registers.setdefault(register.shares, Registers())
        if position not in registers.watched.get(register.shares, ())[-1:]:
            registers.lose(register.shares, position)

    # What follows from them, when it is read.

    def _columns(self, key: Key) -> dict[PartyId, _Columns]:
        """What the rows of a case and tranche say, by lender."""
        found = {name: copy(one) for name, one in self._told.get(key, {}).items()}
        for move in self._moves.get(key, ()):
            left = move.amount
            for holder, shares in self._holders(key, move.position).items():
                borne = move.price.borne_by(shares)
                found.setdefault(holder, _Columns()).bear(borne, shares, is_loss=move.is_loss)
                left -= borne
            found.setdefault(NOBODY, _Columns()).bear(left, 0, is_loss=move.is_loss)
        for holder, allocated in self._allocated(key).items():
            found.setdefault(holder, _Columns()).allocated += allocated
        return found

    def _allocated(self, key: Key) -> dict[PartyId, int]:
        """What was given back to those who bore the losses of a case and tranche: exactly, by what each has not got."""
        allocated: dict[PartyId, int] = {}
        for basis, amounts in self._given_back.get(key, {}).items():
            borne = self._borne[key[0], basis]
            left = {borne.holder: borne.amount} if borne.holder else self._bearers(borne)
            for amount in amounts:
                for holder, part in (pro_rata(amount, left) or {NOBODY: amount}).items():
                    left[holder] = left.get(holder, 0) - part
                    allocated[holder] = allocated.get(holder, 0) + part
        return allocated

    def _bearers(self, borne: _Borne) -> dict[PartyId, int]:
        return pro_rata(borne.amount, self._holders(borne.key, borne.position))

    def _holders(self, key: Key, position: int) -> dict[PartyId, int]:
        shares = self._charters.pools[key[0]].tranches[key[2]].shares
        return self._registers[shares].holders(shares, position, self._sums)


def lender_losses(
    selection: Selection, named: Mapping[str, str], watch: Watch = iter
) -> tuple[Iterator[LenderLossRow], tuple[Tie, ...]]:
    """The rows of a selection, all or of those named, and their ties, which hold for any choice of entries.

    What is due is tied to the accounts of restitution; losses, covers and recoveries to what the entries of the cases
    posted to the claims of tranches. With a lender named there are no ties: those accounts name no lender.
    """
    losses, charged = LenderLossesFold(selection.charters), ChargedFold(selection.charters)
    fold(selection, [losses, charged], watch)
    rows = list(losses.rows(named))
    if "lender" in named:
        return iter(rows), ()
    pool, case = named.get("pool"), named.get("case")
    due = control_totals(losses.balances(), "liabilities", ("restitution",), by_asset(rows, "due"), pool, case)
    claims = (charged.ties(column, by_asset(rows, column), pool=pool, case=case) for column in OF)
    return iter(rows), (*due, *chain.from_iterable(claims))


def _row(key: Key, lender: PartyId, of: _Columns, charters: Charters) -> LenderLossRow:
    pool, case, tranche = key
    return LenderLossRow(
        pool=pool,
        case=case,
        tranche=tranche,
        lender=lender,
        asset=charters.pools[pool].asset,
        shares=Shares(of.shares),
        losses=Units(of.losses),
        covered=Units(of.covered),
        recapitalized=Units(of.recapitalized),
        recoveries=Units(of.recoveries),
        allocated=Units(of.allocated),
        restitution=Units(of.restitution),
        due=Units(of.allocated - of.restitution),
    )
