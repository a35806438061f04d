"""Starting and stopping the services as processes, and events over a broker."""

import asyncio
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sample_services.web import serve

ABSENT = "00000000-0000-4000-8000-000000000000"
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in {"FAULT", "EVENTS"}}


@contextmanager
def running(*command, lines=1, **environment):
    """A process, and the addresses that it prints, by service."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=ENVIRONMENT | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = [process.stdout.readline() for _ in range(lines)]
        yield process, dict(re.findall(r"(\w+) listens on (http://\S+)", "".join(said)))
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("service", ["orders", "inventory", "notifications"])
def test_a_service_says_where_it_is_and_ends_when_it_is_told(service):
    with running(f"sample_services.{service}", "--port", "0") as (process, at):
        assert httpx.get(f"{at[service]}/health/ready", trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_all_services_in_one_process_tell_customers(mint):
    with running("sample_services", "--port", "0", lines=3) as (process, at):
        place(at["orders"], mint)
        assert told(at["notifications"], mint) == ["confirmed"]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_service_starts_with_a_fault(how):
    name = "notifications.405-as-html"
    option, environment = (["--fault", name], {}) if how == "option" else ([], {"FAULT": name})
    with running("sample_services.notifications", "--port", "0", *option, **environment) as (_, at):
        answer = httpx.delete(f"{at['notifications']}/notifications", trust_env=False)
        assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("service", "options", "said"),
    [
        ("orders", ["--fault", "orders.nothing"], "orders has no fault orders.nothing"),
        ("orders", ["--fault", "inventory.created-200"], "orders has no fault inventory"),
        ("", ["--fault", "nothing"], "there is no fault nothing"),
        ("orders", ["--events", "kafka://x"], "takes local or amqp"),
        ("orders", ["--events", "amqp://127.0.0.1:1"], "127.0.0.1"),
        ("inventory", ["--port", "taken"], "in use"),
        ("notifications", ["--port", "99999"], "port"),
        ("orders", ["--database", "/nowhere/x.db"], "database"),
    ],
)
def test_what_cannot_start_says_why_in_a_line(service, options, said, monkeypatch, capsys):
    module = importlib.import_module(f"sample_services.{service}.__main__".replace("..", "."))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [port if each == "taken" else each for each in options]
        if "--port" not in given:
            given += ["--port", "0"]
        monkeypatch.setattr(sys, "argv", ["service", *given])
        with pytest.raises(SystemExit) as ended:
            serve.main(service, module.service)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_token_can_be_had_on_the_command_line(shop):
    done = subprocess.run(
        [sys.executable, "-m", "sample_services.mint", "carol", "orders:ship"],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    assert shop["orders"]("GET", "/orders", to=None, headers=headers).status_code == 200


def place(orders, mint):
    headers = {"Authorization": f"Bearer {mint}", "Idempotency-Key": str(uuid.uuid4())}
    content = {
        "customer": str(uuid.uuid4()),
        "items": [{"sku": "TEA-100", "quantity": 1}],
        "currency": "EUR",
    }
    answer = httpx.post(f"{orders}/orders", headers=headers, json=content, trust_env=False)
    assert answer.status_code == 202


async def published(url, contents):
    """Messages as somebody else might send them, and again."""
    import aio_pika

    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("sample.events")
        for content in contents:
            await exchange.publish(aio_pika.Message(content), routing_key="x")


def told(notifications, mint, times=1):
    """What was told since the first day, as soon as it is so much."""
    for _ in range(200):
        headers = {"Authorization": f"Bearer {mint}"}
        page = httpx.get(f"{notifications}/notifications", headers=headers, trust_env=False).json()
        if len(page["notifications"]) > times:
            break
        time.sleep(0.02)
    return [each["about"] for each in page["notifications"][:-1]]


def test_events_go_over_a_broker(mint, broker):
    url = broker
    options = ["--port", "0", "--events", url]
    with (
        running("sample_services.notifications", *options) as (listening, there),
        running("sample_services.orders", *options) as (telling, here),
    ):
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "/test",
            "type": "OrderCancelled",
            "data": {"order": ABSENT, "customer": ABSENT, "reason": "late"},
        }
        wrong = {**event, "id": str(uuid.uuid4()), "data": {}}
        sent = [b"no JSON", b"[]", *(json.dumps(each).encode() for each in (wrong, event, event))]
        asyncio.run(published(url, sent))
        assert told(there["notifications"], mint) == ["cancelled"]
        place(here["orders"], mint)
        assert told(there["notifications"], mint, 2) == ["confirmed", "cancelled"]
        for process in (listening, telling):
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
