"""Both ends raise the speed of the line while it is in use (--climb), over emulated UARTs: in mid-transfer, on a cable that can
do no more, and while ends are killed, stopped, unplugged and told to read their configuration again."""

import os
import signal
import subprocess
import time

from control import Controlled
from harness import BINARY, main, until
from tcp import Echo, Flow, Target, ask, carry, connect, payload

CLIMBED = r"is at (\d+) baud, climbed from 115200"
SIZE = 400_000


class Climb(Controlled):
    def climb(self, target, *cable, options=(), client_options=(), option="--climb"):
        self.wires, self.server, self.client = self.tunnel(target, *cable, options=(option, *options),
                                                           client_options=client_options)

    def flows(self, target, size=SIZE):
        near, far = target.pair(self.server.port)
        return [Flow(near, far, payload(size, 1), end=True), Flow(far, near, payload(size, 2), end=True)]

    def climbed(self, end, after=0):
        return int(end.wait_for(CLIMBED, after=after).group(1))

    def test_the_speed_rises_in_mid_transfer_and_every_byte_arrives(self):
        target = Target(self)
        self.climb(target.port)
        carry(*self.flows(target))
        speed = self.climbed(self.server)
        self.assertEqual(speed, self.climbed(self.client))
        self.assertGreater(speed, 115200)
        self.assertRegex(self.server.text(), r"both ends can raise the speed, from 115200 baud to at most 3000000")
        link = self.link(self.server)
        self.assertEqual((link["baud"], link["speed"]), (115200, speed))
        self.assertIn(f"speed {speed}, climbed from 115200", self.done("status", "--control", self.path(self.server)))

    def test_a_cable_that_can_do_no_more_stays_at_its_speed(self):
        target = Target(self)
        self.climb(target.port, "--limit", "115200")
        carry(*self.flows(target, 100_000))
        self.server.wait_for(r"at 230400 baud not everything arrives: 115200 kept")
        carry(*self.flows(target, 50_000))

    def test_a_speed_that_a_driver_refuses_is_left(self):
        target = Target(self)
        self.climb(target.port, "--speeds-a", "230400=no", option="--climb=230400")
        self.server.wait_for(r"at 230400 baud not everything arrives: 115200 kept|cannot do 230400 baud")
        carry(*self.flows(target, 50_000))

    def test_only_one_end_that_climbs_is_none(self):
        target = Target(self)
        self.climb(target.port, client_options=("--climb=off",))
        self.server.wait_for(r"ttyA stays at 115200 baud: the other end cannot raise the speed")
        carry(*self.flows(target, 60_000))
        self.assertNotIn("raise the speed", self.client.text())

    def test_a_pty_is_left_as_it_is_unless_it_is_asked_for(self):
        target = Target(self)
        self.wires, self.server, self.client = self.tunnel(target.port)
        carry(*self.flows(target, 60_000))
        for end in (self.server, self.client):
            self.assertNotIn("raise the speed", end.text())
            self.assertEqual(self.link(end)["speed"], 115200)

    def test_a_line_that_does_not_carry_all_bytes_keeps_its_speed_and_says_so(self):
        target = Target(self)
        self.climb(target.port, options=("--xonxoff",))
        self.server.wait_for(r"ttyA stays at 115200 baud: bytes are coded there.*--climb has no effect")
        carry(*self.flows(target, 50_000))
        self.assertNotIn("raise the speed", self.server.text())

    def test_a_sealed_link_climbs(self):
        key = os.path.join(self.folder, "cable.key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        target = Target(self)
        self.climb(target.port, options=("--key", key))
        carry(*self.flows(target))
        self.assertGreater(self.climbed(self.server), 115200)

    def test_an_end_that_is_killed_is_served_again(self):
        echo = Echo(self)
        self.climb(echo.port)
        for number, (kill, stay) in enumerate((("client", "server"), ("server", "client")) * 2):
            mark = getattr(self, stay).mark()
            if number < 2:  # in mid-climb; later when it is high
                getattr(self, stay).wait_for(r"both ends can raise the speed")
            else:
                self.climbed(getattr(self, stay))
            self.kill(getattr(self, kill))
            setattr(self, kill, self.again(getattr(self, kill)))
            getattr(self, kill).wait_link()
            getattr(self, stay).wait_link(after=mark)
            with connect(self.server.port) as connection:
                self.assertEqual(ask(connection, b"once more"), b"once more")

    def test_connections_survive_what_happens_in_mid_climb(self):
        target = Target(self)
        self.climb(target.port)
        flows = self.flows(target)
        for end in (self.server, self.client):
            carry(*flows, enough=len(flows[0].arrived) + 20_000)
            end.signal(signal.SIGSTOP)
            time.sleep(3)  # what it misses is the point
            end.signal(signal.SIGCONT)
        for side, end in (("a", self.server), ("b", self.client)):
            carry(*flows, enough=len(flows[0].arrived) + 20_000)
            before = end.mark()
            self.wires.command(f"unplug {side}")
            end.wait_for(r"(?i)lost", after=before)
            self.wires.command(f"plug {side}")
        carry(*flows)

    def known(self):
        with open(os.path.join(os.environ["XDG_STATE_HOME"], "serialtcp", "speeds"), encoding="ascii") as file:
            return [line.split() for line in file if not line.startswith("#")]

    def both_again(self):
        for name in ("server", "client"):
            self.assertEqual(getattr(self, name).stop(), 0)
            setattr(self, name, self.again(getattr(self, name)))

    def first_step(self):
        """Where both ends are when they first settle after a start; what did not work before that."""
        speed = self.climbed(self.server)
        self.assertEqual(speed, self.climbed(self.client))
        return speed, "not everything arrives" in self.server.text() + self.client.text()

    def test_what_was_learned_is_tried_first_and_proven_again(self):
        # The paths of the ports stand for adapters, which a pty is not.
        self.climb(9)
        speed, _ = self.first_step()
        self.assertEqual(speed, 3_000_000)
        until(lambda: len(self.known()) == 2, "both ends remember it")
        self.assertEqual(sorted(self.known()), sorted([["3000000", "-", self.wires.a], ["3000000", "-", self.wires.b]]))
        self.both_again()
        self.assertEqual(self.first_step(), (3_000_000, False))
        # Another cable, at the same adapters: one attempt fails, and is told; then it climbs as far as this one can.
        for end in (self.server, self.client):
            self.assertEqual(end.stop(), 0)
        self.wires.command("set limit 921600")
        for name in ("server", "client"):
            setattr(self, name, self.again(getattr(self, name)))
        self.server.wait_for(r"at 3000000 baud not everything arrives: 115200 kept")
        speed = until(lambda: {row[0] for row in self.known()} <= {"576000", "921600", "1000000"} and self.known(),
                      "what has not worked is replaced")
        self.assertTrue(speed)

    def test_a_key_is_a_peer_of_its_own(self):
        key = os.path.join(self.folder, "cable.key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        self.climb(9, options=("--key", key))
        self.climbed(self.server)
        until(lambda: len(self.known()) == 2, "both ends remember it")
        peers = {row[1] for row in self.known()}
        self.assertEqual(len(peers), 1, "both have the same key")
        self.assertRegex(peers.pop(), r"^[0-9a-f]{16}$")

    def test_what_cannot_be_remembered_is_said_once_and_the_climb_goes_on(self):
        with open(os.environ["XDG_STATE_HOME"], "w", encoding="ascii") as file:
            file.write("a file where a folder should be\n")
        target = Target(self)
        self.climb(target.port)
        carry(*self.flows(target))
        self.climbed(self.server)
        self.server.wait_for(r"which speed works is not remembered for the next start: .*/serialtcp/speeds: ")
        self.kill(self.client)
        self.client = self.again(self.client)
        self.climbed(self.client)
        until(lambda: self.link(self.server)["speed"] > 115200, "the speed is raised again")
        self.assertEqual(self.server.text().count("is not remembered"), 1)

    def test_half_duplex_lines_are_left_as_they_are(self):
        target = Target(self)
        self.climb(target.port, options=("--half-duplex",))
        carry(*self.flows(target, 20_000))
        self.assertNotIn("raise the speed", self.server.text())


if __name__ == "__main__":
    main()
