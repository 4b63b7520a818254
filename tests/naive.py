"""The books once more, as plainly as they can be kept: the witness that the property tests call.

It is written from the specification alone and shares no code with the ledger. A fact is a JSON object, a balance an
entry of a dictionary, and a loss is worked out lender by lender. It is slow, and meant to be obviously right. A fact
that was reversed, and its reversal, are as if they had never been told.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tests.naive_accounts import Fact, Key, NaiveAccounts, amount_of, instant, lasting, purse, split

Row = dict[str, Any]

DAY = 86_400 * 10**9
WITHOUT_AMOUNTS = {
    *("asset-registered", "pool-opened", "fund-opened", "terms-changed", "price-observed"),
    *("balance-asserted", "period-closed"),
    *("reconciliation-prepared", "reconciliation-reviewed", "reconciliation-signed"),
}

LENDER_COLUMNS = ("deposited", "withdrawn", "transferred", "losses", "covered", "recoveries", "restitution")
FUND_COLUMNS = ("contributed", "withdrawn", "drawn", "reimbursed", "adjusted")
CASE_COLUMNS = (
    *("exposure", "added", "adjusted_in_default", "proceeds", "costs", "other", "guaranteed", "repaid", "transferred"),
    *("cured", "recognized", "adjusted_open", "fund", "reserve", "tranches", "covered", "recapitalized"),
    *("redistributed", "socialized", "recovered", "restored"),
)


class NaiveBooks:
    """The books of some facts. `opened` are the facts among which charters are looked up, all of the book's."""

    def __init__(self, facts: Iterable[Fact], opened: Iterable[Fact]) -> None:
        self.accounts = NaiveAccounts(opened)
        self.due: dict[Key, int] = defaultdict(int)
        """What was allocated to those who bore a loss, by case, tranche and holder."""
        self.restored: dict[Key, int] = defaultdict(int)
        """What was paid of it."""
        self._lenders: dict[Key, dict[str, int]] = {}
        self._funds: dict[str, dict[str, int]] = {}
        self._loans: dict[tuple[str, str], dict[str, Any]] = {}
        self._cases: dict[str, dict[str, Any]] = {}
        self._losses: dict[str, tuple[str, dict[str, int]]] = {}
        self._whole: set[str] = set()
        self._written_down: dict[tuple[str, str], int] = defaultdict(int)
        self._given_back: dict[tuple[str, str], int] = defaultdict(int)
        self._indices: dict[str, int] = {}
        self._shown_pools: set[str] = set()
        self._latest = -1
        for fact in lasting(facts):
            self._latest = max(self._latest, instant(fact["at"]))
            self._tell(fact)

    def _tell(self, fact: Fact) -> None:
        before = {loan: self._booked(fact["pool"], loan) for loan in loans_named(fact)}
        self._keep(fact)
        for loan, booked in before.items():
            known = self._loan(fact["pool"], loan)
            if fact["type"] == "interest-allocated" or self._booked(fact["pool"], loan) != booked:
                known["index"] = self._indices.get(fact["pool"])

    def _booked(self, pool: str, loan: str) -> tuple[int, int]:
        return self.accounts.booked(pool, loan, "principal"), self.accounts.booked(pool, loan, "interest")

    def _keep(self, fact: Fact) -> None:
        if fact["type"] == "pool-opened":
            self._shown_pools.add(fact["pool"])
        elif fact["type"] == "fund-opened":
            self._fund(fact["fund"])
        elif fact["type"] not in WITHOUT_AMOUNTS:
            getattr(self, "_" + fact["type"].replace("-", "_"))(fact)

    # The reports.

    def lenders(self) -> list[Row]:
        """The report `lenders`."""
        return [self._lender_row(key) for key in sorted(self._lenders)]

    def _lender_row(self, key: Key) -> Row:
        pool, tranche, lender = key
        columns, balance = self._lenders[key], self.accounts.worth(key)
        gained = columns["deposited"] - columns["withdrawn"] + columns["transferred"] + columns["recoveries"]
        lost = columns["losses"] + columns["covered"]
        return {
            "pool": pool,
            "tranche": tranche,
            "lender": lender,
            "asset": self.accounts.asset(pool),
            "shares": self.accounts.shares(key),
            "balance": balance,
            **columns,
            "earned": balance - gained + lost,
        }

    def funds(self) -> list[Row]:
        """The report `funds`."""
        assets = self.accounts.fund_assets
        return [
            {
                "fund": fund,
                "asset": assets[fund],
                "balance": self.accounts.balance(f"assets:{fund}:cash", assets[fund]),
                **columns,
            }
            for fund, columns in sorted(self._funds.items())
        ]

    def deficits(self, as_of: str | None = None) -> list[Row]:
        """The report `deficits`, aged to a time, else to the latest one."""
        aged_to = self._latest if as_of is None else instant(as_of)
        rows = [self._case_row(case, columns, aged_to) for case, columns in self._cases.items()]
        return sorted(rows, key=lambda row: (row["pool"], row["loan"], row["case"]))

    def _case_row(self, case: str, columns: dict[str, Any], aged_to: int) -> Row:
        removed = columns["proceeds"] - columns["costs"] - columns["other"] + columns["guaranteed"]
        removed += columns["repaid"] + columns["transferred"] + columns["cured"] + columns["recognized"]
        in_default = columns["exposure"] + columns["added"] + columns["adjusted_in_default"] - removed
        asset = self.accounts.asset(columns["pool"])
        still_open = self.accounts.balance(f"assets:{columns['pool']}:deficit:{case}", asset)
        days = (aged_to - instant(columns["opened_at"])) // DAY
        return {
            "case": case,
            "asset": asset,
            **columns,
            "restored": columns["restored"] + self._capped(case, columns["reserve"]),
            "in_default": in_default,
            "open": still_open,
            "age_days": days if in_default or still_open else None,
        }

    def _capped(self, case: str, reserve: int) -> int:
        """What the reserve and whole tranches got back: no more than they bore."""
        bore = {taker: amount for (of, taker), amount in self._written_down.items() if of == case} | {"": reserve}
        return sum(min(amount, bore.get(taker, 0)) for (of, taker), amount in self._given_back.items() if of == case)

    def loans(self) -> list[Row]:
        """The report `loans`."""
        return [self._loan_row(pool, loan) for pool, loan in sorted(self._loans)]

    def _loan_row(self, pool: str, loan: str) -> Row:
        known, accounts = self._loans[pool, loan], self.accounts
        pooled = accounts.is_pooled(pool)
        principal, interest = (accounts.booked(pool, loan, part) for part in ("principal", "interest"))
        owes = accounts.debt_shares(pool, loan) if pooled else principal or interest
        collateral = {held: accounts.balance(f"assets:{pool}:collateral:{loan}", held) for held in known["collateral"]}
        settled = "closed" if known["closed"] else "repaid" if known["owed"] else "undrawn"
        return {
            "pool": pool,
            "loan": loan,
            "borrower": known["borrower"],
            "asset": accounts.asset(pool),
            "status": "in-default" if known["case"] else "performing" if owes else settled,
            "principal": None if pooled else principal,
            "interest": None if pooled else interest,
            "debt": accounts.pooled_debt(pool, loan) if pooled else self._grown(pool, known, principal + interest),
            "collateral": dict(sorted(collateral.items())),
        }

    def _grown(self, pool: str, known: dict[str, Any], booked: int) -> int:
        """What is booked, grown as the pool's index since; the first index that is known is no growth yet."""
        then: int | None = known["index"]
        now = self._indices.get(pool)
        if not then or now is None:
            return booked
        down = amount_of(self.accounts.pools[pool], "rate_scale")
        return booked * now // then if down else -(-booked * now // then)

    def pools(self) -> list[Row]:
        """The report `pools`."""
        return [self._pool_row(pool) for pool in sorted(self._shown_pools)]

    def _pool_row(self, pool: str) -> Row:
        accounts = self.accounts
        tranches, loans = accounts.tranches(pool), f"assets:{pool}:loans"
        control = accounts.balance(loans, accounts.asset(pool))
        unallocated = accounts.balance(f"assets:{pool}:interest", accounts.asset(pool))
        return {
            "pool": pool,
            "asset": accounts.asset(pool),
            "cash": accounts.under(f"assets:{pool}:cash", pool),
            "loans": accounts.under(f"{loans}:", pool, ending=":principal") + control,
            "interest": accounts.under(f"{loans}:", pool, ending=":interest") + unallocated,
            "defaulted": accounts.under(f"assets:{pool}:defaulted:", pool),
            "deficit": accounts.under(f"assets:{pool}:deficit:", pool),
            "allowance": -accounts.under(f"assets:{pool}:allowance:", pool),
            "claims": {tranche: accounts.claims(pool, tranche) for tranche in tranches},
            "reserve": -accounts.under(f"equity:{pool}:reserve", pool),
            "rounding": -accounts.under(f"equity:{pool}:rounding", pool),
            "surplus": -accounts.under(f"liabilities:{pool}:surplus:", pool),
            "recoveries": -accounts.under(f"liabilities:{pool}:recoveries:", pool),
            "restitution": -accounts.under(f"liabilities:{pool}:restitution:", pool),
            "unrealized": accounts.under(f"equity:{pool}:unrealized", pool),
            "share_price": {tranche: accounts.share_price(pool, tranche) for tranche in tranches},
        }

    def trial_balance(self) -> list[Row]:
        """The report `trial-balance`."""
        return [
            {"account": account, "commodity": commodity, "debit": max(amount, 0), "credit": max(-amount, 0)}
            for (account, commodity), amount in sorted(self.accounts.balances.items())
        ]

    # What is kept.

    def _fund(self, fund: str) -> dict[str, int]:
        return self._funds.setdefault(fund, dict.fromkeys(FUND_COLUMNS, 0))

    def _lender(self, fact: Fact, role: str = "lender") -> dict[str, int]:
        key = (fact["pool"], fact.get("tranche", "lenders"), fact[role])
        return self._lenders.setdefault(key, dict.fromkeys(LENDER_COLUMNS, 0))

    def _loan(self, pool: str, loan: str) -> dict[str, Any]:
        new: dict[str, Any] = {"borrower": "", "case": None, "closed": False, "owed": False, "index": None}
        return self._loans.setdefault((pool, loan), new | {"collateral": set()})

    def _owe(self, pool: str, loan: str, *amounts: int) -> None:
        """Note that a loan owes more; what its last case left is then past."""
        known = self._loan(pool, loan)
        if any(amounts):
            known["owed"], known["closed"] = True, False

    def _add_to_case(self, fact: Fact, **columns: int) -> None:
        """Add to the columns of the case that a fact names, if it names one, and one whose default is known."""
        for column, amount in columns.items():
            if fact.get("case") in self._cases:
                self._cases[fact["case"]][column] += amount

    def _post(self, fact: Fact, debit: str, credit: str, amount: int) -> None:
        """Post an amount in the asset of the fact's pool."""
        self.accounts.move(self.accounts.asset(fact["pool"]), debit, credit, amount)

    def _register(self, fact: Fact, shares: int, role: str = "lender", tranche: str | None = None) -> None:
        """Issue shares to a lender; negative, burn them."""
        register = f"{fact['pool']}:{tranche or fact.get('tranche', 'lenders')}"
        holder, issued = f"register:{register}:{fact[role]}", f"register:{register}"
        self.accounts.move(f"shares:{register}", holder, issued, shares)

    def _register_debt(self, pool: str, loan: str, shares: int) -> None:
        """Issue debt shares to a loan; negative, burn them."""
        self.accounts.move(f"debt:{pool}", f"register:{pool}:debt:{loan}", f"register:{pool}:debt", shares)

    def _pay(self, fact: Fact, debit: str, amount: int) -> None:
        """The pool pays: in cash, or in shares of a lender, as if that one had deposited as much."""
        if "lender" in fact:
            self._lender(fact)["deposited"] += amount
            self._register(fact, amount_of(fact, "shares"))
        self._post(fact, debit, purse(fact), amount)

    def _receive(self, fact: Fact, credited: dict[str, int]) -> None:
        """The pool is paid: in cash, or from a lender's claims, as if that one had withdrawn as much."""
        if "lender" in fact:
            self._lender(fact)["withdrawn"] += sum(credited.values())
            self._register(fact, -amount_of(fact, "shares"))
        for account, amount in credited.items():
            self._post(fact, purse(fact), account, amount)

    def _receive_on_loan(self, fact: Fact) -> None:
        """The parts of a payment on a loan."""
        pool, loan, account = fact["pool"], fact["loan"], self.accounts.debt_account
        self._register_debt(pool, loan, -amount_of(fact, "debt_shares"))
        credited: dict[str, int] = defaultdict(int)
        for taker, part in (
            (account(fact, "principal"), "principal"),
            (account(fact, "interest"), "interest"),
            (f"equity:{pool}:reserve", "penalty"),
            (f"liabilities:{pool}:recoveries:{fact.get('case')}", "recovery"),
            (f"liabilities:{pool}:surplus:{loan}", "surplus"),
            (f"equity:{pool}:rounding", "rounding"),
        ):
            credited[taker] += amount_of(fact, part)
        self._receive(fact, credited)

    # Lending.

    def _deposited(self, fact: Fact) -> None:
        self._lender(fact)["deposited"] += amount_of(fact, "assets")
        self._register(fact, amount_of(fact, "shares"))
        self._post(fact, f"assets:{fact['pool']}:cash", purse(fact), amount_of(fact, "assets"))

    def _withdrawn(self, fact: Fact) -> None:
        self._lender(fact)["withdrawn"] += amount_of(fact, "assets")
        self._register(fact, -amount_of(fact, "shares"))
        self._post(fact, purse(fact), f"assets:{fact['pool']}:cash", amount_of(fact, "assets"))

    def _shares_transferred(self, fact: Fact) -> None:
        pool, tranche, shares = fact["pool"], fact.get("tranche", "lenders"), amount_of(fact, "shares")
        value = self.accounts.worth((pool, tranche, fact["sender"]), shares)
        self._lender(fact, "sender")["transferred"] -= value
        self._lender(fact, "receiver")["transferred"] += value
        register = f"register:{pool}:{tranche}"
        receiver, sender = f"{register}:{fact['receiver']}", f"{register}:{fact['sender']}"
        self.accounts.move(f"shares:{pool}:{tranche}", receiver, sender, shares)

    def _loan_originated(self, fact: Fact) -> None:
        self._loan(fact["pool"], fact["loan"])["borrower"] = fact["borrower"]
        self._loan_drawn(fact)

    def _loan_drawn(self, fact: Fact) -> None:
        principal, debt_shares = amount_of(fact, "principal"), amount_of(fact, "debt_shares")
        self._owe(fact["pool"], fact["loan"], principal, debt_shares)
        self._register_debt(fact["pool"], fact["loan"], debt_shares)
        self._pay(fact, self.accounts.debt_account(fact, "principal"), principal)
        self._add_to_case(fact, added=principal)

    def _interest_accrued(self, fact: Fact) -> None:
        pool, interest, reserve = fact["pool"], amount_of(fact, "interest"), amount_of(fact, "reserve")
        if "loan" in fact:
            self._owe(pool, fact["loan"], interest)
            due = self.accounts.debt_account(fact, "interest")
        else:
            due = f"assets:{pool}:{'loans' if self.accounts.is_pooled(pool) else 'interest'}"
        if "fee_recipient" in fact:
            self._lender({"pool": pool, "lender": fact["fee_recipient"]})
            self._register(fact, amount_of(fact, "fee_shares"), role="fee_recipient", tranche="lenders")
        self._post(fact, due, f"equity:{pool}:reserve", reserve)
        for part in fact.get("allocation") or [{"tranche": "lenders", "amount": str(interest - reserve)}]:
            self._post(fact, due, f"liabilities:{pool}:claims:{part['tranche']}", int(part["amount"]))
        if "index" in fact:
            self._learn(pool, int(fact["index"]))
        self._add_to_case(fact, added=interest)

    def _learn(self, pool: str, index: int) -> None:
        """A pool has an index from now on; its loans that no index was known for have grown by none so far."""
        if pool not in self._indices:
            for (of, _), known in self._loans.items():
                if of == pool:
                    known["index"] = index
        self._indices[pool] = index

    def _interest_allocated(self, fact: Fact) -> None:
        interest = amount_of(fact, "interest")
        self._owe(fact["pool"], fact["loan"], interest)
        self._post(fact, self.accounts.debt_account(fact, "interest"), f"assets:{fact['pool']}:interest", interest)
        self._add_to_case(fact, added=interest)

    def _repaid(self, fact: Fact) -> None:
        self._receive_on_loan(fact)
        self._add_to_case(fact, repaid=amount_of(fact, "principal") + amount_of(fact, "interest"))

    def _debt_transferred(self, fact: Fact) -> None:
        pool, sender, receiver = fact["pool"], fact["sender"], fact["receiver"]
        amounts = {part: amount_of(fact, part) for part in ("principal", "interest")}
        debt_shares = amount_of(fact, "debt_shares")
        self._owe(pool, receiver, debt_shares, *amounts.values())
        debtor = f"register:{pool}:debt"
        self.accounts.move(f"debt:{pool}", f"{debtor}:{receiver}", f"{debtor}:{sender}", debt_shares)
        for part, amount in amounts.items() if not self.accounts.is_pooled(pool) else ():
            taken_over = self.accounts.debt_account({"pool": pool}, part, receiver)
            self._post(fact, taken_over, self.accounts.debt_account(fact, part, sender), amount)
        self._add_to_case(fact, transferred=sum(amounts.values()))

    def _collateral_posted(self, fact: Fact) -> None:
        self._hold(fact, amount_of(fact, "quantity"))

    def _collateral_released(self, fact: Fact) -> None:
        self._hold(fact, -amount_of(fact, "quantity"))

    def _hold(self, fact: Fact, quantity: int) -> None:
        self._loan(fact["pool"], fact["loan"])["collateral"].add(fact["asset"])
        account = f"{fact['pool']}:collateral:{fact['loan']}"
        self.accounts.move(fact["asset"], f"assets:{account}", f"liabilities:{account}", quantity)

    def _income_received(self, fact: Fact) -> None:
        pool, to = fact["pool"], fact["to"]
        credited = f"equity:{pool}:reserve" if to == "reserve" else f"liabilities:{pool}:claims:{to}"
        self._post(fact, f"assets:{pool}:cash", credited, amount_of(fact, "amount"))

    def _reserve_contributed(self, fact: Fact) -> None:
        self._receive(fact, {f"equity:{fact['pool']}:reserve": amount_of(fact, "amount")})

    def _reserve_withdrawn(self, fact: Fact) -> None:
        self._pay(fact, f"equity:{fact['pool']}:reserve", amount_of(fact, "amount"))

    # Default and sale.

    def _loan_defaulted(self, fact: Fact) -> None:
        principal, interest = amount_of(fact, "principal"), amount_of(fact, "interest")
        self._loan(fact["pool"], fact["loan"])["case"] = fact["case"]
        named = {"pool": fact["pool"], "loan": fact["loan"], "opened_at": fact["at"]}
        self._cases[fact["case"]] = named | dict.fromkeys(CASE_COLUMNS, 0) | {"exposure": principal + interest}
        self._set_apart(fact, principal, interest)

    def _set_apart(self, fact: Fact, principal: int, interest: int) -> None:
        """Move what a loan owes from performing to in default; negative, back. Of a pooled loan nothing is kept so."""
        pool = fact["pool"]
        for part, amount in (("principal", principal), ("interest", interest)):
            of = f"{fact['loan']}:{part}"
            if not self.accounts.is_pooled(pool):
                self._post(fact, f"assets:{pool}:defaulted:{of}", f"assets:{pool}:loans:{of}", amount)

    def _allowance_changed(self, fact: Fact) -> None:
        pool, more = fact["pool"], amount_of(fact, "increase") - amount_of(fact, "decrease")
        self._post(fact, f"equity:{pool}:unrealized", f"assets:{pool}:allowance:{fact['loan']}", more)

    def _cost_advanced(self, fact: Fact) -> None:
        amount = amount_of(fact, "amount")
        self._owe(fact["pool"], fact["loan"], amount)
        self._pay(fact, self.accounts.debt_account(fact, "principal"), amount)
        self._add_to_case(fact, added=amount)

    def _collateral_sold(self, fact: Fact) -> None:
        self._hold(fact, -amount_of(fact, "quantity"))
        self._receive_on_loan(fact)
        other = sum(amount_of(fact, part) for part in ("penalty", "recovery", "surplus", "rounding"))
        self._add_to_case(fact, proceeds=amount_of(fact, "proceeds"), costs=amount_of(fact, "costs"), other=other)

    def _guarantee_paid(self, fact: Fact) -> None:
        self._receive_on_loan(fact)
        guaranteed = amount_of(fact, "principal") + amount_of(fact, "interest")
        costs, other = amount_of(fact, "costs"), amount_of(fact, "recovery") + amount_of(fact, "surplus")
        self._add_to_case(fact, guaranteed=guaranteed, proceeds=costs + other, costs=costs, other=other)

    def _surplus_returned(self, fact: Fact) -> None:
        pool = fact["pool"]
        self._post(fact, f"liabilities:{pool}:surplus:{fact['loan']}", f"assets:{pool}:cash", amount_of(fact, "amount"))

    def _loan_cured(self, fact: Fact) -> None:
        principal, interest = amount_of(fact, "principal"), amount_of(fact, "interest")
        self._end(fact)
        self._set_apart(fact, -principal, -interest)
        self._add_to_case(fact, cured=principal + interest)

    def _end(self, fact: Fact) -> None:
        """End a case: the loan is no longer in default, unless it is under another case by now."""
        loan = self._loan(fact["pool"], fact["loan"])
        if loan["case"] == fact["case"]:
            loan["case"] = None

    # Shortfall and waterfall.

    def _shortfall_recognized(self, fact: Fact) -> None:
        pool, recognized = fact["pool"], 0
        self._register_debt(pool, fact["loan"], -amount_of(fact, "debt_shares"))
        for part in ("principal", "interest"):
            amount = amount_of(fact, part)
            self._post(fact, f"assets:{pool}:deficit:{fact['case']}", self.accounts.debt_account(fact, part), amount)
            recognized += amount
        self._add_to_case(fact, recognized=recognized)

    def _fund_drawn(self, fact: Fact) -> None:
        fund, amount = fact["fund"], amount_of(fact, "amount")
        paid = int(fact.get("paid", amount))
        self._fund(fund)["drawn"] += paid
        self.accounts.move(self.accounts.fund_assets[fund], f"equity:{fund}:fund", f"assets:{fund}:cash", paid)
        self._bear_from_purse(fact, amount)
        self._add_to_case(fact, fund=amount)

    def _reserve_drawn(self, fact: Fact) -> None:
        amount = amount_of(fact, "amount")
        self._bear(fact, f"equity:{fact['pool']}:reserve", amount)
        self._add_to_case(fact, reserve=amount)

    def _deficit_covered(self, fact: Fact) -> None:
        amount = amount_of(fact, "amount")
        self._bear_from_purse(fact, amount)
        self._losses[fact["id"]] = fact.get("tranche", "lenders"), {fact["lender"]: amount}
        self._add_to_case(fact, covered=amount)

    def _deficit_recapitalized(self, fact: Fact) -> None:
        amount = amount_of(fact, "amount")
        self._bear_from_purse(fact, amount)
        self._losses[fact["id"]] = fact.get("tranche", "lenders"), {fact["investor"]: amount}
        self._add_to_case(fact, recapitalized=amount)

    def _bear_from_purse(self, fact: Fact, amount: int) -> None:
        """A deficit is borne, in cash or from a lender's claims."""
        if "lender" in fact:
            self._lender(fact)["covered"] += amount
            self._register(fact, -amount_of(fact, "shares"))
        self._bear(fact, purse(fact), amount)

    def _bear(self, fact: Fact, source: str, amount: int) -> None:
        self._post(fact, source, f"assets:{fact['pool']}:deficit:{fact['case']}", amount)

    def _debt_redistributed(self, fact: Fact) -> None:
        pool = fact["pool"]
        for part in fact["parts"]:
            principal, debt_shares = int(part["principal"]), amount_of(part, "debt_shares")
            self._owe(pool, part["loan"], principal, debt_shares)
            self._register_debt(pool, part["loan"], debt_shares)
            self._bear(fact, self.accounts.debt_account({"pool": pool}, "principal", part["loan"]), principal)
            self._add_to_case(fact, redistributed=principal)

    def _bad_debt_socialized(self, fact: Fact) -> None:
        pool, tranche, amount = fact["pool"], fact["tranche"], amount_of(fact, "amount")
        shares = self.accounts.holders(pool, tranche)
        self._losses[fact["id"]] = tranche, split(amount, shares) if sum(shares.values()) else {}
        self._written_down[fact["case"], tranche] += amount
        self._whole.add(fact["id"])
        for lender, fallen in self._fallen(fact, tranche, amount):
            lender["losses"] += fallen
        self._add_to_case(fact, **{"socialized" if tranche == "lenders" else "tranches": amount})

    def _fallen(self, fact: Fact, tranche: str, amount: int) -> Iterator[tuple[dict[str, int], int]]:
        """Charge a deficit to the claims of a tranche: its lenders, and by how much the balance of each fell."""
        bearers = [key for key in self._lenders if key[:2] == (fact["pool"], tranche)]
        before = {key: self.accounts.worth(key) for key in bearers}
        self._bear(fact, f"liabilities:{fact['pool']}:claims:{tranche}", amount)
        yield from ((self._lenders[key], before[key] - self.accounts.worth(key)) for key in bearers)

    def _case_closed(self, fact: Fact) -> None:
        loan = self._loan(fact["pool"], fact["loan"])
        loan["closed"] = loan["closed"] or loan["case"] == fact["case"]
        self._end(fact)

    # The fund.

    def _fund_contributed(self, fact: Fact) -> None:
        self._fund(fact["fund"])["contributed"] += amount_of(fact, "amount")
        self._add_to_fund(fact, amount_of(fact, "amount"), amount_of(fact, "shares"))

    def _fund_withdrawn(self, fact: Fact) -> None:
        self._fund(fact["fund"])["withdrawn"] += amount_of(fact, "amount")
        self._add_to_fund(fact, -amount_of(fact, "amount"), -amount_of(fact, "shares"))

    def _add_to_fund(self, fact: Fact, amount: int, shares: int) -> None:
        fund = fact["fund"]
        holder, issued = f"register:{fund}:{fact['contributor']}", f"register:{fund}"
        self.accounts.move(f"shares:{fund}", holder, issued, shares)
        self.accounts.move(self.accounts.fund_assets[fund], f"assets:{fund}:cash", f"equity:{fund}:fund", amount)

    # After the loss.

    def _recovery_received(self, fact: Fact) -> None:
        recoveries, net = f"liabilities:{fact['pool']}:recoveries:{fact['case']}", amount_of(fact, "costs")
        self._post(fact, f"assets:{fact['pool']}:cash", recoveries, amount_of(fact, "amount") - net)

    def _recovery_allocated(self, fact: Fact) -> None:
        for part in fact["parts"]:
            amount = int(part["amount"])
            getattr(self, f"_recover_to_{part['to']}")(fact, part, amount)
            if part["to"] == "deficit":
                self._add_to_case(fact, recovered=amount)
            elif part["to"] != "borrower":
                self._give_back(fact, part, amount)

    def _give_back(self, fact: Fact, part: Fact, amount: int) -> None:
        """A fund or a single holder gets back what it bore; the reserve and whole tranches may get more."""
        basis = part.get("basis")
        of_tranche = self._losses.get(basis, ("", {}))[0] if basis in self._whole else part.get("name", "lenders")
        if part["to"] == "reserve":
            self._given_back[fact["case"], ""] += amount
        elif part["to"] == "tranche" or basis in self._whole:
            self._given_back[fact["case"], of_tranche] += amount
        else:
            self._add_to_case(fact, restored=amount)

    def _recover(self, fact: Fact, credited: str, amount: int) -> None:
        self._post(fact, f"liabilities:{fact['pool']}:recoveries:{fact['case']}", credited, amount)

    def _recover_to_deficit(self, fact: Fact, _: Fact, amount: int) -> None:
        self._recover(fact, f"assets:{fact['pool']}:deficit:{fact['case']}", amount)

    def _recover_to_fund(self, fact: Fact, part: Fact, amount: int) -> None:
        fund = part["name"]
        self._fund(fund)["reimbursed"] += amount
        self._recover(fact, f"assets:{fact['pool']}:cash", amount)
        self.accounts.move(self.accounts.fund_assets[fund], f"assets:{fund}:cash", f"equity:{fund}:fund", amount)

    def _recover_to_reserve(self, fact: Fact, _: Fact, amount: int) -> None:
        self._recover(fact, f"equity:{fact['pool']}:reserve", amount)

    def _recover_to_tranche(self, fact: Fact, part: Fact, amount: int) -> None:
        pool, tranche = fact["pool"], part.get("name", "lenders")
        holders = [key for key in self._lenders if key[:2] == (pool, tranche)]
        before = {key: self.accounts.worth(key) for key in holders}
        self._recover(fact, f"liabilities:{pool}:claims:{tranche}", amount)
        for key in holders:
            self._lenders[key]["recoveries"] += self.accounts.worth(key) - before[key]

    def _recover_to_bearers(self, fact: Fact, part: Fact, amount: int) -> None:
        self._recover(fact, f"liabilities:{fact['pool']}:restitution:{fact['case']}", amount)
        tranche, left = self._losses.get(part["basis"], ("", {}))
        for holder, due in split(amount, left).items() if sum(left.values()) else ():
            left[holder] -= due
            self.due[fact["case"], tranche, holder] += due

    def _recover_to_borrower(self, fact: Fact, part: Fact, amount: int) -> None:
        self._recover(fact, f"liabilities:{fact['pool']}:surplus:{part['name']}", amount)

    def _restitution_paid(self, fact: Fact) -> None:
        pool, case, amount = fact["pool"], fact["case"], amount_of(fact, "amount")
        self._lender(fact, "holder")["restitution"] += amount
        self.restored[case, fact.get("tranche", "lenders"), fact["holder"]] += amount
        self._post(fact, f"liabilities:{pool}:restitution:{case}", f"assets:{pool}:cash", amount)

    # Control.

    def _adjustment_posted(self, fact: Fact) -> None:
        for line in fact["postings"]:
            amount = int(line["amount"])
            self.accounts.balances[line["account"], line["commodity"]] += amount
            if "fund" in fact:
                self._fund(fact["fund"])["adjusted"] += amount if line["account"].endswith(":cash") else 0
            else:
                self._adjust(fact["pool"], line, amount)

    def _adjust(self, pool: str, line: Fact, amount: int) -> None:
        """What an adjustment of an account means to the lender, loan or case that it is of."""
        kind, _, name, *of = line["account"].split(":")
        if kind == "register" and name != "debt":
            if of:
                self._lender({"pool": pool, "tranche": name, "lender": of[0]})
        elif name in ("loans", "defaulted", "debt") and of:
            self._owe(pool, of[0], amount)
            if name != "debt":
                self._loan(pool, of[0])["index"] = self._indices.get(pool)
            if name == "defaulted":
                self._add_to_case({"case": self._loan(pool, of[0])["case"]}, adjusted_in_default=amount)
        elif name in ("collateral", "surplus", "allowance"):
            known = self._loan(pool, of[0])
            if name == "collateral" and kind == "assets":
                known["collateral"].add(line["commodity"])
        elif name == "deficit":
            self._add_to_case({"case": of[0]}, adjusted_open=amount)


def loans_named(fact: Fact) -> Iterator[str]:
    """The loans that a fact is an entry of: its own, the sender's and receiver's of debt, those that take debt over."""
    if "loan" in fact:
        yield fact["loan"]
    if fact["type"] == "debt-transferred":
        yield from (fact["sender"], fact["receiver"])
    if fact["type"] == "debt-redistributed":
        yield from (part["loan"] for part in fact["parts"])
