"""Facts from elsewhere: one module for each form of source. A source writes nothing itself."""
