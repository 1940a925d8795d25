"""An HTTP proxy on loopback that answers CONNECT with its own TLS, one thread a connection."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import BinaryIO

from tests.yahoo.reply import Ending, Reply

# (host, target) → what to answer.
Answer = Callable[[str, str], Reply]
REFUSED = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LINGER_ZERO = struct.pack("ii", 1, 0)


class Proxy:
    """Listens until closed; `known` says which hosts it speaks for, `answer` what they say."""

    def __init__(self, port: int, tls: ssl.SSLContext, known: Callable[[str], bool], answer: Answer) -> None:
        self._tls, self._known, self._answer = tls, known, answer
        self.strangers: list[str] = []
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="loopback-yahoo", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Stop listening, drop every connection and wait for its thread."""
        self._closing.set()
        # Not every system wakes accept() when the listener is shut down; a caller always does.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            threads = list(self._threads)
            for connection in self._open:
                # SSLSocket's own shutdown would take the TLS state away under the thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._open.add(connection)
                self._threads.add(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that goes away in the middle is its own affair; the server lives on.
        try:
            with contextlib.suppress(OSError, ValueError), connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._tunnel(connection)
        finally:
            with self._lock:
                self._open.discard(connection)
                self._threads.discard(threading.current_thread())

    def _tunnel(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            method, target, _ = _head(reader)
        host = target.rpartition(":")[0]
        if method != "CONNECT" or not self._known(host):
            self.strangers.append(target)
            connection.sendall(REFUSED)
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as tls:
            with self._lock:
                self._open.add(tls)
            try:
                tls.do_handshake()
                with tls.makefile("rb") as reader:
                    self._converse(tls, reader, host)
            finally:
                with self._lock:
                    self._open.discard(tls)

    def _converse(self, tls: ssl.SSLSocket, reader: BinaryIO, host: str) -> None:
        """Answer one request after the other until the client leaves or an answer ends the connection."""
        while True:
            _, target, headers = _head(reader)
            if not target:
                return
            reader.read(int(headers.get("content-length", "0")))
            reply = self._answer(host, target)
            if reply.delay:
                self._closing.wait(reply.delay)
            if reply.ending is Ending.SILENCE:
                self._closing.wait()
                return
            if reply.ending is Ending.RESET:
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
                return
            tls.sendall(reply.encoded())
            if reply.ending is Ending.HALF or headers.get("connection", "").lower() == "close":
                return


def _head(reader: BinaryIO) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers of the next request; empty ones when the client has left."""
    first = reader.readline(65536).decode("latin-1").split()
    headers: dict[str, str] = {}
    while line := reader.readline(65536).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return (first[0], first[1], headers) if len(first) >= 2 else ("", "", headers)
