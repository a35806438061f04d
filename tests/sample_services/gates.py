"""A way to a neighbour that can be shut."""

import socket
import threading
from contextlib import suppress


class Gate:
    """A way to the inventory that can be shut: "open", "down" (hangs up) or "silent"."""

    def __init__(self, base, mode):
        self.target = ("127.0.0.1", int(base.rpartition(":")[2].partition("/")[0]))
        self.mode = mode
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v2"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                incoming = self.listener.accept()[0]
            except OSError:
                return
            self.open.append(incoming)
            if self.mode == "down":
                incoming.close()
            elif self.mode == "open":
                onward = socket.create_connection(self.target)
                self.open.append(onward)
                for pair in ((incoming, onward), (onward, incoming)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink):
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def shut(self, mode):
        self.mode = mode
        for each in self.open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.shut("down")
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for each in (*self.open, self.listener):
            each.close()
