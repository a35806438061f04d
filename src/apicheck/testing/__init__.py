"""Asking a service whether it keeps its contract: one run, for the command and for pytest."""
