"""One `Stmt` of a document as it is read: which it is, its balances, its entries, and what it sums up itself."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from projections.reconciliation.items import Item, Money
from projections.reconciliation.sources.camt053_entries import Kept, entered
from projections.reconciliation.sources.camt053_totals import Counted, check_totals
from projections.reconciliation.sources.camt053_values import Reading
from projections.reconciliation.sources.camt053_xml import Node, Shape
from projections.reconciliation.sources.wanted import Wanted

OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = ("CLBD",)
_INTERIM: Final = "ITBD"
_CURRENCY_LENGTH, _DAY_LENGTH, _DIGITS_MAX = 3, 10, 18
_ONCE: Final = frozenset({"Id", "StmtPgntn", "ElctrncSeqNb", "LglSeqNb", "FrToDt", "Acct", "TxsSummry"})


class Balance(NamedTuple):
    """A balance that a statement states: its code, the signed amount, the day or instant, and where it stands.

    One that is `interim` stands between two pages of a statement.
    """

    code: str
    amount: Money
    at: str
    node: Node
    interim: bool


class Stated:
    """A statement, or a page of one, as far as it was read."""

    def __init__(self, number: int, wanted: Wanted, reading: Reading) -> None:
        self.number = number
        self.line = 0
        self.id = ""
        self.page: int | None = None
        self.last = True
        self.sequence: int | None = None
        self.since = ""
        self.until = ""
        self.first_day = ""
        self.account = ""
        self.currency = ""
        self.items: list[Item] = []
        self.counted = Counted()
        self.is_whole = True
        """Whether all of its balances and entries could be read."""
        self.opening: Balance | None = None
        self.closing: Balance | None = None
        self._balances: list[Balance] = []
        self._summary: Node | None = None
        self._seen: set[str] = set()
        self._wanted = wanted
        self._reading = reading

    @property
    def is_wanted(self) -> bool:
        """Whether it is of the account and the currency that were asked for.

        An asset that is not named as currencies are, by three capital letters, may be what the file calls by another.
        """
        account, commodity = self._wanted.account, self._wanted.commodity
        same = account is None or plain(account) == plain(self.account)
        return same and (self.currency == commodity or not _is_currency(commodity))

    def take(self, node: Node) -> None:
        """Reads one part of it."""
        if node.name in self._seen:
            self._reading.flaws.append(node.flaw("stands twice in one statement"))
        if node.name in _ONCE:
            self._seen.add(node.name)
        match node.name:
            case "Id":
                self.id = node.text
            case "StmtPgntn":
                self.page = self._reading.count(node, "PgNb")
                self.last = self._reading.truth(node, "LastPgInd")
            case "ElctrncSeqNb":
                self.sequence = _counted(node)
            case "LglSeqNb" if self.sequence is None:
                self.sequence = _counted(node)
            case "FrToDt":
                self.since, self.until = self._reading.when(node, "FrDtTm"), self._reading.when(node, "ToDtTm")
            case "Acct":
                self.account = node.said("Id/IBAN", "Id/Othr/Id")
                self.currency = node.said("Ccy")
            case "Bal" | "Ntry" | "TxsSummry":
                self._take_amounts(node)
            case _:
                pass

    def _take_amounts(self, node: Node) -> None:
        if "Acct" not in self._seen:
            self._seen.add("Acct")
            self._reading.flaws.append(node.flaw("stands before the account (Acct) that it is of"))
        amount = node.one("Amt")
        self.currency = self.currency or (amount.currency if amount is not None else "")
        if not self.is_wanted:
            return
        match node.name:
            case "Bal":
                self._take_balance(node)
            case "TxsSummry":
                self._summary = node
            case _:
                self._take_entry(node)

    def _take_balance(self, node: Node) -> None:
        """A balance that is booked: what is available, expected or with a credit line is none of the account's own."""
        code = node.said("Tp/CdOrPrtry/Cd")
        credit_lines = any(self._reading.truth(line, "Incl") for line in node.all("CdtLine"))
        if code not in {*OPENING, *CLOSING, _INTERIM} or credit_lines:
            return
        self._reading.alone(node, ("Amt", "CdtDbtInd", "Dt", "Tp"))
        amount, at = self._reading.signed(node, self.currency), self._reading.when(node, "Dt")
        interim = code == _INTERIM or node.said("Tp/SubTp/Cd") == "INTM"
        if amount is None:
            self.is_whole = False
        else:
            self._balances.append(Balance(code, amount, at, node, interim))

    def _take_entry(self, node: Node) -> None:
        kept = Kept(self.account, self.currency, self._wanted.commodity)
        if (entry := entered(node, kept, self._reading)) is None:
            self.is_whole = False
        else:
            self.items.extend(entry.items)
            self.counted.add(entry.amount, booked=entry.booked)
            if entry.booked:
                self.first_day = min(self.first_day or entry.day, entry.day)

    def finish(self) -> None:
        """Settles what it opens and closes with, and tells what it says of itself and is not so."""
        if not self.id:
            self._reading.flaws.append(self.node().flaw("a statement without an Id"))
        if not self.account:
            self._reading.flaws.append(self.node().flaw("an account without an identification (IBAN or Othr/Id)"))
        if self._summary is not None and self.is_whole:
            check_totals(self._summary, self.counted, self._reading)
        self.opening = self._opening()
        self.closing = self._closing()

    def node(self) -> Node:
        """The statement as an element, to tell its flaws."""
        return Node(Shape("Stmt", "Stmt"), self.line)

    def _opening(self) -> Balance | None:
        """The balance that it opens with: of a page that is not the first, an interim one."""
        whole = self._agreed(OPENING)
        if whole is not None:
            return whole
        return next((one for one in self._balances if one.interim and one.code != "CLBD"), None)

    def _closing(self) -> Balance | None:
        """The balance that it closes with: of a page that is not the last, an interim one."""
        whole = self._agreed(CLOSING)
        if whole is not None:
            return whole
        interim = [one for one in self._balances if one.interim and one.code != "OPBD"]
        return next((one for one in reversed(interim) if one is not self.opening), None)

    def _agreed(self, codes: tuple[str, ...]) -> Balance | None:
        found = [one for one in self._balances if one.code in codes and not one.interim]
        for other in found[1:]:
            if other.amount != found[0].amount:
                first = f"{found[0].code} at line {found[0].node.line}"
                message = f"{other.code} of {self._reading.told(other.amount)} and {first} are one balance"
                self._reading.flaws.append(other.node.flaw(message, self._reading.told(found[0].amount), within="Amt"))
        return found[0] if found else None

    def opened_at(self, opening: Balance, closed_at: str) -> str:
        """The end of what came before: of a day that it opens at the beginning of, the day before.

        A previously closed balance (PRCD) is of the end of its day; an opening one (OPBD) of the beginning of the
        period, which `FrToDt` says. Without that its day may be the first, or the last before: it is the last before
        where nothing was booked on it, so that its end and its beginning are one.
        """
        begins = self.since or opening.at
        is_before = not self.since and begins < min(self.first_day or closed_at, closed_at)[:_DAY_LENGTH]
        if opening.code == "PRCD" or is_before or len(begins) != _DAY_LENGTH:
            return opening.at if opening.code == "PRCD" and opening.at else begins
        return day_before(begins)

    def closed_at(self, closing: Balance) -> str:
        """The day or the instant of the closing balance, or of the end of the period."""
        return closing.at or self.until


def plain(account: str) -> str:
    """An account's identification as it is compared: an IBAN may be written in groups."""
    return account.replace(" ", "").upper()


def _is_currency(commodity: str) -> bool:
    return len(commodity) == _CURRENCY_LENGTH and commodity.isascii() and commodity.isalpha() and commodity.isupper()


def day_before(day: str) -> str:
    """The day before a day."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _counted(node: Node) -> int | None:
    return int(node.text) if node.text.isascii() and node.text.isdigit() and len(node.text) <= _DIGITS_MAX else None
