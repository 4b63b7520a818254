"""The control totals of a statement: what it sums up itself, held against its entries."""

from projections.reconciliation.items import Money
from projections.reconciliation.sources.camt053_values import Reading
from projections.reconciliation.sources.camt053_xml import Node


class Counted:
    """How many entries there are and what they come to: those that are booked, and all."""

    def __init__(self) -> None:
        self.booked: list[Money] = [0, 0]
        self.booked_number = [0, 0]
        self.all: list[Money] = [0, 0]
        self.all_number = [0, 0]

    def add(self, amount: Money, *, booked: bool) -> None:
        """Counts an entry, by its signed amount."""
        side = int(amount < 0)
        self.all[side] += abs(amount)
        self.all_number[side] += 1
        if booked:
            self.booked[side] += abs(amount)
            self.booked_number[side] += 1

    @property
    def net(self) -> Money:
        """What the booked entries change the balance by."""
        return self.booked[0] - self.booked[1]


def check_totals(summary: Node, counted: Counted, reading: Reading) -> None:
    """Tells each total of a summary that its entries do not come to: those that are booked, or all.

    Version 02 has the net amount and its direction beside the sum, later ones an element of their own for both.
    """
    for name, sides in (("TtlNtries", (0, 1)), ("TtlCdtNtries", (0,)), ("TtlDbtNtries", (1,))):
        if (total := summary.one(name)) is not None:
            sums, numbers = (counted.booked, counted.all), (counted.booked_number, counted.all_number)
            _check_number(total, [sum(of[side] for side in sides) for of in numbers], reading)
            _check_sum(total, [sum(of[side] for side in sides) for of in sums], reading)
            _check_net(total, counted, reading)


def _check_number(total: Node, numbers: list[int], reading: Reading) -> None:
    stated = reading.count(total, "NbOfNtries")
    if stated is not None and stated not in numbers:
        reading.flaws.append(total.flaw(f"{_either(numbers)} entries", str(stated), within="NbOfNtries"))


def _check_sum(total: Node, sums: list[Money], reading: Reading) -> None:
    node = total.one("Sum")
    if node is not None and (stated := reading.number(node)) is not None and stated not in sums:
        reading.flaws.append(node.flaw(f"entries that sum to {_either([*map(reading.told, sums)])}", node.text))


def _check_net(total: Node, counted: Counted, reading: Reading) -> None:
    nested = total.one("TtlNetNtry")
    owner, node = (total, total.one("TtlNetNtryAmt")) if nested is None else (nested, nested.one("Amt"))
    if node is None or (number := reading.number(node)) is None:
        return
    direction = reading.direction(owner, usual=0)
    nets = [counted.net, counted.all[0] - counted.all[1]]
    if direction is not None and number * direction not in nets and not (direction == 0 and number in map(abs, nets)):
        told = reading.told(number * (direction or 1))
        reading.flaws.append(node.flaw(f"entries that come to {_either([*map(reading.told, nets)])}", told))


def _either(values: list[int] | list[str]) -> str:
    """What it is of the booked entries, and of all, where that is another."""
    booked, every = values
    return f"{booked}" if booked == every else f"{booked} booked or {every} in all"
