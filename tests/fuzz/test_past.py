"""What was deleted may be made again, also by a write with something else wrong."""

import json

from tests.fuzz.toy import CONTRACT

from apicheck.fuzz.contract import read
from apicheck.fuzz.model import Exchange, Request
from apicheck.fuzz.watch import Watch
from apicheck.sources import in_memory


def told(body):
    service = read(in_memory(json.loads(json.dumps(CONTRACT))))
    watch = Watch(service, local=lambda url: url, bearer=False)
    thing, shown = "/things/7", (("content-type", "application/json"),)

    def show(method, target, status, content=None, **headers):
        request = Request(
            method=method,
            target=target,
            headers=(("Content-Type", "application/json"),) if content else (),
            body=content,
        )
        answer = b"" if status == 204 else b'{"name": "a"}'
        more = (*(() if status == 204 else shown), *headers.items())
        watch.fuzzed(
            Exchange(request=request, status=status, headers=more, body=answer), "stateful"
        )

    show("DELETE", thing, 204)
    if body is not None:
        show("POST", "/things", 201, body, location=thing)
    show("GET", thing, 200)
    return [each.card.rule.id for each in watch.found]


def test_an_identifier_that_is_used_again_is_no_ghost():
    assert told(None) == ["http.deleted-still-there"]
    assert told(b'{"name": "a"}') == []
    assert told(b'{"name": ""}') == ["http.invalid-content-not-refused"]
