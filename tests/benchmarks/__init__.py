"""What the ledger costs, beside `ledger` and `hledger` on the same postings. `python -m tests.benchmarks`."""
