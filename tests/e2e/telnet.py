#!/usr/bin/env python3
"""Terminal servers: rfc2217:// with ser2net and gensio, telnet:// with telnetd, each on a pty of the emulated cable."""

import os
import select
import shutil
import socket
import stat
import threading
import tty
import unittest

from harness import BINARY, End, Process, main
from real_programs import SEARCH, RealCase
from tcp import LOCALHOST, Echo, Flow, carry, closed_port, connect

SER2NET = shutil.which("ser2net", path=SEARCH)
GENSIOT = shutil.which("gensiot", path=SEARCH)
TELNETD = shutil.which("telnetd", path=SEARCH) or shutil.which("in.telnetd", path=SEARCH)
SOCAT = shutil.which("socat", path=SEARCH)

# Every value, CR NUL, CR LF, IAC and what looks like commands of telnet.
AWKWARD = bytes(range(256)) * 8 + b"\r\0\r\n\xff\xff\xff\xfb\x00\xff\xf0\r\r\0\0\x11\x13" * 200


IAC, WILL, DO, ECHO, SUPPRESS_GO_AHEAD, TRANSMIT_BINARY = 255, 251, 253, 1, 3, 0


class LikeQemu:
    """A server of the device, as -serial telnet: of QEMU: it takes doubled IACs apart and does not double its own."""

    def __init__(self, case, device):
        self.device = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.device)
        self.listener = socket.create_server((LOCALHOST, 0))
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        case.addCleanup(self.end)

    def end(self):
        self.over.set()
        self.thread.join()
        self.listener.close()
        os.close(self.device)

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.sendall(bytes([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, WILL, TRANSMIT_BINARY,
                                      IAC, DO, TRANSMIT_BINARY]))
            command = b""
            while not self.over.is_set():
                readable = select.select([connection, self.device], [], [], 0.1)[0]
                if self.device in readable:
                    connection.sendall(os.read(self.device, 4096))
                if connection in readable:
                    received = connection.recv(4096)
                    if not received:
                        return
                    data, command = self.without_commands(command + received)
                    while data:
                        select.select([], [self.device], [])
                        data = data[os.write(self.device, data):]

    @staticmethod
    def without_commands(received):
        """The data, and the beginning of a command."""
        data = bytearray()
        at = 0
        while at < len(received):
            size = 1 if received[at] != IAC else 2 if received[at + 1:at + 2] == bytes([IAC]) else 3
            if at + size > len(received):
                break
            if size < 3:
                data.append(received[at])
            at += size
        return bytes(data), received[at:]


class TerminalServers(RealCase):
    def exchange(self, port):
        """Everything that is sent comes back, in both directions at once."""
        data = AWKWARD + os.urandom(20_000)
        with connect(port) as client:
            carry(Flow(client, client, data))

    def run_through(self, line, far, *, baud=115200):
        self.client_end(Echo(self).port, far, baud=baud)
        server = self.server_end(line, baud=baud)
        server.wait_link()
        self.exchange(server.port)
        return server

    def end_link(self):
        """Both ends, while there is a server, so that they can deliver what is left."""
        for process in self.processes:
            if isinstance(process, End):
                self.assertEqual(process.stop(), 0)

    def start_ser2net(self, device, accepter, port, options="115200n81,local"):
        config = self.write(f"ser2net{port}.yaml", "\n".join([
            "%YAML 1.1", "---", "connection: &c", f"    accepter: {accepter}tcp,{LOCALHOST},{port}",
            f"    connector: serialdev,{device},{options}", "    options:", "      kickolduser: true", ""]))
        return self.start_service("ser2net", port, [SER2NET, "-n", "-d", "-c", config, "-P", self.path("ser2net.pid")])

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_rfc2217_with_ser2net(self):
        cable = self.cable()
        port = closed_port(self)
        self.start_ser2net(cable.a, "telnet(rfc2217),", port)
        server = self.run_through(f"rfc2217://{LOCALHOST}:{port}?timeout=10", cable.b)
        server.wait_for(r"opened at 115200 8N1 \(RFC 2217, binary\)")
        self.assertNotIn("was asked for", server.text())

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_the_speed_is_set_at_the_far_port(self):
        cable = self.cable()
        port = closed_port(self)
        self.start_ser2net(cable.a, "telnet(rfc2217),", port, "9600n81,local")
        server = self.server_end(f"rfc2217://{LOCALHOST}:{port}?timeout=10&logging=debug", baud=57600)
        server.wait_for(r"opened at 57600 8N1")
        server.wait_for("received DO COM-PORT-OPTION")
        self.assert_ran(self.run_program("stty", "-F", cable.a))
        self.assertIn("speed 57600 baud", self.run_program("stty", "-F", cable.a).stdout)

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_a_server_that_comes_back(self):
        cable = self.cable()
        port = closed_port(self)
        first = self.start_ser2net(cable.a, "telnet(rfc2217),", port)
        server = self.run_through(f"rfc2217://{LOCALHOST}:{port}?timeout=10", cable.b)
        first.kill()
        server.wait_for("lost rfc2217://")
        mark = server.mark()
        self.start_ser2net(cable.a, "telnet(rfc2217),", port)
        server.wait_for(r"rfc2217://\S+ is back", after=mark)
        self.exchange(server.port)
        self.end_link()

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_a_server_that_goes_away_in_mid_transfer(self):
        cable = self.cable()
        port = closed_port(self)
        first = self.start_ser2net(cable.a, "telnet(rfc2217),", port)
        self.client_end(Echo(self).port, cable.b)
        server = self.server_end(f"rfc2217://{LOCALHOST}:{port}?timeout=10")
        server.wait_link()
        with connect(server.port) as client:
            flow = Flow(client, client, AWKWARD + os.urandom(60_000))
            carry(flow, enough=10_000)
            first.kill()
            server.wait_for("lost rfc2217://")
            mark = server.mark()
            self.start_ser2net(cable.a, "telnet(rfc2217),", port)
            server.wait_for(r"rfc2217://\S+ is back", after=mark)
            carry(flow)
        self.end_link()

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_ser2net_as_a_raw_relay(self):
        # It sets no TCP_NODELAY: what it sends waits for acknowledgements.
        cable = self.cable()
        port = closed_port(self)
        self.start_ser2net(cable.a, "", port)
        self.run_through(f"socket://{LOCALHOST}:{port}", cable.b)

    def test_a_server_that_does_not_double_iac(self):
        cable = self.cable()
        port = LikeQemu(self, cable.a).port
        server = self.run_through(f"telnet://{LOCALHOST}:{port}", cable.b)
        server.wait_for("sends the byte FF hex without doubling it")
        self.end_link()

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_a_raw_port_is_named(self):
        cable = self.cable()
        port = closed_port(self)
        self.start_ser2net(cable.a, "", port)
        server = self.server_end(f"rfc2217://{LOCALHOST}:{port}?timeout=1")
        server.wait_for("nothing of telnet was received within 1 s")

    @unittest.skipUnless(SER2NET, "ser2net is not installed")
    def test_telnet_without_rfc2217_is_named(self):
        cable = self.cable()
        port = closed_port(self)
        self.start_ser2net(cable.a, "telnet,", port)
        end = self.run_program(BINARY, "-s", "0", f"rfc2217://{LOCALHOST}:{port}")
        self.assertEqual(end.returncode, 1)
        self.assertIn("does not accept COM-PORT-OPTION", end.stderr)
        self.run_through(f"telnet://{LOCALHOST}:{port}", cable.b)

    @unittest.skipUnless(GENSIOT, "gensiot is not installed")
    def test_rfc2217_with_gensio(self):
        cable = self.cable()
        port = closed_port(self)
        self.add(Process("gensiot", [GENSIOT, "-i", f"serialdev,{cable.a},115200n81,local", "-a",
                                     f"telnet(rfc2217),tcp,{LOCALHOST},{port}"], self.folder))
        self.run_through(f"rfc2217://{LOCALHOST}:{port}?timeout=10", cable.b)

    @unittest.skipUnless(TELNETD and SOCAT, "telnetd or socat is not installed")
    def test_a_program_behind_telnetd(self):
        cable = self.cable()
        port = closed_port(self)
        script = self.write("session", f"#!/bin/sh\nstty raw -echo\nexec {SOCAT} - {cable.a},raw,echo=0\n")
        os.chmod(script, stat.S_IRWXU)
        self.start_service("socat", port, [SOCAT, f"TCP-LISTEN:{port},bind={LOCALHOST},reuseaddr,fork",
                                           f"EXEC:{TELNETD} -h -E {script}"])
        self.run_through(f"telnet://{LOCALHOST}:{port}", cable.b)


if __name__ == "__main__":
    main()
