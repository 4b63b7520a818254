"""The README's examples, run in order in an empty folder. `python -m tests.readme` writes what they print into it.

A node answers them meanwhile, on this machine, at the URL that `NODE` holds.
"""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

from tests.node import node

README: Final = Path(__file__).parents[1] / "README.md"
COMMAND: Final = Path(sys.executable).with_name("recoup")
PATH: Final = f"{COMMAND.parent}:/usr/bin:/bin"
"""Where the programs are that the examples call."""

_BLOCK: Final = re.compile(
    r"(?:as `(\S+\.(?:jsonl?|csv|toml))`:\n\n)?^```(console|jsonl|json|csv|toml)\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_EXAMPLE: Final = re.compile(r"((?:'[^']*'|\"[^\"]*\"|[^\n'\"])*)\n(.*)", re.DOTALL)
"""A command, which goes on where a line ends within quotes, and what it prints."""


_RECORDED: Final = re.compile(r"(?:paper|report|head) +[0-9a-f]{64}")
"""A hash over times of recording, which is another one in every book."""


class Example(NamedTuple):
    """A command that the README shows, what it says that it prints, and what it prints."""

    command: str
    shown: str
    printed: str

    def holds(self) -> bool:
        """Whether it prints what is shown, but for hashes over times of recording."""
        said, shown = (_RECORDED.sub("", text) for text in (self.printed, self.shown))
        return said == shown


def examples(text: str, folder: Path, path: str = PATH) -> Iterator[Example]:
    """Run every command of the README's console blocks, with its JSON saved under the names it gives it."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "recoup").symlink_to(COMMAND)
    with node() as url:
        environment = {"PATH": path, "LC_ALL": "C.UTF-8", "RECOUP_BY": "a reader", "NODE": url}
        for name, kind, block in _BLOCK.findall(text):
            if kind != "console":
                (folder / name).write_text(block, encoding="utf-8")
                continue
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, shown = _EXAMPLE.findall(part)[0]
                yield Example(command, shown, _run(command, folder, environment))


def _run(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    if command.startswith("curl ") and shutil.which("curl", path=environment["PATH"]) is None:
        return _without_curl(command, folder, environment)
    done = subprocess.run(  # noqa: S602  (the README's own commands, as a reader types them)
        command, cwd=folder, env=environment, shell=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.decode().splitlines())


def _without_curl(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Do what `curl` is asked for, on a machine that does not have it: send a request, save the answer."""
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    parser.add_argument("program")
    parser.add_argument("url")
    parser.add_argument("-s", "-S", action="store_true")
    parser.add_argument("-H")
    parser.add_argument("-o")
    parser.add_argument("-d")
    asked = parser.parse_args([Template(word).substitute(environment) for word in shlex.split(command)])
    field, _, value = asked.H.partition(": ")
    request = Request(asked.url, data=asked.d.encode(), headers={field: value})  # noqa: S310  (the node's own)
    with build_opener(ProxyHandler({})).open(request) as answer:
        (folder / asked.o).write_bytes(answer.read())
    return ""


def main() -> None:
    """Put what the examples print into the README."""
    text = README.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        for example in [one for one in examples(text, Path(folder)) if not one.holds()]:
            text = text.replace(f"$ {example.command}\n{example.shown}", f"$ {example.command}\n{example.printed}", 1)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
