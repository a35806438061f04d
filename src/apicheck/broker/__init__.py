"""A Pact Broker of our own: contracts, results and deployments in one SQLite file.

``database`` keeps the file, ``participants``, ``publishing``, ``results``, ``deployments`` and
``webhooks`` write and read its records, ``heads`` finds the newest pacts, ``selection`` says what
a provider must verify, ``matrix`` whether a version may be deployed, ``cleaning`` what may go.
``app`` serves them by the HAL interface that Pact's official clients speak (``api_*``), and
``pages`` and ``page_*`` show them to people. ``client``, ``answer``, ``exporting`` and
``importing`` ask any broker, this one or another.
"""
