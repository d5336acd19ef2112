#!/usr/bin/python3
"""A peer that speaks the original's protocol, written from its description alone, on pyserial as its users have it.

    original_peer.py --server PORT | --client HOST:PORT  DEVICE BAUD

It is as simple as the original: threads, one connection at a time, nothing checked. It says on standard output what
happens. It shares no code with the program under test.
"""

import queue
import socket
import sys
import threading
import time

import serial

ESCAPE = 0x1F
CONNECT, CONNECTED, FAILED, START, DISCONNECT = b"CcFsD"
SERVER_HELLO = 0xE0
CLIENT_SYNC = (0xC1, 0xC2, 0xC3)
SERVER_SYNC = (0xE1, 0xE2, 0xE3)
CONNECT_TIMEOUT = 10


class Peer:
    def __init__(self, role, host, port, device, baud):
        self.role = role
        self.address = (host, port)
        self.port = serial.Serial(device, baud, timeout=0.05, exclusive=True)
        self.codes = queue.Queue()
        self.connection = None  # where data from the line goes, ...
        self.started = False  # ... once the start has arrived
        self.mine, self.theirs = (SERVER_SYNC, CLIENT_SYNC) if role == "server" else (CLIENT_SYNC, SERVER_SYNC)
        threading.Thread(target=self.listen, daemon=True).start()

    @staticmethod
    def log(text):
        print(text, flush=True)

    def say(self, *codes):
        self.port.write(b"".join(bytes([ESCAPE, code]) for code in codes))

    # ---- From the line ----

    def listen(self):
        escaped = False
        while True:
            data = bytearray()
            for byte in self.port.read(max(1, self.port.in_waiting)):
                if escaped:
                    escaped = False
                    if byte == ESCAPE:
                        data.append(byte)
                    else:
                        self.deliver(data)
                        data = bytearray()
                        self.heard(byte)
                elif byte == ESCAPE:
                    escaped = True
                else:
                    data.append(byte)
            self.deliver(data)

    def heard(self, code):
        self.started = code == START or (self.started and code != DISCONNECT)
        self.codes.put(code)

    def deliver(self, data):
        connection = self.connection
        if data and connection is not None and self.started:
            try:
                connection.sendall(data)
            except OSError:
                pass

    def next_code(self, timeout=None):
        try:
            return self.codes.get(timeout=timeout)
        except queue.Empty:
            return None

    # ---- Synchronising ----

    def synchronise(self):
        timeout = 1.0
        while not self.attempt(timeout):
            timeout = min(timeout * 1.5, 60.0)
        self.log("link ok")

    def attempt(self, timeout):
        while True:
            while not self.codes.empty():
                self.codes.get()
            self.say(DISCONNECT, DISCONNECT)
            if self.role == "server":
                self.say(SERVER_HELLO)
            result = self.rounds(timeout)
            if result != "again":
                return result == "ok"

    def rounds(self, timeout):
        for number in range(3):
            if self.role == "client":
                self.say(self.mine[number])
            deadline = time.monotonic() + timeout
            while True:
                code = self.next_code(max(0.0, deadline - time.monotonic()))
                if code is None:
                    return "late"
                if code == self.theirs[number]:
                    break
                if number > 0 and code == self.theirs[number - 1]:
                    continue
                if code in self.theirs or (self.role == "client" and code == SERVER_HELLO):
                    return "again"
                if code in self.mine or code == SERVER_HELLO:
                    self.log("WARNING: Misconfiguration or echo detected.")
                    time.sleep(timeout)
                    return "late"
            if self.role == "server":
                self.say(self.mine[number])
        return "ok"

    # ---- Connections ----

    def relay(self, connection):
        self.connection = connection
        self.say(START)
        connection.settimeout(0.01)
        self.log("relaying")
        while True:
            try:
                data = connection.recv(4096)
                if not data:
                    self.say(DISCONNECT)
                    break
                self.port.write(data.replace(b"\x1f", b"\x1f\x1f"))
            except TimeoutError:
                pass
            except OSError:
                self.say(DISCONNECT)
                break
            try:
                if self.codes.get_nowait() == DISCONNECT:
                    break
            except queue.Empty:
                pass
        self.connection = None
        connection.close()
        self.log("closed")

    def serve(self):
        listener = socket.create_server(self.address, backlog=0)
        self.log(f"listening on {listener.getsockname()[1]}")
        listener.settimeout(0.02)
        while True:
            self.synchronise()
            connection = None
            while connection is None:
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    if DISCONNECT in self.drain():
                        break
            if connection is None:
                continue
            self.connection = connection  # before its data can come
            self.say(CONNECT)
            deadline = time.monotonic() + CONNECT_TIMEOUT
            while (code := self.next_code(max(0.0, deadline - time.monotonic()))) not in (None, CONNECTED, FAILED, DISCONNECT):
                pass
            if code == CONNECTED:
                self.relay(connection)
            else:
                self.log("failed")
                self.connection = None
                connection.close()

    def connect(self):
        while True:
            self.synchronise()
            while (code := self.next_code()) not in (CONNECT, DISCONNECT):
                pass
            if code == DISCONNECT:
                continue
            try:
                connection = socket.create_connection(self.address, CONNECT_TIMEOUT)
            except OSError:
                self.say(FAILED)
                self.log("failed")
                continue
            self.connection = connection
            self.say(CONNECTED)
            self.relay(connection)

    def drain(self):
        codes = []
        while not self.codes.empty():
            codes.append(self.codes.get())
        return codes


def main():
    option, address, device, baud = sys.argv[1:]
    if option == "--server":
        Peer("server", "127.0.0.1", int(address), device, int(baud)).serve()
    else:
        host, port = address.rsplit(":", 1)
        Peer("client", host, int(port), device, int(baud)).connect()


main()
