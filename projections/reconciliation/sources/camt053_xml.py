"""The XML of a statement, read piece by piece: each part of it as a small tree that knows its line.

A hardened parser reads it. A document type, and with it every entity and every reference to another file, is refused.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import AskedAmiss, Malformed
from ledger.sources.flaws import shown

if TYPE_CHECKING:
    from pyexpat import XMLParserType

    from defusedxml.ElementTree import DefusedXMLParser

VERSIONS: Final = ("camt.053.001.02", "camt.053.001.08", "camt.053.001.14")
"""The messages that are read. What is used of them has the same meaning in all."""

_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
_OTHERS: Final = {"camt.052": "a report of the day", "camt.054": "a notification of single entries"}
_CHUNK: Final = 1 << 16
_DEPTH_MAX: Final = 64
_ROOT, _MESSAGE, _STATEMENT = 1, 2, 3
"""How deep these elements are."""


class Shape:
    """What all elements at one place of a document have in common: their name and their path."""

    __slots__ = ("inner", "name", "path")

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.inner: dict[str, Shape] = {}


_NOTHING: Final[dict[str, list["Node"]]] = {}


class Node:
    """An element: its line, the currency of an amount, its text, and the elements right in it by their names."""

    __slots__ = ("children", "currency", "line", "raw", "shape")

    def __init__(self, shape: Shape, line: int, currency: str = "") -> None:
        self.shape = shape
        self.line = line
        self.currency = currency
        self.raw = ""
        self.children = _NOTHING

    @property
    def name(self) -> str:
        """Its name without the namespace."""
        return self.shape.name

    @property
    def text(self) -> str:
        """Its text without the white space around it."""
        return self.raw.strip()

    def add(self, child: "Node") -> None:
        """Puts an element into it."""
        if not self.children:
            self.children = {child.shape.name: [child]}
        else:
            self.children.setdefault(child.shape.name, []).append(child)

    def all(self, name: str) -> list["Node"]:
        """The elements of a name right in it."""
        return self.children.get(name) or []

    def one(self, path: str) -> "Node | None":
        """The first element under a path of names, such as `Refs/EndToEndId`."""
        node = self
        for name in path.split("/"):
            if (found := node.children.get(name)) is None:
                return None
            node = found[0]
        return node

    def said(self, *paths: str) -> str:
        """The first text that is not empty under any of the paths, in their order."""
        for path in paths:
            if (node := self.one(path)) is not None and (text := node.text):
                return text
        return ""

    def flaw(self, message: str, value: str | None = None, within: str = "") -> Malformed:
        """What is wrong with it, or with what should be `within` it."""
        path = f"{self.shape.path}/{within}" if within else self.shape.path
        return Malformed(self.line, path, message, "" if value is None else shown(value))


class Part(NamedTuple):
    """A part of a document as it is read: what stands right in a statement, or the header of all.

    `statement` counts the statements from 1, and is 0 for the header. A statement that ends gives a part of its own,
    empty, called `Stmt`.
    """

    version: str
    statement: int
    node: Node


class Unreadable(ValueError):
    """Bytes that are no such document: nothing after the flaw can be told."""

    def __init__(self, flaw: Malformed) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


def parts_of(content: bytes) -> Iterator[Part]:
    """The parts of a document in order, a few of them in memory at a time.

    Raises `Unreadable`, after the parts before it, for what is no XML, has a document type, or is no statement in a
    version that is read; `AskedAmiss` where the reader of XML is not installed.
    """
    try:
        from defusedxml.ElementTree import DefusedXMLParser
    except ImportError:
        raise AskedAmiss("a camt.053 statement is read with: pip install 'recoup[statements]'") from None
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    # What the parser refuses stays as it is; what it tells goes to the builder at once, which takes half the time.
    expat = builder.expat = parser.parser
    expat.StartElementHandler, expat.EndElementHandler = builder.begin, builder.finish
    expat.CharacterDataHandler = builder.say
    for start in range(0, len(content) + 1, _CHUNK):
        unreadable = _fed(parser, content[start : start + _CHUNK], expat)
        yield from builder.taken()
        if unreadable is not None:
            raise unreadable


def _fed(parser: "DefusedXMLParser", chunk: bytes, expat: "XMLParserType") -> Unreadable | None:
    """Why a chunk cannot be read, or None where it can be; what is no full chunk is the last."""
    from defusedxml.common import DTDForbidden
    from defusedxml.ElementTree import ParseError

    try:
        parser.feed(chunk)
        if len(chunk) < _CHUNK:
            parser.close()
    except Unreadable as error:
        return error
    except ParseError as error:
        why = str(error).rpartition(": line")[0] or str(error)
        return Unreadable(Malformed(error.position[0], "", f"no well-formed XML ({why})", ""))
    except DTDForbidden as error:
        why = "a document type is refused, and with it entities and references to other files"
        return Unreadable(Malformed(expat.CurrentLineNumber, "", why, shown(f"<!DOCTYPE {error.name}")))
    except (LookupError, ValueError) as error:  # a name of an encoding that is none, or of one with wide characters
        return Unreadable(Malformed(1, "", f"its encoding cannot be read ({error})", ""))
    return None


class _Builder:
    """Takes what the parser tells, and makes trees of the parts that count."""

    def __init__(self) -> None:
        self.expat: XMLParserType
        self._version = ""
        self._namespace = ""
        self._statement = 0
        self._began = 0
        self._depth = 0
        self._open: list[Node] = []
        self._done: list[Part] = []
        self._of_header, self._of_statement = Shape("GrpHdr", "GrpHdr"), Shape("Stmt", "Stmt")

    def taken(self) -> Iterator[Part]:
        """The parts that are complete; they are forgotten here."""
        done, self._done = self._done, []
        yield from done

    def begin(self, tag: str, attributes: list[str]) -> None:
        """An element begins; attributes are a name and a value in turn."""
        within = self._open
        if not within:
            self._begin_outside(tag)
            return
        parent = within[-1]
        shape = parent.shape.inner.get(tag) or self._shape(tag, parent.shape)
        node = Node(shape, self.expat.CurrentLineNumber)
        if attributes:
            node.currency = dict(zip(attributes[::2], attributes[1::2], strict=True)).get("Ccy", "")
        parent.add(node)
        within.append(node)
        if len(within) > _DEPTH_MAX:
            raise Unreadable(node.flaw(f"elements within elements, more than {_DEPTH_MAX} deep"))

    def _begin_outside(self, tag: str) -> None:
        """An element that is in no part, or is one itself."""
        self._depth += 1
        line, name = self.expat.CurrentLineNumber, tag.removeprefix(self._namespace)
        if self._depth == _ROOT:
            self._version = _version(tag, line)
            self._namespace = f"{_NAMESPACE}{self._version}}}"
        elif self._depth == _MESSAGE and name != "BkToCstmrStmt":
            raise Unreadable(Malformed(line, name, "a statement is in an element BkToCstmrStmt", shown(name)))
        elif self._depth == _STATEMENT and name == "Stmt":
            self._statement += 1
            self._began = line
        elif self._depth == _STATEMENT and name == "GrpHdr":
            self._open.append(Node(self._of_header, line))
        elif self._depth == _STATEMENT + 1 and self._began:
            self._open.append(Node(self._of_statement.inner.get(tag) or self._shape(tag, self._of_statement), line))

    def _shape(self, tag: str, within: Shape) -> Shape:
        """The shape of an element that is met for the first time; of another namespace it keeps that in its name."""
        name = tag.removeprefix(self._namespace)
        shape = within.inner[tag] = Shape(name, f"{within.path}/{name}")
        return shape

    def say(self, text: str) -> None:
        """Text, or a part of it."""
        if self._open:
            self._open[-1].raw += text

    def finish(self, _tag: str) -> None:
        """An element ends."""
        within = self._open
        if len(within) > 1:
            within.pop()
            return
        self._depth -= 1
        if within:
            node = within.pop()
            self._done.append(Part(self._version, 0 if node.shape is self._of_header else self._statement, node))
        elif self._began and self._depth == _MESSAGE:
            self._done.append(Part(self._version, self._statement, Node(self._of_statement, self._began)))
            self._began = 0


def _version(root: str, line: int) -> str:
    """The message that a root declares. Raises `Unreadable` for every other than those that are read."""
    namespace, _, name = root.rpartition("}")
    message = namespace.removeprefix(_NAMESPACE)
    if name != "Document" or message == namespace:
        declared = f"{name} in {namespace}" if namespace else name
        raise Unreadable(Malformed(line, name, f"the root is a Document in {_NAMESPACE}…", shown(declared)))
    if other := _OTHERS.get(message[:8]):
        raise Unreadable(Malformed(line, name, f"{message} is {other}, no statement ({', '.join(VERSIONS)})", ""))
    if message not in VERSIONS:
        raise Unreadable(Malformed(line, name, f"a message that is read is one of {', '.join(VERSIONS)}", message))
    return message
