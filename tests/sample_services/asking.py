"""How a running service is asked, in few words."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

ABSENT = "00000000-0000-4000-8000-000000000000"
FIRST = "/notifications/c9a1f0a2-2f5b-4a57-9a53-8a8f6a1c7e01"


def fresh():
    return {"Idempotency-Key": str(uuid.uuid4())}


def sku():
    return f"QZZ-{uuid.uuid4().int % 10**6:06}"


def status(method, path, **more):
    """A question for a status only."""
    return lambda s: s(method, path, **more).status_code


def header(name, method, path, **more):
    """A question for one header, or None."""
    return lambda s: s(method, path, **more).headers.get(name)


def media(response):
    return response.headers.get("Content-Type", "").partition(";")[0]


def merge(s, path, content, **headers):
    given = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return s(
        "PATCH",
        path,
        headers={k: v for k, v in given.items() if v},
        json=None,
        content=json.dumps(content),
    )


def cancel(s, path, match="*", **more):
    headers = {} if match is None else {"If-Match": match}
    return s("PUT", f"{path}/cancellation", headers=headers, json={"reason": "late"}, **more)


def ship(s, path, **more):
    content = {"carrier": "dhl", "trackingCode": "X123"}
    return s("PUT", f"{path}/shipment", json=content, **more)


def tag(s, path):
    return s("GET", path).headers["ETag"]


def count(s, path, number, match="*"):
    headers = {} if match is None else {"If-Match": match}
    return s("PUT", f"{path}/stock", headers=headers, json={"onHand": number})


def at_once(ask, times):
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(ask, range(times)))


def copy(s, to="alice"):
    return s("POST", f"{FIRST}/copies", to=to, json={"channel": "sms"})
