"""Load balancing: which servers are fit, and the table that follows from it."""
