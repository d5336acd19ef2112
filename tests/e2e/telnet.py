#!/usr/bin/env python3
"""Terminal servers: rfc2217:// with ser2net and gensio, telnet:// with telnetd, each on a pty of the emulated cable."""

import os
import random
import select
import shutil
import socket
import stat
import threading
import tty
import unittest

from harness import BINARY, End, Process, main, until
from real_programs import SEARCH, RealCase
from tcp import LOCALHOST, Echo, Flow, carry, closed_port, connect

SER2NET = shutil.which("ser2net", path=SEARCH)
GENSIOT = shutil.which("gensiot", path=SEARCH)
TELNETD = shutil.which("telnetd", path=SEARCH) or shutil.which("in.telnetd", path=SEARCH)
SOCAT = shutil.which("socat", path=SEARCH)

# Every value, CR NUL, CR LF, IAC and what looks like commands of telnet.
AWKWARD = bytes(range(256)) * 8 + b"\r\0\r\n\xff\xff\xff\xfb\x00\xff\xf0\r\r\0\0\x11\x13" * 200


IAC, SE, SB, WILL, DO = 255, 240, 250, 251, 253
TRANSMIT_BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT = 0, 1, 3, 44
FLOWCONTROL_SUSPEND = 108
ACCEPTS = bytes([IAC, WILL, TRANSMIT_BINARY, IAC, DO, TRANSMIT_BINARY])
ACCEPTS_PORT = ACCEPTS + bytes([IAC, DO, COM_PORT])


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
            connection.sendall(bytes([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD]) + ACCEPTS)
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


class Hostile:
    """A server that sends the same to every client: `first`, then `again` without end. It reads nothing."""

    def __init__(self, case, first, again=b""):
        self.first, self.again = first, again
        self.over = threading.Event()
        self.connections = 0
        self.listener = socket.create_server((LOCALHOST, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        case.addCleanup(self.end)

    def end(self):
        self.over.set()
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                connection.sendall(self.first)
                while self.again and not self.over.is_set():
                    connection.sendall(self.again)
            except OSError:
                return
            self.over.wait()


class HostileServers(RealCase):
    def end_at(self, url):
        return self.server_end(url, "--no-control")

    def test_one_that_negotiates_without_end(self):
        for scheme in ("telnet", "rfc2217"):
            server = Hostile(self, b"", bytes([IAC, WILL, ECHO, IAC, DO, 24]) * 100)
            end = self.end_at(f"{scheme}://{LOCALHOST}:{server.port}")
            end.wait_for("negotiates options of telnet without end")
            until(lambda server=server: server.connections >= 3, "it is tried again")
            self.assert_small(end)

    def test_a_subnegotiation_without_end(self):
        server = Hostile(self, ACCEPTS_PORT + bytes([IAC, SB, COM_PORT]), b"x" * 4096)
        end = self.end_at(f"rfc2217://{LOCALHOST}:{server.port}")
        end.wait_for("has begun a subnegotiation of telnet and does not end it")
        self.assert_small(end)

    def test_one_that_says_nothing(self):
        server = Hostile(self, b"")
        end = self.end_at(f"rfc2217://{LOCALHOST}:{server.port}?timeout=0.5")
        end.wait_for("nothing of telnet was received within 0.5 s: is it a raw port")
        end = self.end_at(f"telnet://{LOCALHOST}:{server.port}?timeout=0.5")
        end.wait_for("nothing of telnet was received, so it may be a raw port")

    def test_one_that_answers_about_telnet_and_not_about_the_port(self):
        server = Hostile(self, ACCEPTS)
        end = self.end_at(f"rfc2217://{LOCALHOST}:{server.port}?timeout=0.5")
        end.wait_for(r"no answer about COM-PORT-OPTION \(RFC 2217\) within 0.5 s")
        server = Hostile(self, ACCEPTS_PORT)
        end = self.end_at(f"rfc2217://{LOCALHOST}:{server.port}?timeout=0.5")
        end.wait_for("it has not answered the request for baud rate 115200")
        end.wait_for("opened at 115200 8N1")

    def test_one_that_wants_no_data(self):
        server = Hostile(self, ACCEPTS_PORT + bytes([IAC, SB, COM_PORT, FLOWCONTROL_SUSPEND, IAC, SE]))
        end = self.end_at(f"rfc2217://{LOCALHOST}:{server.port}?timeout=0.5")
        end.wait_for("has sent FLOWCONTROL-SUSPEND, and accepts no data until it resumes")

    def test_noise(self):
        noise = bytes(128 + byte % 128 for byte in random.Random(1).randbytes(65536))  # no text that could be a prompt
        server = Hostile(self, ACCEPTS, noise)
        end = self.end_at(f"telnet://{LOCALHOST}:{server.port}")
        end.wait_for("receives makes no sense")
        self.assert_small(end)


if __name__ == "__main__":
    main()
