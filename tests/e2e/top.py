"""`serialtcp top` in a terminal: what it shows agrees with `status --json`, keys, sizes, processes that end, how it ends."""

import json
import os
import pty
import re
import signal
import socket
import termios
import time

from control import Controlled
from harness import BINARY, main, until
from screen import Top
from tcp import LOCALHOST, Echo, ask, connect, payload

class TopCase(Controlled):
    def top(self, *args, **options):
        top = Top(*args, **options)
        self.addCleanup(top.end)
        return top

    def assert_restored(self, top, modes):
        self.assertFalse(top.screen.alternate, "the other screen is still there")
        self.assertFalse(top.screen.cursor_hidden, "there is no cursor")
        self.assertTrue(top.screen.wraps, "lines do not wrap")
        self.assertEqual(top.modes(), modes)

    def plain_pty(self):
        """The modes that a new pty has."""
        master, slave = pty.openpty()
        modes = termios.tcgetattr(slave)
        os.close(master)
        os.close(slave)
        return modes

    def busy_tunnel(self):
        """Both ends, with a connection that has carried 3000 bytes, and another one that has not."""
        echo = Echo(self)
        cable, near, far = self.tunnel(echo.port)
        self.path(near), self.path(far)
        used, idle = connect(near.port), connect(near.port)
        self.addCleanup(used.close)
        self.addCleanup(idle.close)
        self.assertEqual(ask(used, payload(3000)), payload(3000))
        self.assertEqual(ask(idle, b"x"), b"x")
        return cable, near, far, used, idle


class Shows(TopCase):
    def test_what_status_has(self):
        _, near, far, used, _ = self.busy_tunnel()
        top = self.top()
        top.shows(r"^serialtcp top: 2 of 2 links up, 4 connections, 2 processes$")
        link = self.link(near)
        row = top.shows(r"^ttyA +up +\d+[smh]\S* +(\S+) +(\d+)% +(\S+) +(\d+)% +(\S+) +(\S+ms) +\S+ +(\S+) +2$")
        self.assertEqual(row.group(5), f"{link['on_line']['capacity_bytes_per_second'] / 1000:.0f}k")
        self.assertEqual(row.group(7), "0")
        top.shows(r"^ttyA +up +\S+ +\d+ +0% ")  # what went through has gone
        client = f"{LOCALHOST}:{used.getsockname()[1]}"
        self.assertEqual(link["connections"][0]["client"], client)
        top.shows(rf"^ttyA#1 +open +{re.escape(client)} +3\.0k +3\.0k +0 +0 +\d+s$")
        top.shows(rf"^ttyB#1 +open +{LOCALHOST}:\d+ +3\.0k +3\.0k +0 +0 +\d+s$")
        top.shows(r"^ttyA#2 +open +\S+ +1 +1 +0 +0 +\d+s$")
        self.assertEqual(self.link(far)["connections"][0]["sent_bytes"], 3000)

    def test_the_speed_that_is_used(self):
        _, near, _, used, _ = self.busy_tunnel()
        top = self.top(os.path.basename(near.line))
        top.shows(r"1 of 1 links up, 2 connections$")
        # More than the line carries in the time of the test.
        used.setblocking(False)
        data = payload(200_000)
        try:
            data = data[used.send(data):]
        except BlockingIOError:
            pass
        row = top.shows(r"^ttyA +up +\S+ +(\S+k) +(9\d|10\d)% .* (\S+k) +2$")
        link = self.link(near)
        self.assertAlmostEqual(float(row.group(1)[:-1]) * 1000, link["on_line"]["capacity_bytes_per_second"], delta=2500)
        self.assertGreater(link["data"]["send_queue_bytes"], 1000)
        top.shows(r"^ttyA#1 .* [1-9]\S*k +\S+ +\d+s$")

    def test_as_lines(self):
        _, near, _, used, _ = self.busy_tunnel()
        text = self.done("top", "-b", "-n", "2", "-d", "0.2", os.path.basename(near.line))
        self.assertEqual(text.count("1 of 1 links up, 2 connections"), 2)
        self.assertEqual(len(re.findall(rf"(?m)^ttyA#1 +open +{LOCALHOST}:{used.getsockname()[1]} +3\.0k", text)), 2)
        self.assertLessEqual(max(map(len, text.splitlines())), 132)

    def test_at_rest_little_is_written(self):
        self.busy_tunnel()
        top = self.top()
        top.shows("4 connections")
        top.shows(r"^ttyB#1 +open +\S+ +3.0k +3.0k +0 +0 ")
        top.written, began = 0, time.monotonic()
        age = int(top.shows(r"^ttyB#1 .* (\d+)s$").group(1))
        # All ages change every second while they are in seconds.
        until(lambda: int(top.shows(r"^ttyB#1 .* (\d+)[sm]$").group(1)) not in range(age, age + 5), "5 s have passed")
        self.assertLess(top.written / (time.monotonic() - began), 300, "bytes a second")
        self.assertGreater(top.written, 0)

    def test_a_link_that_is_down_says_why(self):
        cable, near, _, used, _ = self.busy_tunnel()
        top = self.top(os.path.basename(near.line))
        top.shows("1 of 1 links up")
        cable.command("cut")
        used.sendall(b"x")
        top.shows(r"^serialtcp top: 0 of 1 links up")
        top.shows(r"^  held for \d+s; \d+s ago: nothing heard from the other end")
        cable.command("join")
        top.shows(r"^serialtcp top: 1 of 1 links up")
        top.shows_no("held for")


class Keys(TopCase):
    def test_filter_sort_pause_and_help(self):
        _, near, _, _, _ = self.busy_tunnel()
        top = self.top()
        top.shows("4 connections")
        top.press("/ttyB#")
        top.shows(r"show only: ttyB#_$")
        top.shows_no("ttyA#")
        top.press("\r")
        top.shows(r"only 'ttyB#': 2 of 2 links up")
        top.press("\x1b")
        top.shows("ttyA#")
        top.press("ssssr")  # SENT, the smallest first
        top.shows(r"SENT\^(?s:.*)ttyA#2(?s:.*)ttyB#2(?s:.*)ttyA#1(?s:.*)ttyB#1")
        top.press("r")
        top.shows(r"SENTv(?s:.*)ttyA#1(?s:.*)ttyB#1(?s:.*)ttyA#2(?s:.*)ttyB#2")
        top.press("h")
        top.shows("close the selected connection")
        top.press("x")
        top.shows("ttyA#1")
        top.press(" ")
        top.shows("^PAUSED: 2 of 2")
        with connect(near.port) as third:
            self.assertEqual(ask(third, b"x"), b"x")
            top.read(2)
            self.assertNotIn("#3", top.screen.text())
            top.press(" ")
            top.shows("ttyA#3")

    def test_close_asks_first(self):
        _, near, far, used, idle = self.busy_tunnel()
        top = self.top(os.path.basename(near.line))
        top.shows("2 connections")
        top.press("\x1b[B\x1b[Bk")
        top.shows(r"^close\? y/n: ttyA#2 \(")
        top.press("n")
        top.shows("it was not closed")
        self.assertEqual(ask(idle, b"y"), b"y")
        top.press("k")
        top.shows(r"^close\? y/n: ttyA#2 \(")
        top.press("y")
        top.shows(r"ttyA#2 was reset")
        with self.assertRaises(ConnectionResetError):
            idle.recv(1)
        self.assertEqual(ask(used, b"z"), b"z")
        until(lambda: self.link(far)["connections_now"] == 1, "the other end has reset it, too")

    def test_sizes(self):
        self.busy_tunnel()
        top = self.top(width=200, height=60)
        top.shows(r"LINE\b.*\n.*/ttyA$")
        top.resize(80, 24)
        top.shows(r"^ttyA#1 .*s$")
        top.resize(20, 5)
        top.shows(r"\A2 of 2 links up, 4 ~\nCONNECTION SENT/s\nttyA#1 +0\nttyA#2 +0\nq quit  h help")
        top.press("\t")
        top.shows(r"^LINK +STATE\nttyA +up\nttyB +up\n")
        top.resize(1, 1)
        top.shows(r"\A~\Z")
        top.resize(80, 24)
        top.shows("serialtcp top: 2 of 2 links up")


class Processes(TopCase):
    def test_none_then_one_then_none(self):
        top = self.top(width=200)
        top.shows("No running serialtcp was found. Waiting for one.")
        near = self.server_end(os.path.join(self.folder, "none"))
        top.shows(rf"process {near.popen.pid} has started")
        top.shows(r"^  waiting for device for \d+s; \d+s ago: .*(no such device|still waiting)")
        self.kill(near)
        top.shows(rf"process {near.popen.pid} has ended")
        top.shows("No running serialtcp was found. Waiting for one.")
        again = self.again(near)
        top.shows(rf"process {again.popen.pid} has started")

    def test_one_that_is_stopped_does_not_stop_the_others_or_the_keys(self):
        _, near, far, _, _ = self.busy_tunnel()
        top = self.top()
        top.shows("2 processes")
        near.signal(signal.SIGSTOP)
        self.addCleanup(near.signal, signal.SIGCONT)
        top.shows(rf"process {near.popen.pid} has not answered for [2-9] s")
        top.press("h")
        top.shows("close the selected connection")
        top.press("h")
        self.kill(far)
        top.shows(rf"process {far.popen.pid} has ended")
        near.signal(signal.SIGCONT)
        top.shows_no("has not answered")
        top.press("q")
        self.assertEqual(top.wait(), 0)


    def test_a_hostile_one_writes_nothing_to_the_terminal(self):
        evil = "\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u6f22e\u0301" * 30
        link = {"name": evil, "line": evil, "state": evil, "trouble": evil, "format": evil, "connections_now": 2**64 - 1,
                "state_seconds": -1e300, "round_trip_seconds": 1e300, "on_line": {"sent_bytes_per_second": 2**64 - 1},
                "connections": [{"id": f"{evil}#1", "service": evil, "state": evil, "client": evil, "target": evil,
                                 "age_seconds": 1e300, "sent_bytes": 2**64 - 1}]}
        status = {"version": evil, "pid": 2**64 - 1, "uptime_seconds": 1, "config_file": evil, "links": [link] * 30}
        answers = [json.dumps({"protocol": 1, "ok": True, "status": status}).encode(), b"\x1b[2J garbage \xff", b"",
                   b'{"ok":false,"error":{"text":"\\u001b[2J"}}', b"[" * 100000]
        path = os.path.join(self.folder, "evil.sock")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.listen(50)
        listener.settimeout(30)
        top = self.top("--control", path, "-d", "0.1")
        for answer in answers:
            client, _ = listener.accept()
            with client:
                client.settimeout(30)
                client.sendall(answer + b"\n")
                for key in "sr/x\x1b\x1b[B\tkn":
                    top.press(key)
                    top.read()
        again, _ = listener.accept()
        with again:
            again.settimeout(30)
            again.sendall(json.dumps({"protocol": 1, "ok": True, "status": {"pid": 5, "links": []}}).encode() + b"\n")
            top.shows("0 of 0 links up, 0 connections$")
            top.press("q")
            self.assertEqual(top.wait(), 0)


class Ends(TopCase):
    def test_the_terminal_is_as_it_was(self):
        self.path(self.server_end(os.path.join(self.folder, "none")))
        usual = self.plain_pty()
        for number in (None, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                top = self.top()
                top.shows("0 of 1 links up")
                self.assertTrue(top.screen.alternate and top.screen.cursor_hidden)
                self.assertNotEqual(top.modes(), usual)
                if number is None:
                    top.press("q")
                else:
                    os.kill(top.pid, number)
                self.assertEqual(top.wait(), 0 if number is None else -number)
                self.assert_restored(top, usual)

    def test_a_terminal_that_accepts_nothing_delays_neither_the_end_nor_the_newest_screen(self):
        self.path(self.server_end(os.path.join(self.folder, "none")))
        top = self.top()
        top.shows("0 of 1 links up")
        for _ in range(500):
            top.press("\x0c" * 20)  # draws everything again
            time.sleep(0.002)
        top.press("h")
        top.shows("close the selected connection")
        for _ in range(500):
            top.press("\x0c" * 20)
            time.sleep(0.002)
        os.kill(top.pid, signal.SIGTERM)
        _, status = until(lambda: (found := os.waitpid(top.pid, os.WNOHANG))[0] and found, "top has ended", 20)
        top.status = os.waitstatus_to_exitcode(status)
        self.assertEqual(top.status, -signal.SIGTERM)
        self.assertEqual(top.modes(), self.plain_pty())

    def test_stopped_output_is_started_again_at_the_end(self):
        top = self.top()
        top.shows("No running")
        usual = self.plain_pty()
        top.press("\x13")
        top.press("h")
        top.read(1)
        top.press("q\x7fq")
        self.assertEqual(top.wait(), 0)
        self.assert_restored(top, usual)

    def test_a_key_for_a_signal(self):
        top = self.top()
        top.shows("No running")
        top.press("\x03")
        self.assertEqual(top.wait(), -signal.SIGINT)

    def test_stopped_and_continued_by_a_shell(self):
        self.path(self.server_end(os.path.join(self.folder, "none")))
        top = self.top(program=["dash", "-m", "-i"], env={"PS1": "ready "})
        top.shows("^ready$")
        usual = top.modes()
        top.press(f"{BINARY} top\n")
        top.shows("0 of 1 links up")
        self.assertNotEqual(top.modes(), usual)
        top.press("\x1a")
        top.shows(r"Stopped(?s:.*)^ready")
        self.assert_restored(top, usual)
        top.screen.erase()
        top.press("fg\n")
        top.shows("0 of 1 links up")
        self.assertTrue(top.screen.alternate and top.screen.cursor_hidden)
        self.assertNotEqual(top.modes(), usual)
        top.press("q")
        top.shows("^ready")
        self.assert_restored(top, usual)

    def test_stopped_and_continued_without_its_knowledge(self):
        self.path(self.server_end(os.path.join(self.folder, "none")))
        usual = self.plain_pty()
        top = self.top()
        top.shows("0 of 1 links up")
        own = top.modes()
        os.kill(top.pid, signal.SIGSTOP)
        termios.tcsetattr(top.terminal, termios.TCSANOW, usual)  # as a shell does
        top.screen.erase()
        os.kill(top.pid, signal.SIGCONT)
        top.shows("0 of 1 links up")
        self.assertEqual(top.modes(), own)
        top.press("q")
        self.assertEqual(top.wait(), 0)
        self.assert_restored(top, usual)

    def test_what_is_no_terminal_is_told_what_to_use(self):
        self.assertIn("not a terminal: use serialtcp status", self.refused("top"))
        top = self.top(env={"TERM": "dumb"})
        self.assertEqual(top.wait(), 1)
        self.assertIn("serialtcp top: this terminal (TERM=dumb)", top.screen.text())

    def test_wrong_words(self):
        for words, part in ((["-d", "0"], "-d 0: a number of seconds"), (["-d", "x"], "-d x"), (["-n", "0"], "-n 0"),
                            (["-n", "-1"], "-n -1"), (["--what"], "--what"), (["a", "b"], "unexpected 'b'")):
            self.assertIn(part, self.refused("top", *words, status=2))
        self.assertIn("usage: serialtcp top [NAME]", self.done("top", "--help"))
        self.assertIn("there is nothing to show", self.refused("top", "-b", "-n", "1"))


if __name__ == "__main__":
    main()
