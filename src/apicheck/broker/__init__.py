"""A Pact Broker of our own: contracts, results and deployments in one SQLite file.

``database`` keeps the file, ``participants``, ``publishing``, ``results``, ``deployments`` and
``webhooks`` write and read its records, ``selection`` says what a provider must verify,
``matrix`` whether a version may be deployed. ``app`` serves them by the HAL interface that
Pact's official clients speak, ``pages`` shows them to people. ``client`` and ``answer`` ask
any broker, this one or another.
"""
