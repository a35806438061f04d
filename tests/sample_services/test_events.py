"""What orders really sends keeps the contracts of its events, in AsyncAPI and in JSON Schema."""

import time

import jsonschema
import pytest
import yaml
from sample_services.events.bus import LocalBus
from sample_services.web.contract import STORE
from sample_services.web.schemas import FORMATS

ORDERS = STORE / "orders"


def latest(folder):
    """The newest version in a folder of the store."""
    return max(folder.iterdir(), key=lambda path: [int(part) for part in path.stem.split(".")])


@pytest.fixture(scope="module")
def sent(start):
    """All that is sent of one order that is shipped and one that is cancelled, by type."""
    documents = {}

    class Listening(LocalBus):
        async def publish(self, event):
            documents[event.type] = event.document()

    with start("orders", bus=Listening()) as orders:
        tracking = {"carrier": "dhl", "trackingCode": "JD0123"}
        assert orders("PUT", f"{orders.order()}/shipment", json=tracking).status_code == 201
        headers = {"If-Match": "*"}
        path = f"{orders.order()}/cancellation"
        assert orders("PUT", path, headers=headers, json={"reason": "late"}).status_code == 200
        for _ in range(200):
            if len(documents) == 3:
                break
            time.sleep(0.01)
    return documents


def test_every_event_has_a_contract_and_the_other_way_round(sent):
    api = yaml.safe_load(latest(ORDERS / "asyncapi").read_text("utf-8"))
    sending = [each for each in api["operations"].values() if each["action"] == "send"]
    names = {each["channel"]["$ref"].rpartition("/")[2] for each in sending}
    addresses = {api["channels"][name]["address"] for name in names}
    schemas = {
        path.name for path in (ORDERS / "events").iterdir() if not path.name.endswith("-avro")
    }
    assert set(sent) == addresses == schemas


@pytest.mark.parametrize("name", ["OrderConfirmed", "OrderCancelled", "OrderShipped"])
def test_what_is_sent_fits_every_version_of_its_contract(sent, name):
    for path in (ORDERS / "events" / name).iterdir():
        schema = yaml.safe_load(path.read_text("utf-8"))
        jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(sent[name]["data"])
    for path in (ORDERS / "asyncapi").iterdir():
        api = yaml.safe_load(path.read_text("utf-8"))
        messages = api["components"]["messages"]
        if name in messages:
            schema = {**messages[name]["payload"], "components": api["components"]}
            jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(sent[name])
