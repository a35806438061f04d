"""Each fault changes what a client sees, against its clean twin, and nothing else."""

import tomllib
from contextlib import contextmanager
from pathlib import Path

import pytest
from sample_services.inventory import faults as inventory
from sample_services.notifications import faults as notifications
from sample_services.orders import faults as orders
from tests.sample_services.gates import Gate
from tests.sample_services.probes_inventory import INVENTORY
from tests.sample_services.probes_notifications import NOTIFICATIONS
from tests.sample_services.probes_orders import ORDERS
from tests.sample_services.walks import WALKS, seen

HERE = Path(__file__).parents[2] / "sample_services"
FAULTS = {each["name"]: each for each in tomllib.loads((HERE / "faults.toml").read_text())["fault"]}
IMPLEMENTED = {**orders.FAULTS, **inventory.FAULTS, **notifications.FAULTS}
PROBES = (
    {f"orders.{name}": probe for name, probe in ORDERS.items()}
    | {f"inventory.{name}": probe for name, probe in INVENTORY.items()}
    | {f"notifications.{name}": probe for name, probe in NOTIFICATIONS.items()}
)


def test_what_is_told_is_what_can_be_switched_on_and_is_asked_for():
    assert set(FAULTS) == set(IMPLEMENTED) == set(PROBES)
    assert all(name.startswith(("orders.", "inventory.", "notifications.")) for name in FAULTS)


@contextmanager
def twin(start, stock, name, needs=None, **settings):
    """A service as a fault needs it; the clean twin when none is named."""
    service = name.partition(".")[0]
    if service != "orders":
        with start(service, **settings) as made:
            yield made
    elif needs is None:
        with start(service, inventory=stock.base, **settings) as made:
            yield made
    else:
        with start("inventory", **({"secret": "other"} if needs == "refusing" else {})) as own:
            first = needs if needs in {"down", "silent"} else "open"
            gate = Gate(own.base, "down" if name == "orders.key-remembers-503" else first)
            deadline = 0.3 if needs == "silent" else 10
            with start(service, inventory=gate.base, deadline=deadline, **settings) as made:
                made.gate = gate
                yield made
            gate.close()


@pytest.fixture(scope="module")
def clean(start):
    """The clean twins; those with a broken neighbour are made for each question."""
    with (
        start("inventory") as stock,
        start("orders", inventory=stock.base) as ordered,
        start("notifications") as told,
    ):
        yield {"orders": ordered, "inventory": stock, "notifications": told}


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_fault_is_seen_and_its_clean_twin_is_right(start, clean, name):
    ask, right = PROBES[name]
    needs, stock = FAULTS[name].get("needs"), clean["inventory"]
    if needs is None:
        assert ask(clean[name.partition(".")[0]]) == right
    else:
        with twin(start, stock, name, needs) as service:
            assert ask(service) == right
    with twin(start, stock, name, needs, fault=name) as service:
        assert ask(service) != right


@pytest.fixture(scope="module")
def walked(start, clean):
    """The walks through the clean twins."""
    found = {}
    for name in WALKS:
        with (
            twin(start, clean["inventory"], name) as one,
            twin(start, clean["inventory"], name) as two,
        ):
            found[name] = list(seen(one))
            assert found[name] == list(seen(two))
    return found


@pytest.mark.parametrize(
    "name", sorted(each for each in FAULTS if FAULTS[each]["operations"] != ["*"])
)
def test_a_fault_changes_nothing_but_what_is_told(start, clean, walked, name):
    with twin(start, clean["inventory"], name, fault=name) as service:
        pairs = zip(walked[service.name], seen(service), strict=True)
        changed = {operation for (operation, right), (_, given) in pairs if right != given}
    assert changed <= set(FAULTS[name]["operations"] or [""])
