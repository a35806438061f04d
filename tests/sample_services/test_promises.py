"""What the samples promise as samples."""

import re
import socket
from pathlib import Path

import pytest
from sample_services.inventory import app as inventory
from sample_services.notifications import app as notifications
from sample_services.orders import app as orders
from sample_services.web import bodies
from sample_services.web.contract import STORE, load

ROOT = Path(__file__).parents[2]
SERVICES = {"orders": orders, "inventory": inventory, "notifications": notifications}


@pytest.mark.parametrize("service", SERVICES)
def test_the_latest_contract_is_the_one_that_is_served(service):
    versions = (STORE / service / "openapi").glob("*.yaml")
    latest = max(versions, key=lambda path: [int(part) for part in path.stem.split(".")])
    assert latest == STORE / SERVICES[service].CONTRACT


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_the_contract_is_there(service, shop):
    found = load(SERVICES[service].CONTRACT)
    for resource in found.resources:
        path = re.sub(r"\{\w+\}", "x", resource.template)
        for method in resource.operations:
            assert shop[service](method, path).status_code not in {405, 500, 501}


def test_services_and_package_do_not_know_each_other():
    def mentions(folder, word):
        return [path for path in (ROOT / folder).rglob("*.py") if word in path.read_text("utf-8")]

    assert mentions("sample_services", "import apicheck") == []
    assert mentions("sample_services", "from apicheck") == []
    assert mentions("src", "sample_services") == []


def test_a_body_that_does_not_come_is_408(shop, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE", 0.1)
    status, answer = shop["orders"].lines(
        "POST",
        "/v2/orders",
        "Content-Type: application/json",
        "Content-Length: 10",
        "Idempotency-Key: 12345678",
    )
    assert (status, b"application/problem+json" in answer) == (408, True)
    assert b"connection: close" in answer.lower()


def test_a_client_that_hangs_up_leaves_nothing_behind(shop):
    orders = shop["orders"]
    before = orders("GET", "/orders").text
    host, _, port = orders.base.removeprefix("http://").partition("/")[0].partition(":")
    token = orders("GET", "/orders").request.headers["Authorization"]
    with socket.create_connection((host, int(port))) as connection:
        lines = [
            "POST /v2/orders HTTP/1.1",
            "Host: x",
            f"Authorization: {token}",
            "Content-Type: application/json",
            "Content-Length: 1000",
            "Idempotency-Key: hung-up-on",
        ]
        connection.sendall("\r\n".join([*lines, "", '{"customer"']).encode())
    assert orders("GET", "/orders").text == before
    assert orders.post_order(key="hung-up-on").status_code == 202
