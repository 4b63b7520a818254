"""Read models of the journal: each a fold with rows, in one file; and the reports that show them."""
