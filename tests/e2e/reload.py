"""SIGHUP again and again, with configurations of every kind, while there are connections. SEED=N repeats a random test."""

import os
import random
import re
import signal
import socket
import time

from config import Configured
from harness import FAKE_RESOLVER, Cable, main, until
from tcp import LOCALHOST, Echo, ask, connect, payload

CABLES = 3
PORTS = 5
SECONDS = 20.0


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((LOCALHOST, 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Reloading(Configured):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def start_near(self, *links):
        self.path = self.write(*links, name="near.toml")
        return self.start(self.path, name="near", env={"LD_PRELOAD": FAKE_RESOLVER})

    def assert_echoes(self, port):
        def echoes():
            try:
                with connect(port) as connection:
                    return ask(connection, payload(2000)) == payload(2000)
            except OSError:  # the link is not up yet, or the listener is not there
                return False
        until(echoes, f"an echo by port {port}")

    def test_a_link_without_its_adapter_whose_listening_name_fails_late_harms_nobody(self):
        cable = self.lay("one")
        port, other = free_ports(2)
        good = self.link(cable.a, name='"good"', server=port)
        self.add(self.start(self.write(self.link(cable.b, client=f'"{LOCALHOST}:{self.echo.port}"'), name="far.toml")))
        near = self.start_near(good)
        near.wait_for("link ok")
        for name in ("bad", "worse", "worst"):
            self.write(good, self.link(os.path.join(self.folder, "none"), name=f'"{name}"', server=f'"late.test:{other}"'),
                       name="near.toml")
            before = self.hang_up(near)
            near.wait_for(f"{name}: Could not listen on late.test:{other}", before)
            self.assert_echoes(port)
        self.assertEqual(near.stop(), 0)

    def test_a_changed_link_has_its_ports_and_paths_again_whatever_it_listens_with(self):
        cable = self.lay("one")
        ports = free_ports(4)
        self.start(self.write(self.link(cable.b, client=[f"{LOCALHOST}:{self.echo.port}", f"u=udp:{LOCALHOST}:{ports[3]}",
                                                         f"x={LOCALHOST}:{self.echo.port}"], allow='"*:*"'), name="far.toml"))
        near = None
        for timeout in range(10, 15):
            link = self.link(cable.a, server=[str(ports[0]), f"u=udp:{LOCALHOST}:{ports[3]}", f"x=unix:{self.folder}/socket"],
                             local_forward=f'"{ports[1]}:{LOCALHOST}:{self.echo.port}"', dynamic_forward=ports[2], timeout=timeout)
            if near is None:
                near = self.start_near(link)
                before = 0
            else:
                self.write(link, name="near.toml")
                before = self.hang_up(near)
            near.wait_for("link ok", before)
            self.assert_echoes(ports[0])
            self.assert_echoes(ports[1])
            with connect(ports[2]) as client:
                client.sendall(b"\5\1\0")
                self.assertEqual(client.recv(2), b"\5\0")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(f"{self.folder}/socket")
                self.assertEqual(ask(client, payload(100)), payload(100))
        self.assertNotIn("Could not", near.text())
        self.assertEqual(near.stop(), 0)

    def starting(self):
        """A process whose start takes some time, at a moment when it blocks signals."""
        cable = self.lay(f"cable{Cable.count}")
        self.path = self.write(self.link(cable.a, server=0), name="near.toml", top=("#" + "x" * 98 + "\n") * 9000)
        near = self.start(self.path)
        bit = 1 << (signal.SIGHUP - 1)

        def held_back():
            with open(f"/proc/{near.popen.pid}/status", encoding="ascii") as file:
                status = file.read()
            masks = {name: int(re.search(rf"{name}:\s+(\w+)", status).group(1), 16) for name in ("SigBlk", "SigCgt")}
            self.assertFalse(masks["SigCgt"] & bit, "it was never held back before it was handled")
            return masks["SigBlk"] & bit
        end = time.monotonic() + 20
        while not held_back():
            self.assertLess(time.monotonic(), end)
        return near

    def test_signals_during_the_start_are_not_lost_and_end_nothing_in_the_middle(self):
        near = self.starting()
        near.signal(signal.SIGHUP)
        near.wait_for("has been read again: 1 of 1 links are unchanged")
        self.assertEqual(near.stop(), 0)
        for number in (signal.SIGTERM, signal.SIGINT):
            near = self.starting()
            near.signal(number)
            self.assertEqual(near.wait(), 0)
            self.assertIn(f"ending on {number.name}", near.text())

    def test_random_hang_ups(self):
        seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"SEED={seed}", flush=True)
        self.random = random.Random(seed)
        self.cables = [self.lay(f"cable{i}") for i in range(CABLES)]
        self.ports = [free_ports(PORTS) for _ in self.cables]
        for index, cable in enumerate(self.cables):
            far = self.link(cable.b, client=[f"t={LOCALHOST}:{self.echo.port}", f"u=udp:{LOCALHOST}:9",
                                             f"x={LOCALHOST}:{self.echo.port}"],
                            server=["e=0"], allow='"*:*"', allow_listen='"*:*"')
            self.start(self.write(far, name=f"far{index}.toml"))
        steady_port, = free_ports(1)
        steady = self.link(self.cables[0].a, name='"steady"', server=f'"t={steady_port}"')
        near = self.start_near(steady)
        near.wait_for("link ok")
        with connect(steady_port) as kept:
            self.assertEqual(ask(kept, payload(100)), payload(100))
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                links = [self.random_link(index) for index in range(1, CABLES) if self.random.random() < 0.8]
                self.write(steady, *links, name="near.toml", top="" if self.random.random() < 0.9 else "what = 1")
                self.hang_up(near)
                self.disturb()
                kept.sendall(b"still here")
                self.assertEqual(kept.recv(10, socket.MSG_WAITALL), b"still here")
                self.assertIsNone(near.popen.poll(), near.text()[-3000:])
            self.write(steady, *(self.link(cable.a, name=f'"last{i}"', server=f'"t={ports[0]}"')
                                 for i, (cable, ports) in enumerate(zip(self.cables, self.ports)) if i > 0), name="near.toml")
            self.hang_up(near)
            for ports in self.ports[1:]:
                self.assert_echoes(ports[0])
            kept.sendall(b"to the end")
            self.assertEqual(kept.recv(10, socket.MSG_WAITALL), b"to the end")
        self.assertEqual(near.stop(), 0)

    def random_link(self, index):
        """On a cable or on none, with services of every kind, some of which cannot start."""
        chance = lambda probability: self.random.random() < probability
        host = lambda: self.random.choice(["", "", "", "", "found-late.test:", "late.test:", "missing.test:"])
        ports = self.ports[index]
        device = self.random.choice([self.cables[index].a] * 4 + [f"/no/such/{index}", f"socket://127.0.0.1:{ports[4]}",
                                                                 f"socket://late.test:{index}", "loop://"])
        values = {"server": [f"t={host()}{ports[0]}", f"u=udp:{host()}{ports[1]}", f"x=unix:{self.folder}/x{index}"],
                  "timeout": self.random.randint(1, 9)}
        if chance(0.5):
            values["client"] = ["e=exec:cat", "n=found-late.test:9"]
        if chance(0.6):
            values["local_forward"] = f'"{host()}{ports[2]}:{LOCALHOST}:{self.echo.port}"'
        if chance(0.6):
            values["dynamic_forward"] = f'"{host()}{ports[3]}"'
        if chance(0.5):
            values["remote_forward"] = f'"0:found-late.test:{self.echo.port}"'
        if chance(0.2):
            values["sync_timeout"] = 0.2
        if chance(0.2):
            values["no_wait"] = "true"
        return self.link(device, name=f'"l{index}"', **values)

    def disturb(self):
        """Some time passes, in which clients connect to all listeners."""
        clients = []
        for ports in self.ports[1:]:
            for port, first in ((ports[0], b"hello"), (ports[2], b"hello"), (ports[3], b"\5\1\0")):
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex((LOCALHOST, port))
                clients.append((client, first))
        for client, first in clients:
            try:
                client.send(first)
            except OSError:
                pass
        # The next SIGHUP comes at any time: while links start, while they run, while they end.
        signal.sigtimedwait([], self.random.choice([0, 0.01, 0.05, 0.2, 0.4, 0.7]))
        for client, _ in clients:
            client.close()


if __name__ == "__main__":
    main()
