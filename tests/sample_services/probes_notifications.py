"""For each fault of notifications a question, and what the clean twin answers."""

import time
import uuid

from tests.sample_services.asking import (
    FIRST,
    copy,
    media,
    status,
)


def delete_allowed(s):
    listed = s("DELETE", FIRST).headers["Allow"].split(", ")
    return [s(each, FIRST).status_code for each in listed if each not in {"GET", "HEAD", "OPTIONS"}]


def options(s):
    listed = s("OPTIONS", FIRST).headers["Allow"].split(", ")
    return {s(each, FIRST).status_code for each in listed} & {405, 501}


def traced(s):
    found, answer = s.lines("TRACE", "/v1/notifications", "X-Secret: hush")
    return found, b"hush" in answer


def typeless(s):
    return s("POST", "/events", content=b"{}").status_code


def twice_named(s):
    headers = {"Content-Type": "application/json"}
    return s("POST", "/events", headers=headers, content=b'{"id": "a", "id": "b"}').status_code


def tag_and_date(s):
    date = s("GET", FIRST).headers["Last-Modified"]
    headers = {"If-None-Match": '"other"', "If-Modified-Since": date}
    return s("GET", FIRST, headers=headers).status_code


def date_only(s):
    date = s("GET", FIRST).headers["Last-Modified"]
    return s("GET", FIRST, headers={"If-Modified-Since": date}).status_code


def tagged_304(s):
    return "ETag" in s("GET", FIRST, headers={"If-None-Match": "*"}).headers


def burst(s):
    """What the sixth in a row gets, on a fresh limit, and what somebody else gets then."""
    answers = [copy(s) for _ in range(6)]
    last = answers[-1]
    wait = last.headers.get("Retry-After", "")
    return last.status_code, wait.isdecimal() and int(wait) > 0, copy(s, "bob").status_code


def after_the_wait(s):
    for _ in range(5):
        copy(s, "staff")
    slowed = copy(s, "staff")
    time.sleep(int(slowed.headers["Retry-After"]))
    return copy(s, "staff").status_code


def told(s):
    name = str(uuid.uuid4())
    data = {"order": name, "customer": name, "reason": "late"}
    for _ in range(2):
        s.event(id=name, data=data)
    return len(s("GET", "/notifications", params={"order": name}).json()["notifications"])


def differing(s):
    name = str(uuid.uuid4())
    data = {"order": name, "customer": name, "reason": "late"}
    return [
        s.event(id=name, data={**data, "reason": each}).status_code for each in ("late", "other")
    ]


def bad_data(s):
    return s.event(data={"order": "x"}).status_code


NOTIFICATIONS = {
    "allow-claims-delete": (delete_allowed, []),
    "options-claims-more": (options, set()),
    "trace-echoes": (traced, (405, False)),
    "type-missing-500": (typeless, 415),
    "duplicate-names-500": (twice_named, 400),
    "past-end-404": (status("GET", "/notifications", params={"cursor": "cm93IDA="}), 200),
    "304-without-etag": (tagged_304, True),
    "date-before-tag": (tag_and_date, 200),
    "date-never-304": (date_only, 304),
    "invalid-token-unnamed": (
        lambda s: "invalid_token" in s("GET", FIRST, to="expired").headers["WWW-Authenticate"],
        True,
    ),
    "live-needs-token": (status("GET", "/health/live", to=None), 200),
    "too-many-503": (burst, (429, True, 201)),
    "429-without-retry-after": (burst, (429, True, 201)),
    "retry-after-in-the-past": (burst, (429, True, 201)),
    "retry-after-too-early": (after_the_wait, 201),
    "limit-shared": (burst, (429, True, 201)),
    "405-as-html": (lambda s: media(s("DELETE", FIRST)), "application/problem+json"),
    "path-reflected": (lambda s: media(s("GET", "/<script>")), "application/problem+json"),
    "copy-302": (lambda s: copy(s, "bob").status_code, 201),
    "told-twice": (told, 1),
    "differing-event-taken": (differing, [204, 409]),
    "bad-data-taken": (bad_data, 422),
}
