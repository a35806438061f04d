"""What the services have in common: HTTP as its RFCs say it, from a contract and a few handlers."""
