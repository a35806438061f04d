"""A small service with a contract of its own; it notes what it is asked."""

import json
from urllib.parse import parse_qs

THING = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 40}},
}
ERROR = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "asked": {"type": "apiKey", "in": "query", "name": "key"},
            "baked": {"type": "apiKey", "in": "cookie", "name": "key"},
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
    },
    "security": [{"key": []}],
    "paths": {
        "/things": {
            "get": {
                "operationId": "listThings",
                "parameters": [{"name": "tag", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"type": "array"}}},
                    },
                    "401": ERROR,
                },
            },
            "post": {
                "operationId": "makeThing",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": THING}},
                },
                "responses": {
                    "201": {
                        "description": "",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": THING}},
                    },
                    **dict.fromkeys(("400", "401", "415", "422"), ERROR),
                },
            },
        },
        "/things/{id}": {
            "parameters": [ID],
            "get": {
                "operationId": "getThing",
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": THING}}},
                    **dict.fromkeys(("401", "404"), ERROR),
                },
            },
            "delete": {
                "operationId": "dropThing",
                "responses": {"204": {"description": ""}, **dict.fromkeys(("401", "404"), ERROR)},
            },
        },
    },
}
SECRET = "s3cr3t-of-the-first"


class Toy:
    """A WSGI application; ``says(environ)`` gives the secret that came along."""

    def __init__(self, says=lambda environ: environ.get("HTTP_X_KEY"), fault=""):
        self.says = says
        self.fault = fault
        self.things = {1: {"name": "one"}}
        self.asked = []

    def __call__(self, environ, start_response):
        status, headers, value = self.answer(environ)
        body = b"" if value is None else json.dumps(value).encode()
        if value is not None:
            headers = {"Content-Type": "application/json", **headers}
        headers["Content-Length"] = str(len(body))
        if status == 204:
            del headers["Content-Length"]
        start_response(f"{status} X", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def answer(self, environ):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path, parse_qs(environ.get("QUERY_STRING", ""))))
        size = int(environ.get("CONTENT_LENGTH") or 0)
        content = environ["wsgi.input"].read(size)
        if path == "/openapi.json":
            return 200, {}, CONTRACT
        parts = path.strip("/").split("/")
        if parts[0] != "things" or len(parts) > 2:
            return 404, {}, {"error": "no such place"}
        allowed = {"GET", "HEAD", "DELETE"} if len(parts) == 2 else {"GET", "HEAD", "POST"}
        if method not in allowed:
            return 405, {"Allow": ", ".join(sorted(allowed))}, {"error": "no such method"}
        if self.says(environ) != SECRET:
            return 401, {"WWW-Authenticate": "Key"}, {"error": f"not good: {self.says(environ)}"}
        if len(parts) == 2:
            return self.one(method, parts[1])
        if method == "POST":
            return self.made(environ, content)
        return 200, {}, [{"id": number, **each} for number, each in self.things.items()]

    def one(self, method, said):
        number = int(said) if said.isdecimal() else 0
        if number not in self.things:
            return 404, {}, {"error": "no such thing"}
        if method == "DELETE":
            del self.things[number]
            return 204, {}, None
        return 200, {}, self.things[number]

    def made(self, environ, content):
        if environ.get("CONTENT_TYPE") != "application/json" or environ.get(
            "HTTP_CONTENT_ENCODING"
        ):
            return 415, {}, {"error": "JSON, please"}
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            return 400, {}, {"error": "no JSON"}
        name = value.get("name") if isinstance(value, dict) else None
        if self.fault == "500" and not isinstance(name, str):
            return 500, {}, {"error": f"oops {self.says(environ)}"}
        if not isinstance(name, str) or not 0 < len(name) <= 40:
            return 422, {}, {"error": "no name"}
        number = max(self.things, default=0) + 1
        self.things[number] = {"name": name}
        return 201, {"Location": f"/things/{number}"}, self.things[number]
