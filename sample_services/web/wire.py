"""uvicorn's HTTP/1.1, with problem details also for what never becomes a request.

h11 is chosen over httptools because it lets unknown methods through to us (501) and tells why it
refuses a request: no Host (RFC 9112, 3.2), an unknown transfer coding (6.1), headers without end.
"""

from __future__ import annotations

import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from sample_services.web.problems import Problem
from sample_services.web.replies import PROBLEM, dumped

_LINGER = 1.0  # seconds
LARGEST_HEAD = 256 * 1024  # request line and headers; what is smaller, target.py looks at


class ProblemProtocol(H11Protocol):
    """Says what is wrong in the same form as the rest of the service."""

    refused = False

    def data_received(self, data: bytes) -> None:
        """Take what comes, and nothing more once the request was refused."""
        if not self.refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the reason is h11's own
        """Answer a request that h11 refused, and hang up."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            error = sys.exception()
            status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
            content = dumped(Problem(status).document(""))
            headers = [
                ("Content-Type", PROBLEM),
                ("Content-Length", str(len(content))),
                ("Cache-Control", "no-store"),
                ("Connection", "close"),
            ]
            self.refused = True
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
            # RFC 9112, 9.6: closing while the client sends would reset the connection, and the
            # answer with it. Stop sending, and listen a little longer.
            self.transport.write_eof()
            self.loop.call_later(_LINGER, self.transport.close)
        else:
            self.transport.close()
