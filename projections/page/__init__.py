"""What stands on the page of a period or a case: its amounts, its charts, and the template they are written in."""
