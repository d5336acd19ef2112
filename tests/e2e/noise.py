"""What a bad line adds, removes and changes: the bytes of every connection arrive exactly nevertheless."""

import os
import select
import socket
import termios
import threading

from harness import Case, main
from tcp import Echo, Flow, Target, ask, carry, connect, payload

FAST = 921600

BOOT = b"""\r
U-Boot 2023.01 (Jan 09 2023 - 16:07:33 +0000)\r
DRAM:  1 GiB\r
Hit any key to stop autoboot:  3 \x08\x08\x08 2 \x08\x08\x08 1 \x08\x08\x08 0 \r
[    0.000000] Booting Linux on physical CPU 0x0\r
[    1.204311] ttyS0 at MMIO 0x10000000 (irq = 12, base_baud = 230400) is a 16550A\r
"""
LOGIN = b"\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: "


class Faults(Case):
    def assert_exact(self, count=60_000, **faults):
        """A transfer both ways while the line has these `faults`."""
        target = Target(self)
        wires, server, _ = self.tunnel(target.port, "--seed", "7", baud=FAST)
        for name, value in faults.items():
            wires.command(f"set {name} {value}")
        near, far = target.pair(server.port)
        carry(Flow(near, far, payload(count, 1), end=True), Flow(far, near, payload(count, 2), end=True))
        return wires

    def test_flipped_bits(self):
        self.assert_exact(ber="1e-5")

    def test_many_flipped_bits(self):
        self.assert_exact(ber="3e-4", count=10_000)

    def test_lost_bytes(self):
        self.assert_exact(drop="2e-4")

    def test_inserted_bytes(self):
        self.assert_exact(insert="2e-4")

    def test_doubled_bytes(self):
        self.assert_exact(duplicate="2e-4")

    def test_bytes_that_arrive_as_zero(self):
        self.assert_exact(zero="2e-4")

    def test_bursts(self):
        self.assert_exact(burst="1e-4:40")

    def test_stalls(self):
        self.assert_exact(stall="1e-4:50")

    def test_a_long_way(self):
        self.assert_exact(latency="50")

    def test_everything_at_once(self):
        self.assert_exact(ber="1e-5", drop="5e-5", insert="5e-5", duplicate="5e-5", zero="5e-5", latency="5",
                          quantum="16")

    def test_the_link_comes_up_on_a_bad_line(self):
        echo = Echo(self)
        _, server, _ = self.tunnel(echo.port, "--ber", "1e-3")
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(300)), payload(300))


class Console:
    """A console at an end of the cable: prints boot messages, shows a login prompt, answers and echoes what it
    receives."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        settings = termios.tcgetattr(self.fd)
        settings[:4] = [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0]
        settings[4] = settings[5] = termios.B115200
        termios.tcsetattr(self.fd, termios.TCSANOW, settings)
        self.wake, self.waker = socket.socketpair()
        self.thread = None

    def write(self, text):
        os.write(self.fd, text)

    def answer(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            readable, _, _ = select.select([self.fd, self.wake], [], [])
            if self.wake in readable:
                return
            self.write(os.read(self.fd, 256) + LOGIN)

    def close(self):
        self.waker.close()
        if self.thread:
            self.thread.join()
        self.wake.close()
        os.close(self.fd)


class Strangers(Case):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)
        self.wires = self.cable()
        self.client = self.client_end(self.echo.port, self.wires.b)
        self.client.wait_for("connecting to")  # what arrived before it opened its port is dropped
        self.console = Console(self.wires.a)

    def assert_recovers(self):
        """The console leaves the line, and serialtcp takes its place."""
        self.console.close()
        server = self.server_end(self.wires.a)
        server.wait_link()
        self.client.wait_link()
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(3000)), payload(3000))

    def test_boot_messages_are_named_and_harm_nothing(self):
        for _ in range(5):
            self.console.write(BOOT)
        self.client.wait_for(r"(?i)(console|login|boot)")
        self.assert_recovers()

    def test_a_login_prompt_that_answers_is_named_and_harms_nothing(self):
        self.console.write(LOGIN)
        self.console.answer()
        self.client.wait_for(r"(?i)(console|login|echo)")
        self.assert_recovers()

    def test_random_bytes_harm_nothing(self):
        self.console.write(payload(3000))
        self.assert_recovers()

    def test_a_cut_off_frame_harms_nothing(self):
        self.console.write(b"\x1f~" + payload(300)[256:] + b"\x1f")
        self.assert_recovers()


if __name__ == "__main__":
    main()
