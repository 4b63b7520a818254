"""From logs to facts: one contract's, each log once, newer than all that is recorded, and undone when its block is.

Nothing is kept outside the journal: which contract a book follows, and how far, is read from its entries.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Final

from pydantic import ValidationError

from ledger.book import Decision, Told
from ledger.books import Books
from ledger.errors import FactRefused, IdConflict, Malformed
from ledger.events import AnyEvent, PoolOpened
from ledger.events.envelope import Evidence
from ledger.sources.evm.declared import Argument, Declared, Draft, Undecodable
from ledger.sources.evm.ids import again, contract_of, nth_id
from ledger.sources.evm.logs import Log
from ledger.sources.evm.order import Lines, Survey, ordered, survey
from ledger.sources.evm.protocol import Protocol, Setting, View
from ledger.sources.evm.recorded import Newest, event_of, is_withdrawn, recording, recordings, reversal
from ledger.sources.evm.tokens import Tokens
from ledger.values import EventId

_NOWHERE: Final = (-1, -1)


@dataclass(slots=True)
class Tally:
    """How many logs a source held, and of how many nothing was recorded, and why.

    `repeated` were recorded before, of which `returned` had been withdrawn since; `withdrawn` undid what was recorded.
    `silent`, by event, and `unknown`, by first topic, make no entry. `kept` are the settings before the first pool.
    """

    logs: int = 0
    repeated: int = 0
    returned: int = 0
    withdrawn: int = 0
    silent: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


class Feed:
    """The logs of one source, as decisions for a book to take in order. It can be gone through once."""

    def __init__(self, protocol: Protocol, lines: Lines, *, tokens: Tokens, chain_id: int | None) -> None:
        self.tally = Tally()
        self._protocol = protocol
        self._lines = lines
        self._tokens = tokens
        self._chain_id = chain_id
        self._contract: str | None = None
        self._newest = Newest()
        self._withdraws = False
        self._settings: dict[EventId, Setting] = {}
        self._unproven: Setting | None = None
        self._gap: Log | None = None

    def __iter__(self) -> Iterator[Told]:
        """Look through the source at once, and give its decisions one after the other."""
        seen = survey(self._lines)
        self._withdraws = seen.withdraws
        return self._decisions(seen)

    def _decisions(self, seen: Survey) -> Iterator[Told]:
        for removed, run in groupby(ordered(self._lines, seen), _is_removed):
            for log in sorted(run, key=_key_of, reverse=True) if removed else run:
                yield log if isinstance(log, Malformed) else self._decision(log)
        yield Decision(EventId(""), lambda: "at its end", self._end)

    def _decision(self, log: Log) -> Decision | Malformed:
        if not log.topics:
            return Malformed(log.line, "topics", "an event has at least one", "0", log.within)
        event = self._protocol.events.get(log.topics[0])
        self.tally.logs += 1
        if event is None:
            return Decision(log.id, log.place, partial(self._left_out, log._replace(data="0x")))
        try:
            arguments = event.arguments(log)
        except Undecodable as flaw:
            return Malformed(log.line, flaw.field, flaw.message, flaw.value, log.within)
        decide = self._withdrawn if log.removed else self._facts
        return Decision(log.id, log.place, partial(decide, log, event, arguments))

    def _left_out(self, log: Log, books: Books, _: bytes | None) -> Sequence[AnyEvent]:
        """Count a log of an event that is not known."""
        self._require_followed(log, books)
        self.tally.unknown[log.topics[0]] += 1
        return ()

    def _facts(
        self, log: Log, event: Declared, arguments: Sequence[Argument], books: Books, recorded: bytes | None
    ) -> Sequence[AnyEvent] | None:
        """What follows from a log; None where it was recorded already."""
        self._require_followed(log, books)
        if event.facts is None:
            self.tally.silent[event.name] += 1
            return ()
        if recorded is None and event.setting and self._is_before_the_first_pool(log, books):
            return self._keep(Setting(event, log, arguments), books)
        evidence = log.evidence(self._chain_id) if recorded is None else self._same(log, recorded)
        first = log.id if recorded is None else self._further_id(log, books)
        if first is None:
            self.tally.repeated += 1
            return None
        self._require_proven(books)
        self._require_newer(log, books)
        view = View(books, log, self._tokens, self._settings)
        facts = _numbered(first, log, evidence, event.name, event.facts(view, *arguments))
        self._newest.add(evidence, len(facts), books)
        return facts

    def _withdrawn(
        self, log: Log, event: Declared, _: Sequence[Argument], books: Books, recorded: bytes | None
    ) -> Sequence[AnyEvent] | None:
        """The reversals, newest first, of what followed from a log whose block left the chain; None if none stands."""
        self._require_followed(log, books)
        if event.facts is None:
            self.tally.silent[event.name] += 1
            return ()
        if recorded is None:
            if self._settings.pop(log.id, None) is None:
                raise FactRefused("is withdrawn, but was never recorded")
            self._unproven = None
            return ()
        evidence = self._same(log, recorded)
        first = next((one for one in recordings(log.id, books) if not is_withdrawn(one, books)), None)
        entries = recording(first, books) if first else None
        standing = entries.standing(books) if entries else []
        if entries is None or not standing:
            self.tally.repeated += 1
            self._gap = None
            return None
        newest = self._newest.of(self._contract, books)
        if newest != evidence:
            raise FactRefused(f"is withdrawn while {_shown(newest)} stands: a chain loses its newest blocks first")
        self.tally.withdrawn += 1
        self._newest.take_back(entries.position, len(standing), books)
        return [reversal(one, evidence, books) for one in reversed(standing)]

    def _require_followed(self, log: Log, books: Books) -> None:
        """A book follows one contract on one chain: that of what is recorded, else that of the first log."""
        if self._contract is None:
            opened_by = (contract_of(opening) for opening in books.openings.values())
            self._contract = next((contract for contract in opened_by if contract), log.address)
            self._require_same_chain(books)
        if log.address != self._contract:
            raise FactRefused(f"is of contract {log.address}, and this book follows {self._contract}")

    def _require_same_chain(self, books: Books) -> None:
        newest = self._newest.of(self._contract, books)
        if newest is not None:
            if self._chain_id not in (None, newest.chain_id):
                recorded = "without a chain id" if newest.chain_id is None else f"as of chain {newest.chain_id}"
                raise FactRefused(f"is of chain {self._chain_id}, and this book's logs are recorded {recorded}")
            self._chain_id = newest.chain_id

    def _same(self, log: Log, recorded: bytes) -> Evidence:
        """The evidence of a log that comes again. Raises `IdConflict` where it is not the very same: see `document`."""
        stored = event_of(recorded)
        if self._chain_id is None and stored.evidence is not None:
            self._chain_id = stored.evidence.chain_id
        evidence = log.evidence(self._chain_id)
        if (stored.evidence, stored.at) != (evidence, log.at):
            raise IdConflict(f"id {log.id} is recorded with other content")
        return evidence

    def _further_id(self, log: Log, books: Books) -> EventId | None:
        """The id for a log that is recorded already, where its block came back to the chain; None where it is a repeat.

        In a source that itself withdraws logs it is one, and so it is where newer logs stand.
        """
        if log.id not in books.reversed or not all(is_withdrawn(one, books) for one in recordings(log.id, books)):
            self._require_proven(books)
            return None
        newest = self._newest.of(self._contract, books)
        is_newer = newest is None or _key_of(log) > _key(newest)
        if is_newer and not self._withdraws:
            return next(one for one in again(log.id) if not is_withdrawn(one, books))
        self.tally.returned += 1
        self._gap = log if is_newer else None
        return None

    def _require_newer(self, log: Log, books: Books) -> None:
        newest = self._newest.of(self._contract, books)
        key = _NOWHERE if newest is None else _key(newest)
        if self._gap is not None and log.block > self._gap.block:
            raise FactRefused(_came_back(self._gap))
        self._gap = None
        if newest is not None and self._replaces(newest, log):
            raise FactRefused(f"is of block hash {log.block_hash}, and recorded is {newest.block_hash}, not withdrawn")
        if _key_of(log) < key:
            raise FactRefused(f"is older than {_shown(newest)}, the last that is recorded, and not recorded itself")

    def _replaces(self, newest: Evidence, log: Log) -> bool:
        """Whether a log is of another block than the newest at its height, or another log at its place.

        A source that withdraws logs may tell several hashes of one height, and has to withdraw only what is replaced.
        """
        same_place = _key_of(log) == _key(newest)
        return same_place or (not self._withdraws and newest.block == log.block and newest.block_hash != log.block_hash)

    def _keep(self, setting: Setting, books: Books) -> Sequence[AnyEvent] | None:
        """Keep a setting for the first pool; where that is open, the last before it must be what it was opened with."""
        log, kept = setting.log, list(self._settings.values())
        evidence = log.evidence(None)
        if any(one.log.evidence(None) == evidence for one in kept):
            self.tally.repeated += 1
            return None
        if kept and _key_of(log) <= _key_of(kept[-1].log):
            raise FactRefused(f"is not newer than {kept[-1].event.name} of {kept[-1].log.within}, and not the same")
        self._settings[log.id] = setting
        if self._opening(books) is not None:
            self._unproven = setting
            self.tally.repeated += 1
            return None
        self.tally.kept[setting.event.name] += 1
        return ()

    def _require_proven(self, books: Books) -> None:
        """The first pool was opened under the last setting that comes before it."""
        setting, self._unproven = self._unproven, None
        opening = self._opening(books) if setting else None
        if setting and opening and setting.event.setting and not setting.event.setting(opening, *setting.arguments):
            raise FactRefused(
                f"{setting.event.name} of {setting.log.within} is older than the first pool, and not what that was "
                f"opened with"
            )

    def _end(self, books: Books, _: bytes | None) -> Sequence[AnyEvent]:
        """Nothing follows from the end of a source, unless something was left to be proven, or a block left out."""
        self._require_proven(books)
        if self._gap is not None:
            raise FactRefused(_came_back(self._gap))
        return ()

    def _is_before_the_first_pool(self, log: Log, books: Books) -> bool:
        opening = self._opening(books)
        return opening is None or (opening.evidence is not None and _key_of(log) <= _key(opening.evidence))

    def _opening(self, books: Books) -> PoolOpened | None:
        """The fact that opened the first pool of the contract."""
        openings = (event_id for event_id in books.openings.values() if contract_of(event_id) == self._contract)
        found = books.past.find(next(openings, EventId("")))
        return found[1] if found and isinstance(found[1], PoolOpened) else None


def _numbered(first: EventId, log: Log, evidence: Evidence, name: str, drafts: Iterable[Draft]) -> list[AnyEvent]:
    """The facts that follow from a log, numbered, with its time and evidence."""
    try:
        return [draft(at=log.at, id=nth_id(first, number), evidence=evidence) for number, draft in enumerate(drafts, 1)]
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, detail["loc"]))
        why = detail["msg"][:1].lower() + detail["msg"][1:]
        raise FactRefused(f"{name} cannot be booked: {field}: {why}, not {detail['input']}") from error


def _is_removed(log: Log | Malformed) -> bool:
    return isinstance(log, Log) and log.removed


def _key_of(log: Log | Malformed) -> tuple[int, int]:
    return (log.block, log.log_index) if isinstance(log, Log) else _NOWHERE


def _key(evidence: Evidence) -> tuple[int, int]:
    return evidence.block or 0, evidence.log_index or 0


def _came_back(gap: Log) -> str:
    return (
        f"block {gap.block} ({gap.block_hash}) left the chain and comes back in a source that withdraws logs: import "
        f"the withdrawals by themselves, then the logs from that block on, as the node has them now"
    )


def _shown(evidence: Evidence | None) -> str:
    return f"block {evidence.block}, log {evidence.log_index}" if evidence else "nothing"
