"""What a naive desk does once a deficit is there: it is covered later, and recoveries go to those who bore it."""

from collections import Counter
from fractions import Fraction
from math import ceil
from typing import Any

from ledger import commands
from tests.naive_desk import Case, Loss, Pool, known, move, need, split_exactly
from tests.naive_desk_cases import NaiveCases


class NaiveAfter(NaiveCases):
    """Covers deficits and hands recoveries out."""

    # Covers.

    def cover_deficit(self, asked: commands.CoverDeficit) -> None:
        pool = known(self.pools, asked.pool)
        if asked.source == "lender":
            known(pool.claims, asked.tranche)
        if asked.source == "fund":
            known(self.funds, asked.name)
        if asked.case is not None:
            parts = [(known(pool.cases, asked.case), asked.amount)]
        else:
            parts = self._split(pool, asked.amount)
        for case, amount in parts:
            need(not case.closed and amount <= case.open, "closed, or not so much is open")
            if asked.source == "fund":
                paid = ceil(amount / self.fund_price(pool, asked.name or "", asked))
                self._hold_to_order(pool, case, asked, amount, paid)
                self.draw_fund(pool, case, asked.name or "", amount, paid)
            elif asked.source == "reserve":
                self._hold_to_order(pool, case, asked, amount, amount)
                self.take_from_reserve(pool, case, amount)
            elif asked.source == "lender":
                self._cover_by_lender(pool, case, asked, amount)
            else:
                pool.cash += amount
                self.borne(case, Loss("investor", asked.name or "", "lenders", amount, {asked.name or "": amount}))
                self.done("deficit-recapitalized")

    def _hold_to_order(self, pool: Pool, case: Case, asked: commands.CoverDeficit, amount: int, cost: int) -> None:
        """A source that a layer names bears in its turn, until `hold`, and never more than that layer can (law 6)."""
        waterfall = case.terms["waterfall"] if case.terms else ()
        own = [
            layer for layer in waterfall if layer.layer == asked.source and getattr(layer, "fund", None) == asked.name
        ]
        if not own or asked.override is not None or not (amount or cost):
            return
        room = self.room(pool, case, own[0])
        need(room is None or cost <= room, "more than the layer can bear")
        for layer in waterfall[: waterfall.index(own[0])]:
            if layer.layer == "hold":
                return
            need(self.room(pool, case, layer) == 0, "an earlier layer can bear")

    def _split(self, pool: Pool, amount: int) -> list[tuple[Case, int]]:
        """An amount over the open deficits of a pool, that first recognized first."""
        parts = []
        for case in sorted(pool.cases.values(), key=lambda case: case.order):
            part = min(amount, case.open)
            if part:
                parts.append((case, part))
            amount -= part
        need(parts and not amount, "not so much is open")
        return parts

    def _cover_by_lender(self, pool: Pool, case: Case, asked: commands.CoverDeficit, amount: int) -> None:
        price, shares = self.price(pool, asked.tranche), 0
        if amount:
            need(price is not None and price > 0, "shares are worth nothing")
            shares = ceil(amount / (price or Fraction(1)))
        move(pool.shares[asked.tranche], asked.name or "", -shares)
        pool.claims[asked.tranche] -= amount
        self.borne(case, Loss("lender", asked.name or "", asked.tranche, amount, {asked.name or "": amount}))
        self.done("deficit-covered", shares)

    # After the loss.

    def recognized_case(self, asked: Any) -> tuple[Pool, Case]:
        """The case that a command names, of which a shortfall was recognized."""
        pool = known(self.pools, asked.pool)
        case = known(pool.cases, asked.case)
        need(case.terms is not None, "nothing was recognized")
        return pool, case

    def receive_recovery(self, asked: commands.ReceiveRecovery) -> None:
        pool, case = self.recognized_case(asked)
        net = asked.amount - asked.costs
        need(net >= 0, "costs are more than the amount")
        pool.cash += net
        case.unallocated += net
        case.recovered += net
        self.done("recovery-received")

    def allocate_recovery(self, asked: commands.AllocateRecovery) -> None:
        pool, case = self.recognized_case(asked)
        policy = asked.policy or (case.terms or {})["recovery"]
        need(policy != "none", "it stays unallocated")
        amount = case.unallocated if asked.amount is None else asked.amount
        need(amount <= case.unallocated, "not so much came in")
        split = _Split(amount, case.unallocated - amount)
        split.offer(case.open, "deficit")
        if policy == "reserve":
            split.offer(split.left, "reserve")
        elif policy == "current-holders":
            split.offer(split.left, "tranche", "lenders", can_take=self._can_be_credited(pool, "lenders"))
        else:
            self._offer_in_reverse(pool, case, split, by_register=policy == "bearers")
        need(split.parts, "nobody to take it")
        for to, name, loss, part in split.parts:
            self._give(pool, case, to, name, loss, part)
        self.done("recovery-allocated")

    def _offer_in_reverse(self, pool: Pool, case: Case, split: "_Split", *, by_register: bool) -> None:
        """To the last bearer first what it bore and has not got back, and to the borrower what is left at last."""
        direct, taken_over = Counter(case.direct), 0
        for loss in reversed(case.losses):
            got = min(direct[loss.by, loss.name], max(loss.amount - loss.back, 0))
            direct[loss.by, loss.name] -= got
            owed = loss.amount - loss.back - got
            if loss.by == "fund":
                split.offer(owed, "fund", loss.name, can_take=self.funds[loss.name].asset == pool.asset)
            elif loss.by == "reserve":
                split.offer(owed, "reserve")
            elif loss.by == "borrowers":
                taken_over += loss.amount
            elif loss.by == "tranche" and not by_register:
                split.offer(owed, "tranche", loss.name, can_take=self._can_be_credited(pool, loss.name))
            else:
                split.offer(owed, "bearers", loss.name, loss, can_take=any(loss.holders.values()))
        split.offer(taken_over + case.principal + case.interest, "borrower", can_take=False)
        split.offer(split.left, "borrower")

    def _can_be_credited(self, pool: Pool, tranche: str) -> bool:
        return bool(pool.issued(tranche) or pool.virtual_shares)

    def _give(self, pool: Pool, case: Case, to: str, name: str, loss: Loss | None, amount: int) -> None:
        case.unallocated -= amount
        if to in ("fund", "reserve", "tranche"):
            case.direct[to, name] = case.direct.get((to, name), 0) + amount
        if to == "deficit":
            case.open -= amount
        elif to == "fund":
            pool.cash -= amount
            self.funds[name].cash += amount
        elif to == "reserve":
            pool.reserve += amount
        elif to == "tranche":
            pool.claims[name] += amount
        elif to == "borrower":
            pool.loans[case.loan].surplus += amount
        elif loss is not None:
            case.restitution += amount
            loss.back += amount
            if not loss.bore:
                loss.bore = split_exactly(loss.amount, loss.holders)
                loss.left = dict(loss.bore)
            for holder, part in split_exactly(amount, loss.left).items():
                loss.left[holder] -= part

    def due(self, case: Case) -> dict[tuple[str, str], int]:
        """What was given back and is not paid yet, by tranche and holder."""
        due: Counter[tuple[str, str]] = Counter()
        for loss in case.losses:
            due.update({(loss.tranche, holder): bore - loss.left[holder] for holder, bore in loss.bore.items()})
        due.subtract(case.restored)
        return {key: amount for key, amount in due.items() if amount}

    def pay_restitution(self, asked: commands.PayRestitution) -> None:
        pool, case = self.recognized_case(asked)
        if asked.tranche is not None:
            known(pool.claims, asked.tranche)
        asked_for = {
            (tranche, holder): amount
            for (tranche, holder), amount in self.due(case).items()
            if asked.tranche in (None, tranche) and asked.holder in (None, holder)
        }
        need(asked_for and (asked.amount is None or len(asked_for) == 1), "nothing is due, or a part of several")
        for key, due in asked_for.items():
            amount = due if asked.amount is None else asked.amount
            need(amount <= due, "not so much is due")
            case.restored[key] = case.restored.get(key, 0) + amount
            case.restitution -= amount
            pool.cash -= amount
            self.done("restitution-paid", amount)

    def close_case(self, asked: commands.CloseCase) -> None:
        pool = known(self.pools, asked.pool)
        case = known(pool.cases, asked.case)
        need(not (case.closed or case.open or case.principal or case.interest), "closed, or not settled")
        need(case.cured or not pool.loans[case.loan].debt_shares, "what goes on performing is cured first")
        case.closed = True
        if not case.cured:
            pool.loans[case.loan].case = None
        self.done("case-closed")


class _Split:
    """An amount on its way to its takers. What one of them is owed and cannot take is held back, of `spare` first."""

    def __init__(self, amount: int, spare: int) -> None:
        self.left, self.spare = amount, spare
        self.parts: list[tuple[str, str, Loss | None, int]] = []

    def offer(self, owed: int, to: str, name: str = "", loss: Loss | None = None, *, can_take: bool = True) -> None:
        """Offer a taker what it is owed, as far as that goes."""
        if can_take:
            part = min(owed, self.left)
            if part:
                self.parts.append((to, name, loss, part))
        else:
            from_spare = min(owed, self.spare)
            self.spare -= from_spare
            part = min(owed - from_spare, self.left)
        self.left -= part
