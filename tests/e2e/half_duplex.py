"""Lines on which only one end can send at a time, emulated: a radio with a low rate and a small buffer, and RS-485 with
two wires."""

import subprocess
import time

from harness import BINARY, Case, main
from tcp import Echo, Flow, Target, ask, carry, connect, payload

RADIO = ("--half-duplex", "radio", "--baud", "57600", "--air-rate", "2000", "--turn-round", "30", "--modem-buffer", "1024")
AIR = 2000
SIZE = 20_000
BAUD = 57600


class HalfDuplex(Case):
    def both_ways(self, cable, options=("--half-duplex",), client_options=()):
        """20 kB each way, and an echo beside each: exact, and at 0.7 of the radio channel or more. Random bytes, so
        nothing is compressed."""
        target = Target(self)
        _, server, _ = self.tunnel(target.port, *cable, baud=BAUD, options=options, client_options=client_options)
        near, far = target.pair(server.port)
        self.assertEqual(self.one_byte(near, far), b"x")
        for source, sink in ((near, far), (far, near)):
            began = time.monotonic()
            carry(Flow(source, sink, payload(SIZE, seed=7)), deadline=120)
            self.assertGreater(SIZE / (time.monotonic() - began), 0.7 * AIR)

    def one_byte(self, near, far):
        near.sendall(b"x")
        return far.recv(1)

    def test_a_radio_carries_seventy_percent_of_its_air(self):
        self.both_ways(RADIO + ("--air-quantum", "64"))

    def test_one_end_follows_the_other(self):
        self.both_ways(RADIO, options=(), client_options=("--half-duplex",))

    def test_a_sealed_link_takes_turns(self):
        key = f"{self.folder}/key"
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True)
        self.both_ways(RADIO, options=("--half-duplex", "--key", key))

    def test_rs485_with_two_wires_and_a_deaf_sender(self):
        self.both_ways(("--half-duplex", "rs485", "--turn-round", "1", "--baud", str(BAUD)))

    def test_rs485_on_which_an_end_hears_itself_is_detected(self):
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, "--half-duplex", "rs485-echo", "--turn-round", "0", "--baud", str(BAUD), baud=BAUD)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(SIZE)), payload(SIZE))
        self.assertIn("looks half-duplex", server.text() + client.text())

    def test_rs485_on_which_an_end_hears_itself_is_no_echo_where_it_is_known(self):
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, "--half-duplex", "rs485-echo", "--turn-round", "1", "--baud", str(BAUD), baud=BAUD,
                                        options=("--half-duplex",))
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(SIZE)), payload(SIZE))
        self.assertNotIn("comes back", server.text() + client.text())

    def test_a_radio_is_detected(self):
        target = Target(self)
        _, server, client = self.tunnel(target.port, *RADIO, baud=BAUD)
        near, far = target.pair(server.port)
        self.assertEqual(self.one_byte(near, far), b"x")
        began = time.monotonic()
        carry(Flow(near, far, payload(2 * SIZE, seed=7)), deadline=120)
        self.assertGreater(2 * SIZE / (time.monotonic() - began), 0.4 * AIR, "it is found while this goes on")
        self.assertIn("looks half-duplex", server.text() + client.text())
        began = time.monotonic()
        carry(Flow(far, near, payload(SIZE, seed=8)), deadline=120)
        self.assertGreater(SIZE / (time.monotonic() - began), 0.7 * AIR)

    def test_a_keystroke_beside_bulk_is_answered_within_three_turns(self):
        echo = Echo(self)
        _, server, _ = self.tunnel(echo.port, *RADIO, baud=BAUD, options=("--half-duplex",))
        with connect(server.port) as bulk, connect(server.port) as typist:
            bulk.sendall(payload(SIZE))
            self.assertEqual(ask(typist, b"k"), b"k")
            waits = []
            for _ in range(8):
                began = time.monotonic()
                self.assertEqual(ask(typist, b"k"), b"k")
                waits.append(time.monotonic() - began)
                time.sleep(0.2)
            self.assertLess(sorted(waits)[4], 1.5)


if __name__ == "__main__":
    main()
