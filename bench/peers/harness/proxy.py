"""Stands between a function and DynamoDB Local, and measures how long each call takes."""

import selectors
import socket
import threading
import time
from dataclasses import dataclass

PIECE = 65536


@dataclass
class Connection:
    """A function's connection, the one to the table behind it, and the last call on it."""

    function: socket.socket
    table: socket.socket
    # When the call began, and when what is so far its last byte came.
    call: list | None = None
    answered: bool = True


class Proxy:
    """Forwards bytes. A call lasts from the first byte asked to the last byte answered."""

    def __init__(self, port):
        self.target = port
        self.server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        # In the order in which they began. Several may be open at once, each on its connection.
        self.calls = []
        self.told = 0
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.server, selectors.EVENT_READ)
        self.connections = {}
        threading.Thread(target=self._forward, daemon=True).start()

    def _accept(self):
        function, _ = self.server.accept()
        table = socket.create_connection(("127.0.0.1", self.target))
        connection = Connection(function, table)
        for one in (function, table):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[one] = connection
            self.selector.register(one, selectors.EVENT_READ)

    def _forward(self):
        while True:
            for ready, _ in self.selector.select():
                if ready.fileobj is self.server:
                    self._accept()
                elif ready.fileobj in self.connections:
                    self._pass_on(ready.fileobj, self.connections[ready.fileobj])

    def _pass_on(self, source, connection):
        begun = time.perf_counter()
        try:
            data = source.recv(PIECE)
        except ConnectionError:
            data = b""
        if not data:
            self._close(connection)
        elif source is connection.table:
            connection.function.sendall(data)
            connection.call[1] = time.perf_counter()
            connection.answered = True
        else:
            connection.table.sendall(data)
            # The first byte behind an answer begins another call.
            if connection.answered:
                connection.answered = False
                connection.call = [begun, begun]
                self.calls.append(connection.call)

    def _close(self, connection):
        for one in (connection.function, connection.table):
            self.selector.unregister(one)
            del self.connections[one]
            one.close()

    def taken(self):
        """For how long calls were open since the last time, in ms, and how many they were.

        Calls that are open at once count once: what a request waits for, one call after another.
        """
        calls = self.calls[self.told :]
        self.told += len(calls)
        return covered(calls) * 1000, len(calls)


def covered(spans):
    """How long the union of spans is."""
    total, reached = 0.0, float("-inf")
    for begun, ended in sorted(spans):
        total += max(0.0, ended - max(begun, reached))
        reached = max(reached, ended)
    return total
