"""The inventory as pacts ask it: served here, and brought into the states by its own store.

``FAULT`` in the environment names a fault to start it with.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from sample_services.inventory import app as inventory
from sample_services.inventory.faults import FAULTS
from sample_services.inventory.store import Store
from sample_services.web.faults import answers, value
from sample_services.web.replies import dumped

from apicheck.pact.hooks import state


def _counts_as_text(_, reply):
    levels = value(reply)
    return replace(
        reply, content=dumped([{**each, "onHand": str(each["onHand"])} for each in levels])
    )


FAULTS["counts-as-text"] = answers(_counts_as_text, "queryStockLevels", status={200})
FOLDER = tempfile.TemporaryDirectory()
DATABASE = str(Path(FOLDER.name) / "inventory.db")
app = inventory.build(inventory.Settings(database=DATABASE, fault=os.environ.get("FAULT")))


@state("TEA-100 is in stock")
def in_stock():
    store = Store(DATABASE)
    before = store.item("TEA-100").on_hand
    store.count("TEA-100", 12)
    yield
    store.count("TEA-100", before)
    store.database.close()
