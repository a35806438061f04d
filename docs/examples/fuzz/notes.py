"""Notes, twice: ``fixed``, and ``app`` with two mistakes. Both are WSGI applications."""

import itertools
import json
import re
from http import HTTPStatus

SERVED = {"/notes": "POST", "/notes/": "GET, HEAD, PUT, DELETE"}


class Refused(Exception):
    """The status, and headers that go with it."""


def application(mistakes):
    notes, numbers = {}, itertools.count(1)

    def answer(method, path, headers, read):
        served = SERVED.get("/notes/" if path.startswith("/notes/") else path)
        if served is None:
            raise Refused(404)
        if method not in served.split(", "):
            raise Refused(405, ("Allow", served))
        if path == "/notes":
            name = f"n{next(numbers)}"
            notes[name] = (1, read())
            return 201, [("Location", f"/notes/{name}")], notes[name][1]
        name = path.removeprefix("/notes/")
        if name not in notes:
            # First mistake: the client is told to change a request that was good.
            raise Refused(400 if mistakes and method == "DELETE" else 404)
        version, note = notes[name]
        tag = f'"{version}"'
        if method == "DELETE":
            del notes[name]
            return 204, [], None
        if method == "PUT":
            note = read()
            # Second mistake: whoever comes last wins, whatever they had read.
            if not mistakes and headers.get("HTTP_IF_MATCH", "*") not in {"*", tag}:
                raise Refused(412)
            notes[name] = (version + 1, note)
            return 200, [("ETag", f'"{version + 1}"')], note
        known = re.findall(r'"[^"]*"|\*', headers.get("HTTP_IF_NONE_MATCH", ""))
        return (304 if {tag, "*"} & set(known) else 200), [("ETag", tag)], note

    def app(environ, start_response):
        try:
            read = lambda: valid(environ)  # noqa: E731 - content is looked at last
            method = environ["REQUEST_METHOD"]
            status, more, content = answer(method, environ["PATH_INFO"], environ, read)
            kind = "application/json"
        except Refused as refused:
            status, *more = refused.args
            content = {"title": HTTPStatus(status).phrase, "status": status}
            kind = "application/problem+json"
        text = b"" if status in {204, 304} else json.dumps(content).encode()
        if text:
            more = [("Content-Type", kind), ("Content-Length", str(len(text))), *more]
        start_response(f"{status} {HTTPStatus(status).phrase}", more)
        return [] if method == "HEAD" else [text]

    return app


def valid(environ):
    """The content, as the contract has it."""
    if not environ.get("CONTENT_TYPE", "").startswith("application/json"):
        raise Refused(415)
    if environ.get("HTTP_CONTENT_ENCODING"):
        raise Refused(415, ("Accept-Encoding", "identity"))
    try:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        note = json.loads(environ["wsgi.input"].read(size))
    except (ValueError, RecursionError):
        raise Refused(400) from None
    text = note.get("text") if isinstance(note, dict) else None
    if not isinstance(text, str) or len(text) > 200:
        raise Refused(422)
    return note


app, fixed = application(mistakes=True), application(mistakes=False)
