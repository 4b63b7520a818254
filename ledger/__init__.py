"""The debt-recovery ledger: immutable facts of lending, the laws they obey, and the journal that keeps them."""
