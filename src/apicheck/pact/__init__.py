"""Consumer-driven contracts: pact files read, compared, linted, verified, and used by diff."""
