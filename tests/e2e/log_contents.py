"""What the log tells by itself: the port, the link, each connection, losses, and what SIGHUP has changed."""

import json
import os
import re
import signal
import time

from harness import BINARY, Case, Process, main, until
from tcp import LOCALHOST, Echo, ask, connect, payload, reset


class Contents(Case):
    def test_a_port_says_how_it_was_opened(self):
        wires = self.cable()
        end = self.server_end(wires.a, "--parity", "E", "--stopbits", "2", "--rtscts", baud=57600)
        end.wait_for(rf"{wires.a} opened at 57600 8E2, RTS/CTS\n")
        other = self.client_end(1, wires.b)
        other.wait_for(rf"{wires.b} opened at 115200 8N1\n")

    def test_a_link_says_what_is_at_the_other_end_and_how_far_that_is(self):
        _, server, client = self.tunnel(Echo(self).port, "--latency", "40")
        for end in (server, client):
            end.wait_for(r"link ok on \S+; the other end is serialtcp 2\.1 or later\n")
            milliseconds = float(end.wait_for(r"round trip ([\d.]+) ms on \S+, speed \S+ kB/s \(nominal 12 kB/s\)").group(1))
            self.assertGreater(milliseconds, 70)
            self.assertLess(milliseconds, 500)

    def test_a_speed_that_is_not_the_nominal_one_is_told(self):
        _, server, _ = self.tunnel(Echo(self).port, "--baud", "28800")
        told = re.compile(r"(?:carries|speed) (\d\.\d) kB/s \(nominal 12 kB/s\)")
        deadline = time.monotonic() + 90
        with connect(server.port) as connection:
            connection.settimeout(60)
            while not told.search(server.text()) and time.monotonic() < deadline:
                ask(connection, os.urandom(20_000))
        # 2.88 kB/s, as far as a busy machine's emulated cable keeps to it.
        self.assertAlmostEqual(float(server.wait_for(told.pattern).group(1)), 2.88, delta=0.5)

    def test_a_connection_that_ends_is_summed_up(self):
        target = Echo(self).port
        cable = self.cable()
        server = self.server_end(cable.a, what="web=0")
        client = self.client_end(f"web={LOCALHOST}:{target}", cable.b)
        server.wait_link()
        with connect(server.port) as connection:
            who = connection.getsockname()[1]
            self.assertEqual(ask(connection, payload(3000)), payload(3000))
            time.sleep(1.1)
        server.wait_for(rf"connection 1: closed, 3\.0 kB sent, 3\.0 kB received in \d\.\d s \(\S+ k?B/s\): "
                        rf"'web' from {LOCALHOST}:{who}\n")
        client.wait_for(rf"connection 1: closed, 3\.0 kB sent, 3\.0 kB received in \d\.\d s \(\S+ k?B/s\): "
                        rf"'web' to {LOCALHOST}:{target}\n")

    def test_a_connection_that_fails_says_why_and_whose_it_was(self):
        _, server, client = self.tunnel(1, options=("--log-format", "json"))
        with connect(server.port) as connection:
            self.assertRaises(ConnectionError, connection.recv, 1)
        for end, pattern in ((server, r"connection 1: reset: .*refused.*, 0 B sent, 0 B received in .*: from 127"),
                             (client, r"connection 1: to 127\.0\.0\.1:1: .*refused")):
            until(lambda end=end, pattern=pattern: re.search(pattern, end.text()), pattern)
            events = [json.loads(line)["event"] for line in end.text().splitlines() if "refused" in line]
            self.assertEqual(events, ["connection_failed"])

    def test_a_client_that_resets_is_a_failure_with_what_was_moved(self):
        echo = Echo(self)
        _, server, _ = self.tunnel(echo.port)
        connection = connect(server.port)
        self.assertEqual(ask(connection, payload(500)), payload(500))
        reset(connection)
        server.wait_for(r"connection 1: reset by the local side, 500 B sent, 500 B received in [\d.]+ s.*: from 127\.0\.0\.1:")

    def test_losses_are_told_when_they_begin_and_when_they_are_over(self):
        cable, server, client = self.tunnel(Echo(self).port, "--baud", "0", baud=1_000_000)
        marks = server.mark(), client.mark()
        with connect(server.port) as connection:
            connection.settimeout(60)

            def said(text):
                return any(text in one.text()[mark:] for one, mark in zip((server, client), marks))

            def traffic(text):
                end = time.monotonic() + 120
                while not said(text):
                    self.assertEqual(ask(connection, payload(2000)), payload(2000))
                    time.sleep(0.02)
                    self.assertLess(time.monotonic(), end, text)
            cable.command("set drop 0.0005")
            traffic("loses data")
            cable.command("set drop 0")
            traffic("loses little again")
        for end, mark in zip((server, client), marks):
            self.assertLessEqual(end.text()[mark:].count("loses data"), 1)


class Reload(Case):
    def test_sighup_says_which_links_are_new_changed_or_gone(self):
        wires = [self.add_cable() for _ in range(2)]
        path = os.path.join(self.folder, "links.toml")

        def write(links):
            with open(path, "w", encoding="ascii") as file:
                for name, port, server in links:
                    file.write(f'[[link]]\nname = "{name}"\nport = "{port}"\nserver = {server}\n')
        write([("same", wires[0].a, 0), ("other", wires[0].b, 0), ("gone", wires[1].a, 0)])
        run = self.add(Process("links", [BINARY, "--config", path], self.folder))
        run.wait_for(rf"gone: {wires[1].a} opened")
        mark = run.mark()
        write([("same", wires[0].a, 0), ("other", wires[0].b, '"0,refuse"'), ("new", wires[1].b, 0)])
        run.signal(signal.SIGHUP)
        run.wait_for(r"link other has changed: it is started again with its new options\n", after=mark)
        run.wait_for(r"link gone is no longer there: it is ended\n", after=mark)
        run.wait_for(r"link new is new: it is started\n", after=mark)
        run.wait_for(rf"other: {wires[0].b} opened", after=mark)
        run.wait_for(rf"new: {wires[1].b} opened", after=mark)
        self.assertNotIn("link same", run.text())

    def add_cable(self):
        folder = os.path.join(self.folder, f"cable{len(self.processes)}")
        os.mkdir(folder)
        previous, self.folder = self.folder, folder
        try:
            return self.cable()
        finally:
            self.folder = previous


if __name__ == "__main__":
    main()
