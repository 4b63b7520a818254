"""The README's examples, run in order in an empty folder. `python -m tests.readme` writes what they print into it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

README = Path(__file__).parents[1] / "README.md"
COMMAND = Path(sys.executable).with_name("recoup")
_BLOCK = re.compile(r"(?:as `(\S+\.jsonl)`:\n\n)?^```(console|jsonl)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A command that the README shows, what it says that it prints, and what it prints."""

    command: str
    shown: str
    printed: str


def examples(text: str, folder: Path) -> Iterator[Example]:
    """Run every command of the README's console blocks, with its JSON Lines saved under the name it gives them."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "recoup").symlink_to(COMMAND)
    for name, kind, block in _BLOCK.findall(text):
        if kind == "jsonl":
            (folder / name).write_text(block, encoding="utf-8")
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield Example(command, shown, _run(command, folder))


def _run(command: str, folder: Path) -> str:
    environment = {"PATH": f"{COMMAND.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "RECOUP_BY": "a reader"}
    done = subprocess.run(  # noqa: S602  (the README's own commands, as a reader types them)
        command, cwd=folder, env=environment, shell=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.decode().splitlines())


def main() -> None:
    """Put what the examples print into the README."""
    text = README.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        for example in list(examples(text, Path(folder))):
            text = text.replace(f"$ {example.command}\n{example.shown}", f"$ {example.command}\n{example.printed}", 1)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
