"""A tree of amounts for people: amounts of the same parent under each other, exact, and behind each what it is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TextIO

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from cli.amounts import aligned, printable, width_of
from ledger.accounts import Charters
from ledger.values import AssetId
from projections.explain.tree import Node

_PIPE_WIDTH: Final = 120
"""The width of a tree that is not printed on a terminal, unless it needs more."""

_DRAWN_MAX: Final = 1_000
"""Up to so many lines a tree is drawn, with long text wrapped; a longer one is written line by line, much faster."""

_GUIDE: Final = 4
"""How many places a level is set in."""


class _Line(NamedTuple):
    """A node as it is shown: its number and what it is, which are never broken, and what is told behind."""

    node: Node
    said: str
    told: str
    below: list["_Line"]


def print_tree(node: Node, charters: Charters, out: TextIO) -> None:
    """Print a tree: exact, whatever the width of the terminal."""
    (line,) = _lines([node], "", charters)
    if _count(line) > _DRAWN_MAX:
        out.writelines(_written(line, "", ""))
        return
    console = Console(file=out, width=None if out.isatty() else _PIPE_WIDTH, highlight=False, emoji=False)
    console.width = max(console.width, _least_width(line, 0))
    console.print(_drawn(line))


def _lines(nodes: Sequence[Node], above: str, charters: Charters, before: str = "") -> list[_Line]:
    """Nodes of one parent, whose commodity is told where it is another than the one above."""
    decimals = [charters.assets.get(AssetId(node.commodity), 0) for node in nodes]
    amounts = aligned([(node.amount, places) for node, places in zip(nodes, decimals, strict=True)])
    width = max(map(width_of, amounts), default=0)
    return [
        _Line(
            node,
            f"{before}{amount.rjust(width)} {'' if node.commodity == above else f'{_unit(node.commodity)} '} "
            f"{printable(node.what)}",
            _told(node),
            [
                *_lines(node.parts, node.commodity, charters),
                *_lines(node.because, node.commodity, charters, "because "),
            ],
        )
        for node, amount in zip(nodes, amounts, strict=True)
    ]


def _unit(commodity: str) -> str:
    """What an amount counts; of shares not of which register, for that is said around them."""
    return "shares" if commodity.startswith("shares:") else printable(commodity)


def _told(node: Node) -> str:
    """Where it stands, why it was made, and what of it is not shown."""
    told = [f"position {node.mark.position}", node.mark.at] if node.mark.position else []
    told += [printable(node.cause)] if node.cause else []
    told += [f"{node.hidden:,} {'entry' if node.hidden == 1 else 'entries'}"] if node.hidden else []
    return ", ".join(told)


def _drawn(line: _Line) -> Tree:
    said = Text.assemble((line.said, "" if line.node.mark.position else "bold"), (_tail(line), "dim"))
    tree = Tree(said, guide_style="dim")
    tree.children = [_drawn(one) for one in line.below]
    return tree


def _written(line: _Line, first: str, further: str) -> Iterator[str]:
    yield f"{first}{line.said}{_tail(line)}\n"
    for number, one in enumerate(line.below, 1):
        last = number == len(line.below)
        yield from _written(one, f"{further}{'└── ' if last else '├── '}", f"{further}{'    ' if last else '│   '}")


def _tail(line: _Line) -> str:
    return f"  {line.told}" if line.told else ""


def _count(line: _Line) -> int:
    return 1 + sum(map(_count, line.below))


def _least_width(line: _Line, depth: int) -> int:
    """The width in which no amount is broken."""
    below: Iterable[int] = (_least_width(one, depth + 1) for one in line.below)
    return max([depth * _GUIDE + width_of(line.said), *below])
