#!/usr/bin/env python3
"""BAUDRATE auto over the emulated cable: the peer's speed is found, and found again; lines without a speed, ports that vanish."""

import os
import re
import socket
import subprocess
import time

from harness import BINARY, Case, main, until
from tcp import LOCALHOST, Echo, ask, connect, payload

OLD = os.environ.get("SERIALTCP_2_0_0", "")
FOUND = r"the peer speaks (\d+) baud"


class AutoSpeed(Case):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def ends(self, speed, *cable, options=(), **client):
        cable = self.cable(*cable)
        peer = self.client_end(self.echo.port, cable.b, *options, baud=speed, **client)
        return cable, self.server_end(cable.a, *options, baud="auto"), peer

    def finds(self, end, speed, after=0):
        self.assertEqual(int(end.wait_for(FOUND, after=after).group(1)), speed)
        end.wait_link(after=after)

    def carries(self, end, count=20_000):
        data = payload(count)
        with connect(end.port) as stream:
            self.assertEqual(ask(stream, data), data)

    def test_a_slow_peer_is_found(self):
        _, end, _ = self.ends(19200)
        self.finds(end, 19200)
        self.carries(end, 500)

    def test_a_fast_peer_with_another_clock_is_found(self):
        _, end, _ = self.ends(921600, "--clock-a", "1.5%", "--clock-b", "-1.5%", "--ber", "1e-5")
        self.finds(end, 921600)
        self.carries(end)

    def test_a_sealed_peer_is_found(self):
        key = os.path.join(self.folder, "cable.key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        _, end, _ = self.ends(460800, options=("--key", key))
        self.finds(end, 460800)
        self.carries(end)

    def test_two_that_search_meet(self):
        _, end, peer = self.ends("auto")
        self.finds(end, 115200)
        self.finds(peer, 115200)
        self.carries(end)

    def test_a_peer_that_comes_back_at_another_speed_is_found(self):
        _, end, peer = self.ends(57600)
        self.finds(end, 57600)
        mark = end.mark()
        self.kill(peer)
        self.again(peer, baud=230400)
        self.finds(end, 230400, after=mark)
        self.carries(end)

    def test_version_2_0_0_is_found(self):
        if not os.access(OLD, os.X_OK):
            self.skipTest("scripts/build-2.0.0 has made no program")
        _, end, _ = self.ends(38400, binary=OLD)
        self.finds(end, 38400)
        self.carries(end, 500)

    def test_it_says_that_nothing_is_found(self):
        cable = self.cable()
        began = time.monotonic()
        end = self.server_end(cable.a, baud="auto")
        end.wait_for(r"WARNING: no speed was found on \S+: nothing is received")
        self.assertLess(time.monotonic() - began, 12)

    def test_a_console_gets_nothing_at_another_speed(self):
        cable = self.cable()
        subprocess.run(["stty", "-F", cable.b, "9600", "raw", "-echo"], check=True, timeout=10)
        console = os.open(cable.b, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.addCleanup(os.close, console)
        end = self.server_end(cable.a, baud="auto")

        def says():
            os.write(console, b"\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ")
            return re.search(r"something writes text at 9600 baud", end.text())
        for _ in range(20):
            if says():
                break
            time.sleep(0.5)
        self.assertIn("something writes text at 9600 baud", end.text())
        end.wait_for(r"login prompt|console")
        with self.assertRaises(BlockingIOError):
            os.read(console, 1000)

    def test_a_driver_that_refuses_a_speed_is_named_once_at_most(self):
        # Not "=no": an emulated driver refuses a little later, and until then what arrives is understood at any speed.
        cable, end, _ = self.ends(57600, "--speeds-a", "921600=1200")
        self.finds(end, 57600)
        self.carries(end)
        self.assertTrue(cable.popen.poll() is None)

    def test_a_port_that_vanishes_while_it_searches_comes_back(self):
        cable = self.cable()
        end = self.server_end(cable.a, baud="auto")
        for _ in range(5):
            cable.command("unplug a")
            cable.command("plug a")
            time.sleep(0.7)  # in the middle of the search
        end.wait_for(r"lost \S+")
        self.client_end(self.echo.port, cable.b, baud=500000)
        self.finds(end, 500000)

    def test_a_line_without_a_speed_says_so_and_works(self):
        listener = socket.create_server((LOCALHOST, 0))
        self.addCleanup(listener.close)
        port = listener.getsockname()[1]
        listener.close()
        end = self.server_end(f"listen:{LOCALHOST}:{port}", baud="auto")
        self.client_end(self.echo.port, f"socket://{LOCALHOST}:{port}", baud="auto")
        end.wait_for(r"WARNING: \S+ has no speed that can be set: BAUDRATE auto is without effect")
        end.wait_link()
        self.carries(end)

    def test_consoles_need_a_speed(self):
        for words in (["getty", "/dev/ttyS0", "auto"], ["install", "/dev/ttyS0", "auto"]):
            done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("a console needs a speed that is known", done.stderr)


if __name__ == "__main__":
    main()
