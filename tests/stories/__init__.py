"""Worked stories: a default and its recovery told chapter by chapter, every balance stated."""
