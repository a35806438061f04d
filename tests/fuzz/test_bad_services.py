"""Services that are not there, go away, never end, lead elsewhere: a clear line, exit 2, no hang."""

import http.server
import json
import shutil
import socketserver
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

from apicheck import cli

OK = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        """Clients that hang up are what this is about."""


@contextmanager
def service(answer, context=None):
    """``answer(handler)`` for each request of any method; gives the address, and ends it early."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def __getattr__(self, name):
            if name.startswith("do_"):
                return lambda: answer(self)
            raise AttributeError(name)

        def log_message(self, *_):
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()

    def end():
        server.shutdown()
        server.server_close()
        thread.join()

    scheme = "http" if context is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}", end
    finally:
        end()


def reply(handler, status=200, body=b"{}", **headers):
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    with suppress(OSError):
        handler.wfile.write(body)


@pytest.fixture
def fuzz(tmp_path, capsys):
    def fuzzed(target, *options, paths=("/a", "/b"), **more):
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, **more}
        document["paths"] = {path: {"get": {"responses": OK}} for path in paths}
        contract = tmp_path / "c.json"
        contract.write_text(json.dumps(document))
        given = ["fuzz", target, "--contract", str(contract), "--phases", "probes", *options]
        code = cli.run(given)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return fuzzed


def test_a_service_that_is_not_up_is_waited_for_and_then_told_of(fuzz):
    code, _, told = fuzz("http://127.0.0.1:9", "--wait", "0.2")
    assert code == 2
    assert "no service answered within 0.2 s" in told


def test_a_service_that_goes_away_is_told_of_with_what_was_learnt(fuzz, tmp_path):
    asked, ends = [], []

    def until(handler):
        asked.append(handler.path)
        if len(asked) == 6:
            threading.Thread(target=ends[0]).start()
        reply(handler, 500 if handler.path == "/a" else 200)

    with service(until) as (base, end):
        ends.append(end)
        report = tmp_path / "r.json"
        code, out, _ = fuzz(base, "--output", f"json={report}", "--deadline", "1")
    assert code == 2
    assert "the service went away" in out
    assert json.loads(report.read_text())["findings"]


def test_a_service_that_hangs_is_given_up(fuzz):
    asked = []

    def hang(handler):
        asked.append(1)
        if len(asked) > 8:
            threading.Event().wait(5)
        reply(handler)

    with service(hang) as (base, _):
        code, out, _ = fuzz(base, "--deadline", "0.1", paths=[f"/{n}" for n in range(9)])
    assert code == 2
    assert "requests in a row were not answered" in out
    assert len(asked) < 30


def test_an_answer_that_never_ends_costs_three_deadlines(fuzz):
    ended = threading.Event()

    def endless(handler):
        if handler.path != "/b":
            return reply(handler)
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        with suppress(OSError):
            while not ended.wait(0.02):
                handler.wfile.write(b" ")
        return None

    with service(endless) as (base, _):
        _, out, _ = fuzz(base, "--deadline", "0.2", "-v")
        ended.set()
    assert "do not end within the deadline" in out


def test_a_gigabyte_is_not_read(fuzz):
    def large(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**9))
        handler.end_headers()
        with suppress(OSError):
            for _ in range(10_000):
                handler.wfile.write(b"x" * 100_000)

    with service(large) as (base, _):
        code, out, _ = fuzz(base, "--area", "content", "--operation", "GET /a")
    assert code in {0, 1}
    assert "requests to" in out


def test_a_service_that_leads_elsewhere_is_not_followed(fuzz):
    def led(handler):
        reply(handler, 302, Location="https://login.example.com/")

    with service(led) as (base, _):
        code, _, told = fuzz(base)
    assert code == 2
    assert "redirected to https://login.example.com" in told


def test_one_that_wants_credentials_for_everything_says_so(fuzz):
    with service(lambda handler: reply(handler, 401)) as (base, _):
        code, _, told = fuzz(base, security=[{"key": []}])
    assert code == 2
    assert "every request is answered with 401" in told


def test_another_service_is_told_apart(fuzz):
    with service(lambda handler: reply(handler, 404)) as (base, _):
        code, _, told = fuzz(base)
    assert code == 2
    assert "none of the paths of the contract is there" in told


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *[
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
            ],
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            key,
            "-out",
            cert,
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


def test_a_certificate_that_is_not_trusted_is_told_at_once_and_may_be_given(
    fuzz, certificate, tmp_path
):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with service(reply, context) as (base, _):
        code, _, told = fuzz(base, "--wait", "100")
        assert code == 2
        assert "its certificate is not trusted" in told
        assert "--ca FILE" in told
        code, out, _ = fuzz(base, "--ca", str(cert), "--area", "routing")
        assert code in {0, 1}
        assert "requests to https://" in out
        assert fuzz(base, "--ca", str(key))[0] == 2
        assert "No such file" in fuzz(base, "--ca", str(tmp_path / "none.pem"))[2]


def test_https_to_a_service_without_it_is_told_at_once(fuzz):
    with service(reply) as (base, _):
        code, _, told = fuzz(base.replace("http:", "https:"), "--wait", "100")
    assert code == 2
    assert "does not speak TLS" in told


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--rate-limit", "fast"], "is no rate"),
        (["--deadline", "0"], "more than 0"),
        (["--wait", "-1"], "more than 0"),
        (["--shard", "3/2"], "I/N"),
        (["--token", "env:NO_SUCH_VARIABLE_HERE"], "no such variable"),
        (["--token", "file:/no/such/file"], "cannot be read"),
        (["--token", "cmd:false"], "ended with exit code 1"),
        (["--token", "cmd:no-such-command-at-all"], "cannot be run"),
        (["--auth", "nothing=x"], "no such security scheme"),
        (["--hooks", "no_such_hooks.py"], "there is no such file"),
        (["--hooks", "no.such.module"], "cannot be imported"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_option_is_told(fuzz, options, why):
    with service(reply) as (base, _):
        code, _, told = fuzz(base, *options)
    assert code == 2
    assert why in told
