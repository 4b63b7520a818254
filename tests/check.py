"""All that CI does, in order of cost: format, lint, types, tests with branch coverage, on every core.

python -m tests.check
"""

import subprocess
import sys

STEPS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("coverage", "erase"),
    ("coverage", "run", "-m", "pytest", "--numprocesses=logical", "--dist=worksteal"),
    ("coverage", "combine", "--quiet"),
    ("coverage", "report"),
)


def main() -> int:
    """Run every step; stop at the first that fails, with its exit code."""
    for step in STEPS:
        sys.stderr.write(f"$ {' '.join(step)}\n")
        sys.stderr.flush()
        if failed := subprocess.run([sys.executable, "-m", *step], check=False).returncode:
            sys.stderr.write(f"failed: {' '.join(step)}\n")
            return failed
    return 0


if __name__ == "__main__":
    sys.exit(main())
