"""The level of balances: the numbers of a report against a snapshot."""
