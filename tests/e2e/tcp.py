"""TCP for the tests: targets behind the tunnel, clients in front of it, and exchanges of bytes that must arrive
exactly."""

import errno
import random
import select
import selectors
import socket
import struct
import threading
import time

from harness import DEADLINE

LOCALHOST = "127.0.0.1"
RESET_ERRORS = (errno.ECONNRESET, errno.EPIPE)


def payload(count, seed=1):
    """Random bytes, preceded by every byte value once and the sequences with a special meaning on the line."""
    special = bytes(range(256)) + b"\x1f\x1f\x1f~\x1fD\x1fs\x11\x13\x1f"
    return (special + random.Random(seed).randbytes(count))[:count]


def connect(port):
    connection = socket.create_connection((LOCALHOST, port), timeout=DEADLINE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def reset(connection):
    """Closes with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def not_accepted_yet(port):
    """How many connections to this listening port are not accepted yet (proc_net_tcp: state 0A, receive queue)."""
    waiting = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            for line in list(lines)[1:]:
                _, local, _, state, queues, *_ = line.split()
                if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                    waiting += int(queues.rpartition(":")[2], 16)
    return waiting


def read_exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise AssertionError(f"the end came after {len(data)} of {count} bytes")
        data += more
    return bytes(data)


def read_to_end(connection):
    data = bytearray()
    while more := connection.recv(65536):
        data += more
    return bytes(data)


def read_all(connection):
    """All bytes until the connection ends, and how it ends: "end", or the name of the error."""
    data = bytearray()
    try:
        while more := connection.recv(65536):
            data += more
        return bytes(data), "end"
    except OSError as error:
        return bytes(data), type(error).__name__


def arrives_as_reset(connection):
    """True if the connection ends by a reset (whatever bytes come before), False if it ends in order."""
    try:
        read_to_end(connection)
        return False
    except OSError as error:
        if error.errno in RESET_ERRORS:
            return True
        raise


def is_reset(port):
    """True if a new connection ends by a reset, even before connect() has returned."""
    try:
        with connect(port) as connection:
            return arrives_as_reset(connection)
    except ConnectionResetError:
        return True


def ask(connection, question, count=None):
    """Sends to an echo and returns what comes back."""
    connection.sendall(question)
    return read_exactly(connection, len(question) if count is None else count)


class Flow:
    """Bytes in transit from one socket to another."""

    def __init__(self, source, sink, data, end=False):
        self.source, self.sink, self.data, self.end = source, sink, data, end
        self.sent = 0
        self.arrived = bytearray()
        self.ended = False

    def done(self):
        return len(self.arrived) >= len(self.data) and (self.ended or not self.end)


def carry(*flows, deadline=DEADLINE, enough=None):
    """Runs the flows at the same time until all bytes have arrived, exactly. With `enough`, only until that many bytes
    of the first one have arrived; the same flows can be continued later."""
    stop = time.monotonic() + deadline
    while not all(flow.done() for flow in flows):
        if enough is not None and len(flows[0].arrived) >= enough:
            return
        if time.monotonic() > stop:
            raise AssertionError("stuck at " + ", ".join(f"{len(flow.arrived)} of {len(flow.data)}" for flow in flows))
        readers = {flow.sink: flow for flow in flows if not flow.done()}
        writers = {flow.source: flow for flow in flows if flow.sent < len(flow.data)}
        readable, writable, _ = select.select(readers, writers, [], 0.5)
        for one in writable:
            push(writers[one])
        for one in readable:
            pull(readers[one])


def push(flow):
    flow.source.setblocking(False)
    try:
        flow.sent += flow.source.send(flow.data[flow.sent:flow.sent + 65536])
    except BlockingIOError:
        pass
    finally:
        flow.source.settimeout(DEADLINE)
    if flow.end and flow.sent == len(flow.data):
        flow.source.shutdown(socket.SHUT_WR)


def pull(flow):
    more = flow.sink.recv(65536)
    if not more:
        if len(flow.arrived) < len(flow.data):
            raise AssertionError(f"the end came after {len(flow.arrived)} of {len(flow.data)} bytes")
        flow.ended = True
    start = len(flow.arrived)
    flow.arrived += more
    if flow.data[start:len(flow.arrived)] != more:
        raise AssertionError(f"bytes {start} to {len(flow.arrived)} are not those that were sent")


class Target:
    """A listening socket on loopback; the test itself accepts and communicates."""

    def __init__(self, case, receive_buffer=None, backlog=1024):
        self.socket = socket.socket()
        case.addCleanup(self.socket.close)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind((LOCALHOST, 0))
        self.socket.listen(backlog)
        self.socket.settimeout(DEADLINE)
        self.port = self.socket.getsockname()[1]
        self.case = case

    def accept(self):
        connection, _ = self.socket.accept()
        connection.settimeout(DEADLINE)
        self.case.addCleanup(connection.close)
        return connection

    def pair(self, port):
        """One connection through the tunnel: the client's socket and the target's."""
        client = connect(port)
        self.case.addCleanup(client.close)
        return client, self.accept()


def closed_port(case):
    """A port of loopback that refuses connections. It is reserved, so that no other program gets it while the test
    runs, but in such a way that a server which requests this port can have it."""
    holder = socket.socket()
    case.addCleanup(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOCALHOST, 0))
    return holder.getsockname()[1]


def silent_target(case):
    """A target whose queue is full: the kernel drops every further SYN. Returns it and the connections that fill the
    queue."""
    target = Target(case, backlog=0)
    fillers = []
    while True:
        filler = socket.socket()
        case.addCleanup(filler.close)
        filler.setblocking(False)
        filler.connect_ex((LOCALHOST, target.port))
        if not select.select([], [filler], [], 0.5)[1]:
            filler.close()
            return target, fillers
        fillers.append(filler)


class Echo:
    """Returns what it receives on every connection, and ends when the other side does. Any number of connections, one
    thread."""

    CHUNK = 65536

    def __init__(self, case, **target):
        self.listener = Target(case, **target)
        self.port = self.listener.port
        self.listener.socket.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener.socket, selectors.EVENT_READ)
        self.wake, self.waker = socket.socketpair()
        self.selector.register(self.wake, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.stop)

    def stop(self):
        self.waker.close()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.wake:
                    return
                if key.fileobj is self.listener.socket:
                    self.accept()
                else:
                    self.serve(key.fileobj, key.data)

    def accept(self):
        try:
            connection, _ = self.listener.socket.accept()
        except OSError:
            return
        connection.setblocking(False)
        self.selector.register(connection, selectors.EVENT_READ, bytearray())

    def serve(self, connection, pending):
        """`pending` is what was not returned yet; while there is any, nothing more is read."""
        try:
            if not pending:
                pending += (more := connection.recv(self.CHUNK))
                if not more:
                    raise EOFError
            del pending[:connection.send(pending)]
        except BlockingIOError:
            pass
        except (OSError, EOFError):
            self.selector.unregister(connection)
            connection.close()
            return
        self.selector.modify(connection, selectors.EVENT_WRITE if pending else selectors.EVENT_READ, pending)
