"""Events between the services: what one looks like, and the buses that carry it."""
