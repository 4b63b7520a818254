"""The command line as its users meet it: a process with an exit code and two streams, in its own folder or a terminal.

    run(["--db", "book.db", "lenders"], cwd).out

What only needs an exit code and text is quicker called in this process, by `called`. Two books stand ready for reports:
that of the demo, and that of a desk.
"""

import ctypes
import fcntl
import json
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from cli.exits import Exit
from cli.main import VERBS
from cli.main import run as run_here
from ledger.book import Book
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.values import Timestamp

Json = dict[str, Any]

COMMAND: Final = (sys.executable, "-m", "cli.main")
IN_TURN: Final = """
import json, sys
from cli.main import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    for stream in (sys.stdout, sys.stderr):
        print(f"\\0{code}", end="\\0", file=stream, flush=True)
"""
"""Runs several commands in one process. Each ends, on both streams, with its exit code between two NULs."""

PATIENCE: Final = 120
"""Seconds after which a command counts as hung."""

TO_END: Final = 10
"""Seconds that a command may take to end once it is interrupted, also on a busy machine."""

CASE: Final = "crv-2022-11-22"
"""The case of the demo."""

READING: Final = {
    name: (name, CASE) if name in {"case", "entitlements"} else (name,)
    for name, verb in VERBS.items()
    if verb.group in ("Report", "Check")
} | {
    "lender-losses": ("lenders", "--losses"),
    "explain": ("explain", "lender:suppliers"),
    "statement": ("statement", "suppliers"),
    "rollforward": ("rollforward", "lenders", "--period", "month"),
    "diff": ("diff", "lenders", "0", "now"),
    "reconcile": ("reconcile", "show"),
}
"""Every verb that reads a book, as it is called on the book of the demo."""

SAMPLE: Final = files("cli").joinpath("samples", "aave-crv-2022.jsonl").read_bytes().splitlines(keepends=True)
"""The facts of the demo, one a line."""

KEYS: Final = {
    "lenders": "pool tranche lender asset shares "
    "balance deposited withdrawn transferred earned losses covered recoveries restitution",
    "funds": "fund asset balance contributed withdrawn drawn reimbursed adjusted",
    "deficits": "pool loan case asset "
    "exposure added adjusted_in_default proceeds costs other guaranteed repaid transferred cured in_default "
    "recognized adjusted_open fund reserve tranches covered recapitalized redistributed socialized recovered open "
    "restored opened_at age_days",
    "loans": "pool loan borrower asset status principal interest debt collateral",
    "pools": "pool asset cash loans interest defaulted deficit allowance "
    "claims reserve rounding surplus recoveries restitution unrealized share_price",
    "case": "event position at source asset available borne remaining",
    "explain": "what amount commodity position type id at cause hidden parts because",
    "entitlements": "pool case tranche holder asset bore allocated paid due",
    "statement": "pool account name asset position at type movement case counterparty "
    "principal interest amount balance shares outside id",
    "rollforward": "what period start end of tranche asset movement amount",
    "aging": "pool asset bucket cases open cases_in_default in_default",
    "recovery": "pool loan case asset cases exposure added collateral guaranteed repaid transferred cured residual "
    "recognized in_default recoveries base recovery_rate lgd defaulted_at first_sale_at closed_at days_to_sale "
    "days_to_close marked slippage slippage_wad margin_wad health ltv",
    "risk": "pool loan borrower asset status debt collateral_value ltv health buffer leverage unbacked unpriced "
    "price_at price_age_seconds fund junior cover",
    "lender-losses": "pool case tranche lender asset "
    "shares losses covered recapitalized recoveries allocated restitution due",
    "trial-balance": "account commodity debit credit",
    "register": "position at type account commodity amount balance",
    "events": "position recorded_at recorded_by type at id event",
    "replay": "commodity accounts debit credit",
    "diff": "report row field before after difference entries",
    "what-if": "report pool tranche name asset column recorded what_if difference",
}
"""The keys of a row of each report, in order."""

_TELLING: Final = {"COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "LANG", "LANGUAGE", "LC_ALL", "TZ", "PYTHONUTF8"}
"""Variables that may change what a program prints."""

_PR_CAPBSET_DROP: Final = 24
_CAP_DAC_OVERRIDE: Final = 1
_CAP_DAC_READ_SEARCH: Final = 2


class Run(NamedTuple):
    """How a command ended: its exit code, and what it wrote to standard output and to standard error."""

    code: int
    out: str
    err: str


def run(
    arguments: Sequence[str],
    cwd: Path,
    stdin: bytes = b"",
    *,
    env: Mapping[str, str] | None = None,
    before: Callable[[], object] | None = None,
) -> Run:
    """Run the command in a process of its own. `before` is called in that process, before the command begins."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env=environment(env),
        preexec_fn=before,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_in_turn(calls: Sequence[Sequence[str]], cwd: Path, *, env: Mapping[str, str]) -> list[Run]:
    """Run commands in one process: what matters is where that runs, and to begin each anew takes most of the time."""
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, json.dumps(calls)],
        cwd=cwd,
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        env=environment(env),
    )
    out, err = (stream.decode().split("\0")[:-1] for stream in (done.stdout, done.stderr))
    return [Run(int(code), *said) for code, *said in zip(out[1::2], out[::2], err[::2], strict=True)]


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> Run:
    """Call the command in this process."""
    capsys.readouterr()
    code = run_here(arguments, debug=False)
    return Run(code, *capsys.readouterr())


def begun(arguments: Sequence[str], cwd: Path) -> subprocess.Popen[bytes]:
    """A command under way, with a pipe on each stream."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *arguments], cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe, env=environment())


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """Interrupt a command until it ends. Gives its exit code.

    An interrupt that comes just before a read begins is noticed only after that read, so one may not be enough; and a
    second, while the command ends, kills it.
    """
    for _ in range(PATIENCE // TO_END):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=TO_END)
    process.kill()
    raise TimeoutError(f"not interrupted in {PATIENCE} seconds")


def on_terminal(arguments: Sequence[str], cwd: Path, *, columns: int) -> tuple[int, str]:
    """Run the command on a terminal of so many columns. Gives its exit code and all that the terminal was sent."""
    return _on_terminal([*COMMAND, *arguments], cwd, columns)


def on_terminal_in_turn(calls: Sequence[Sequence[str]], cwd: Path, *, columns: int) -> list[tuple[int, str]]:
    """The same of several commands, which run in one process."""
    _, sent = _on_terminal([sys.executable, "-c", IN_TURN, json.dumps(calls)], cwd, columns)
    said = sent.split("\0")[:-1]
    return [(int(code), text) for text, code in zip(said[::4], said[1::4], strict=True)]


def _on_terminal(command: Sequence[str], cwd: Path, columns: int) -> tuple[int, str]:
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = environment({"TERM": "xterm"})
    with subprocess.Popen(command, cwd=cwd, stdin=end, stdout=end, stderr=end, env=env) as process:
        os.close(end)
        sent = b"".join(iter(lambda: _read(terminal), b""))
    os.close(terminal)
    return process.returncode, sent.decode()


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without what would change what the command prints, and with the changes asked for."""
    kept = {name: value for name, value in os.environ.items() if name not in _TELLING and "RECOUP" not in name}
    return {**kept, **(changes or {})}


def held_to_permissions() -> None:
    """For `before`: the permissions of files hold for the process, also where the superuser runs it."""
    if sys.platform == "linux":
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def files_up_to(size: int) -> Callable[[], None]:
    """For `before`: no file can grow beyond a size, as on a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def recorded(
    path: Path, lines: Iterable[bytes], at: str = "2022-12-01T09:00:00Z", recorded_by: str = "treasury"
) -> Path:
    """A book with the facts of these lines, made or continued without the command line, at a time of choice."""
    clock = Timestamp(at)
    Book(SqliteJournal.create(path, patience=5)).record(
        facts(lines), source="lines", clock=lambda: clock, recorded_by=recorded_by
    )
    return path


def demo_book(folder: Path) -> Path:
    """The book of the demo, recorded at a known time."""
    return recorded(folder / "recoup-demo.db", SAMPLE, recorded_by="recoup demo")


def desk_book(folder: Path) -> Path:
    """A book of 18 entries: the first 17 recorded on 1 December, the last one a day later."""
    book = recorded(folder / "desk.db", _KNOWN_AT_ONCE, at="2022-12-01T09:00:00Z")
    return recorded(book, _LEARNT_LATE, at="2022-12-02T09:00:00Z")


def document(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> Json:
    """A report in JSON."""
    done = called(capsys, "--db", str(book), *arguments, "-O", "json")
    assert done.code == Exit.CLEAN
    read: Json = json.loads(done.out)
    return read


def fact(kind: str, at: str, **fields: object) -> bytes:
    """A fact in JSON, as a line of a file."""
    return json.dumps({"type": kind, "at": at, **fields}).encode() + b"\n"


def bytes_of(book: Path) -> bytes:
    """All bytes of a book: of its file, and of what SQLite has not yet moved there."""
    unmoved = book.with_name(f"{book.name}-wal")
    return book.read_bytes() + (unmoved.read_bytes() if unmoved.exists() else b"")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


FIRST, SECOND, LATER = "2022-11-01T00:00:00Z", "2022-11-02T00:00:00Z", "2022-11-03T00:00:00Z"
_HERE: Final = {"pool": "alpha", "loan": "L1", "case": "C1"}
_KNOWN_AT_ONCE: Final = [
    fact("asset-registered", FIRST, asset="EUR", decimals=2),
    fact("fund-opened", FIRST, fund="cushion", asset="EUR"),
    fact("fund-opened", FIRST, fund="spare", asset="EUR"),
    fact(
        "pool-opened",
        FIRST,
        pool="alpha",
        asset="EUR",
        debt="bilateral",
        waterfall=[{"layer": "fund", "fund": "cushion"}, {"layer": "socialize"}],
    ),
    fact("pool-opened", FIRST, pool="beta", asset="EUR", debt="bilateral", waterfall=[{"layer": "hold"}]),
    fact("fund-contributed", SECOND, fund="cushion", contributor="sponsor", amount="5000"),
    fact("deposited", SECOND, pool="alpha", lender="alice", assets="60000", shares="60000"),
    fact("deposited", SECOND, pool="alpha", lender="bob", assets="40000", shares="40000"),
    fact("deposited", SECOND, pool="beta", lender="alice", assets="7000", shares="7000"),
    fact("loan-originated", LATER, pool="alpha", loan="L1", borrower="carol", principal="50000"),
    fact("loan-originated", LATER, pool="beta", loan="L1", borrower="carol", principal="3000"),
    fact("loan-defaulted", "2022-11-10T12:00:00Z", **_HERE, reason="unpaid", principal="50000", interest="0"),
    fact("repaid", "2022-11-11T00:00:00Z", **_HERE, principal="20000"),
    fact("shortfall-recognized", "2022-11-12T00:00:00Z", **_HERE, principal="30000"),
    fact("fund-drawn", "2022-11-12T00:00:00.5Z", fund="cushion", pool="alpha", case="C1", amount="5000"),
    fact(
        "bad-debt-socialized",
        "2022-11-13T23:59:59.999999999Z",
        pool="alpha",
        case="C1",
        tranche="lenders",
        amount="25000",
    ),
    fact("case-closed", "2022-11-14T00:00:00Z", **_HERE, outcome="borne"),
]
_LEARNT_LATE: Final = [
    fact("deposited", "2022-11-05T00:00:00Z", pool="beta", lender="bob", assets="1000", shares="1000")
]

_OPENED: Final = "2025-01-01T00:00:00Z"
OPENING: Final = [
    fact("asset-registered", _OPENED, asset="EUR", decimals=2),
    fact("asset-registered", _OPENED, asset="WETH", decimals=18),
    fact("asset-registered", _OPENED, asset="COIN", decimals=0),
    fact("fund-opened", _OPENED, fund="cushion", asset="EUR"),
    fact(
        "pool-opened",
        _OPENED,
        pool="alpha",
        asset="EUR",
        debt="bilateral",
        waterfall=[{"layer": "fund", "fund": "cushion"}, {"layer": "hold"}],
    ),
]
"""A pool in EUR, with a fund of 2 decimals beside it."""

COMMANDED: Final = """\
contribute fund=cushion contributor=sponsor amount=5000
withdraw-from-fund fund=cushion contributor=sponsor amount=1000
deposit pool=alpha lender=alice assets=150000
deposit pool=alpha lender=bob assets=50000
withdraw pool=alpha lender=alice assets=1000
transfer-shares pool=alpha sender=alice receiver=bob shares=500
originate-loan pool=alpha loan=L1 borrower=carol principal=50000
draw-loan pool=alpha loan=L1 principal=1000
accrue-interest pool=alpha loan=L1 interest=200
repay pool=alpha loan=L1 amount=1200
post-collateral pool=alpha loan=L1 asset=WETH quantity=10
release-collateral pool=alpha loan=L1 asset=WETH quantity=4
declare-default pool=alpha loan=L1 case=C1 reason=unpaid
advance-cost pool=alpha case=C1 amount=100
sell-collateral pool=alpha case=C1 asset=WETH quantity=6 proceeds=20000
call-guarantee pool=alpha case=C1 guarantor=dave amount=5000
resolve-shortfall pool=alpha case=C1
cover-deficit pool=alpha case=C1 source=investor name=erin amount=21100
receive-recovery pool=alpha case=C1 amount=500
allocate-recovery pool=alpha case=C1
pay-restitution pool=alpha case=C1
close-case pool=alpha case=C1
originate-loan pool=alpha loan=L2 borrower=carol principal=1000
declare-default pool=alpha loan=L2 case=C2 reason=late
cure-loan pool=alpha case=C2 reason=cured
originate-loan pool=alpha loan=L3 borrower=carol principal=1000
post-collateral pool=alpha loan=L3 asset=WETH quantity=10
declare-default pool=alpha loan=L3 case=C3 reason=late
sell-collateral pool=alpha case=C3 asset=WETH quantity=10 proceeds=1500
return-surplus pool=alpha loan=L3
deposit pool=alpha lender=alice assets=7 id=slip
reverse-entry of=slip reason=twice
close-period through=2025-02-28T23:59:59Z
"""
"""A story on the opening, in which each command is given at least once, and how it is called."""
