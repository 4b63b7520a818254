"""The tree of a number: its parts, which sum to it to the unit, and beside them what explains it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from ledger.errors import BooksBroken
from ledger.values import Json
from projections.explain.causes import NO_ENTRY, Mark
from projections.rows import Units

Relation = Literal["root", "part", "because"]


class Node(NamedTuple):
    """An amount of a commodity, in base units, signed as it adds to the node above.

    `parts` sum to it exactly. `because` are trees of their own, whose amounts are not summed: why it is so. `mark` is
    the entry that it comes of, where it comes of one; `hidden` how many entries stand below it that are not shown.
    """

    what: str
    amount: Units
    commodity: str
    mark: Mark = NO_ENTRY
    cause: str = ""
    hidden: int = 0
    parts: tuple["Node", ...] = ()
    because: tuple["Node", ...] = ()


class NodeRow(NamedTuple):
    """A node with those below it: `parts` sum to its amount, `because` explain it.

    `amount` is in base units of `commodity`, signed as it adds to the node above. `position`, `type`, `id` and `at` are
    of the entry that it comes of, empty where it comes of several; `hidden` counts entries below that are left out.
    """

    what: str
    amount: Units
    commodity: str
    position: int | None
    type: str
    id: str
    at: str
    cause: str
    hidden: int
    parts: list[Json]
    because: list[Json]


class PathRow(NamedTuple):
    """The same without those below it: one row a node, each under the one whose path its own begins with.

    `relation` is `root`, `part` or `because`; in a path the number of a node that explains has a `b` before it.
    """

    path: str
    depth: int
    relation: str
    what: str
    amount: Units
    commodity: str
    position: int | None
    type: str
    id: str
    at: str
    cause: str
    hidden: int


def fact(what: str, amount: int, commodity: str, *, because: Iterable[Node] = (), cause: str = "") -> Node:
    """A node that is not made of others."""
    return Node(what, Units(amount), commodity, cause=cause, because=tuple(because))


def leaf(mark: Mark, amount: int, commodity: str, *, parts: Iterable[Node] = (), because: Iterable[Node] = ()) -> Node:
    """What one entry adds."""
    return checked(
        Node(mark.type, Units(amount), commodity, mark, mark.cause, parts=tuple(parts), because=tuple(because))
    )


def whole(
    what: str, commodity: str, parts: Iterable[Node], *, because: Iterable[Node] = (), amount: int | None = None
) -> Node:
    """A node that its parts sum to; where its amount is known otherwise, they must sum to that."""
    made_of = tuple(parts)
    known = sum(part.amount for part in made_of) if amount is None else amount
    if known and not made_of:
        raise BooksBroken(f"nothing is known of which {what} is made, {known} {commodity}")
    return checked(Node(what, Units(known), commodity, parts=made_of, because=tuple(because)))


def by(key: Callable[[Node], str], leaves: Iterable[Node], commodity: str) -> list[Node]:
    """Leaves of one key together, in order of their first. One that is alone of its key, and all of one, stay bare."""
    groups: dict[str, list[Node]] = {}
    for one in leaves:
        groups.setdefault(key(one), []).append(one)
    if len(groups) == 1:
        return next(iter(groups.values()))
    return [
        part
        for name, group in groups.items()
        for part in (group if len(group) == 1 else [whole(name, commodity, group)])
    ]


def checked(node: Node) -> Node:
    """A node whose parts sum to it. Raises `BooksBroken` where they do not."""
    if node.parts:
        total = sum(part.amount for part in node.parts)
        if total != node.amount or any(part.commodity != node.commodity for part in node.parts):
            raise BooksBroken(f"the parts of {node.what} sum to {total}, not to {node.amount} {node.commodity}")
    return node


def entries_below(node: Node) -> int:
    """How many entries a node comes of, by its parts."""
    return 1 if node.mark.position else node.hidden + sum(map(entries_below, node.parts))


def within(node: Node, depth: int | None) -> Node:
    """The tree down to a depth below its root; what is cut off is counted, and its amounts stay in the nodes above."""
    if depth is None:
        return node
    if depth == 0:
        hidden = 0 if node.mark.position else entries_below(node)
        return node._replace(parts=(), because=(), hidden=hidden)
    parts, because = (tuple(within(one, depth - 1) for one in below) for below in (node.parts, node.because))
    return checked(node._replace(parts=parts, because=because))


def folded(node: Node, most: int | None) -> Node:
    """The tree with at most so many parts of each node: the first ones, and the sum of the further ones in one node."""
    if most is None:
        return node
    parts, because = (tuple(folded(one, most) for one in below) for below in (_few(node, most), node.because))
    return checked(node._replace(parts=parts, because=because))


def _few(node: Node, most: int) -> Sequence[Node]:
    if len(node.parts) <= most:
        return node.parts
    kept, rest = node.parts[: most - 1], node.parts[most - 1 :]
    amount = Units(sum(part.amount for part in rest))
    return [*kept, Node("further", amount, node.commodity, hidden=sum(map(entries_below, rest)))]


def nested(node: Node) -> NodeRow:
    """A tree as one row, with those below it in it."""
    parts, because = ([_told(nested(one)) for one in below] for below in (node.parts, node.because))
    return NodeRow(*_own(node), parts=parts, because=because)


def _told(row: NodeRow) -> Json:
    return {**row._asdict(), "amount": str(row.amount)}


def paths(node: Node, path: str = "0", depth: int = 0, relation: Relation = "root") -> Iterator[PathRow]:
    """A tree as rows, each node before those below it: its parts, then what explains it."""
    yield PathRow(path, depth, relation, *_own(node))
    for number, part in enumerate(node.parts):
        yield from paths(part, f"{path}.{number}", depth + 1, "part")
    for number, reason in enumerate(node.because):
        yield from paths(reason, f"{path}.b{number}", depth + 1, "because")


def _own(node: Node) -> tuple[str, Units, str, int | None, str, str, str, str, int]:
    mark = node.mark
    return (
        *(node.what, node.amount, node.commodity),
        *(mark.position or None, mark.type, mark.id, mark.at, node.cause, node.hidden),
    )
