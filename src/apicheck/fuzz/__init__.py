"""Whether a running service says the right thing when a request is wrong."""
