"""Facts from elsewhere: one module for each form of source. A source writes nothing itself."""

from typing import Final

PROTOCOLS: Final = {"morpho-blue": "ledger.sources.morpho_blue"}
"""The lending protocols whose logs are read, with the module that has each as its `PROTOCOL`, imported when asked."""
