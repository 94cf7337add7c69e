"""Stands between a function and DynamoDB Local, and measures how long each call takes."""

import selectors
import socket
import threading
import time

PIECE = 65536


class Proxy:
    """Forwards bytes. A call lasts from the first byte asked to the last byte answered."""

    def __init__(self, port):
        self.target = port
        self.server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        # Of each call: when it began, and when what is so far its last byte came.
        self.calls = []
        self.told = 0
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.server, selectors.EVENT_READ)
        self.asking = {}
        threading.Thread(target=self._forward, daemon=True).start()

    def _accept(self):
        function, _ = self.server.accept()
        table = socket.create_connection(("127.0.0.1", self.target))
        for one in (function, table):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asking[function] = (table, [True])
        self.asking[table] = (function, None)
        for one in (function, table):
            self.selector.register(one, selectors.EVENT_READ)

    def _forward(self):
        while True:
            for ready, _ in self.selector.select():
                if ready.fileobj is self.server:
                    self._accept()
                elif ready.fileobj in self.asking:
                    self._pass_on(ready.fileobj)

    def _pass_on(self, source):
        begun = time.perf_counter()
        other, idle = self.asking[source]
        try:
            data = source.recv(PIECE)
        except ConnectionError:
            data = b""
        if not data:
            for one in (source, other):
                self.selector.unregister(one)
                del self.asking[one]
                one.close()
            return
        other.sendall(data)
        if idle is None:
            # An answer, or a part of one.
            self.asking[other][1][0] = True
            self.calls[-1][1] = time.perf_counter()
        elif idle[0]:
            idle[0] = False
            self.calls.append([begun, begun])

    def taken(self):
        """How long the calls since the last time took together, in ms, and how many they were."""
        calls = self.calls[self.told :]
        self.told += len(calls)
        return sum(end - begun for begun, end in calls) * 1000, len(calls)
