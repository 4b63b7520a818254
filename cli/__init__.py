"""The terminal, the clock and the exit codes."""
