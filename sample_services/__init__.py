"""Three small services that talk to each other: orders, inventory and notifications.

They keep the contracts in `contracts/` and answer errors as RFC 9110, 9457 and 6585 say. Each
can be started with one fault switched on (`faults.toml`): with its clean twin a benchmark for
tools that look for wrong answers.
"""
