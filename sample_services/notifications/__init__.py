"""Tells customers what became of their orders, once for each event."""
