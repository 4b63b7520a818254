"""The sign-off of a paper, and what makes it stale."""
