#!/usr/bin/env python3
"""--rs485: what a driver is asked for and what it has afterwards, with a driver that is emulated (fake_rs485)."""

import errno
import os

from harness import BINARY, Process, main, until
from real_programs import RealCase
from tcp import Echo, Flow, carry, connect

FAKE_RS485 = os.environ.get("SERIALTCP_FAKE_RS485", "")
# Of linux/serial.h.
ENABLED, RTS_ON_SEND, RTS_AFTER_SEND, RX_DURING_TX = 1, 2, 4, 16


class Rs485(RealCase):
    def driver(self, **more):
        self.state = self.path("rs485")
        return {"LD_PRELOAD": FAKE_RS485, "FAKE_RS485": self.state, **more}

    def was_set(self):
        """All that was set, in order: flags, delay before, delay after."""
        with open(self.state + ".log", encoding="ascii") as log:
            return [tuple(int(word) for word in line.split()) for line in log]

    def test_the_driver_is_asked_and_restored(self):
        cable = self.cable()
        server = self.server_end(cable.a, "--rs485=rts-after-send,delay-before=2,delay-after=1,rx-during-tx",
                                 env=self.driver())
        server.wait_for("opened at 115200 8N1, RS-485 rts-after-send,delay-before=2,delay-after=1,rx-during-tx")
        self.client_end(Echo(self).port, cable.b)
        server.wait_link()
        with connect(server.port) as client:
            carry(Flow(client, client, os.urandom(2000)))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.was_set(), [(ENABLED | RTS_AFTER_SEND | RX_DURING_TX, 2, 1), (0, 0, 0)])

    def test_alone_it_is_rts_on_send(self):
        cable = self.cable()
        end = self.server_end(cable.a, "--rs485", env=self.driver())  # the device stands behind it
        end.wait_for("opened at 115200 8N1, RS-485 rts-on-send")
        self.assertEqual(self.was_set(), [(ENABLED | RTS_ON_SEND, 0, 0)])

    def test_a_driver_that_has_chosen_something_else_is_named(self):
        cable = self.cable()
        end = self.server_end(cable.a, "--rs485=delay-after=5", env=self.driver(FAKE_RS485_WITHOUT_DELAYS="1"))
        end.wait_for(rf"WARNING: the driver of {cable.a} was asked for --rs485=rts-on-send,delay-after=5 and has set "
                     r"rts-on-send: ")

    def test_another_program_switches_it_off(self):
        cable = self.cable()
        end = self.server_end(cable.a, "--rs485", env=self.driver())
        end.wait_for("opened at")
        self.write("rs485", "0 0 0\n")
        end.wait_for("another program has changed the settings of .*: RS-485 off; they are set again")
        until(lambda: len(self.was_set()) == 2, "it is set again")
        self.assertEqual(self.was_set()[1], (ENABLED | RTS_ON_SEND, 0, 0))

    def test_without_the_option_the_driver_is_left_alone(self):
        cable = self.cable()
        env = self.driver()
        self.write("rs485", f"{ENABLED | RTS_ON_SEND} 7 7\n")
        end = self.server_end(cable.a, env=env)
        end.wait_for("opened at")
        self.assertEqual(end.stop(), 0)
        self.assertFalse(os.path.exists(self.state + ".log"))

    def test_drivers_that_cannot(self):
        cable = self.cable()
        end = self.run_program(BINARY, "-s", "0", "--rs485", cable.a)
        self.assertEqual(end.returncode, 1)
        self.assertIn(f"Could not open serial port {cable.a}: the driver of {cable.a} cannot switch an RS-485 transceiver "
                      "(it has no TIOCSRS485): start without --rs485", end.stderr)
        end = self.add(Process("refused", [BINARY, "-s", "0", "--rs485=delay-before=3", cable.a], self.folder,
                               env=self.driver(FAKE_RS485_ERROR=str(errno.EINVAL))))
        self.assertEqual(end.wait(), 1)
        self.assertIn("its driver refuses these settings of --rs485", end.text())


if __name__ == "__main__":
    main()
