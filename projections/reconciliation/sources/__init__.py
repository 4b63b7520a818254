"""What the other side says: a module for each form in which it says it. They write nothing and read no clock."""
