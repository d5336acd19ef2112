"""The control socket: what `serialtcp status`, `close` and `log` say and do, and what clients cannot do to a process."""

import json
import os
import signal
import socket
import stat
import subprocess
import time

from harness import BINARY, Case, main, until
from tcp import LOCALHOST, Echo, ask, connect, payload, read_exactly

NOBODY = 65534
REFUSED, USAGE = 1, 2


class Controlled(Case):
    """Processes whose sockets are in a folder of the test."""

    def setUp(self):
        super().setUp()
        self.sockets = os.path.join(self.folder, "run")
        self.env = {"RUNTIME_DIRECTORY": self.sockets}
        os.environ.update(self.env)
        self.addCleanup(os.environ.pop, "RUNTIME_DIRECTORY")

    def run_command(self, *args, **options):
        return subprocess.run([BINARY, *[str(arg) for arg in args]], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False, **options)

    def done(self, *args):
        """What a command that succeeds prints."""
        result = self.run_command(*args)
        self.assertEqual((result.returncode, result.stderr), (0, ""), args)
        return result.stdout

    def refused(self, *args, status=REFUSED, **options):
        """What a command that fails says."""
        result = self.run_command(*args, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertNotEqual(result.stderr, "")
        return result.stderr

    def path(self, process):
        path = os.path.join(self.sockets, f"{process.popen.pid}.sock")
        return until(lambda: os.path.exists(path) and path, f"the control socket of {process.name}")

    def link(self, process, *names):
        """The status of its only link, or of the one that is named."""
        whole = json.loads(self.done("status", "--json", "--control", self.path(process), *names))
        self.assertEqual(whole["protocol"], 1)
        (process,) = whole["processes"]
        (link,) = process["links"]
        return link

    def dial(self, process):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(30)
        client.connect(self.path(process))
        return client

    def say(self, client, request):
        client.sendall((request if isinstance(request, bytes) else json.dumps(request).encode()) + b"\n")
        return self.hear(client)

    @staticmethod
    def hear(client):
        line = b""
        while not line.endswith(b"\n"):
            more = client.recv(65536)
            if not more:
                raise AssertionError(f"closed after {line[:200]}")
            line += more
        return json.loads(line)


class Status(Controlled):
    def test_the_figures_of_both_ends_agree_with_what_was_transferred(self):
        echo = Echo(self)
        _, near, far = self.tunnel(echo.port, "--baud", "921600", baud=921600)
        with connect(near.port) as small, connect(near.port) as large:
            self.assertEqual(ask(small, payload(100)), payload(100))
            self.assertEqual(ask(large, payload(30000)), payload(30000))
            links = [self.link(near), self.link(far)]
            for link in links:
                self.assertEqual((link["state"], link["protocol"], link["sealed"]), ("up", "serialtcp 2", False))
                self.assertEqual(link["times_up"], 1)
                self.assertEqual(link["connections_now"], 2)
                self.assertEqual([(c["sent_bytes"], c["received_bytes"]) for c in link["connections"]],
                                 [(100, 100), (30000, 30000)])
                self.assertEqual([c["state"] for c in link["connections"]], ["open", "open"])
                self.assertEqual((link["data"]["sent_bytes"], link["data"]["received_bytes"]), (30100, 30100))
                self.assertGreater(link["on_line"]["sent_bytes"], 30000)  # random bytes do not shrink
                self.assertGreater(link["round_trip_seconds"], 0)
                self.assertGreater(link["frames"]["received"], 0)
            near_link, far_link = links
            client = f"{LOCALHOST}:{small.getsockname()[1]}"
            self.assertEqual(near_link["connections"][0]["client"], client)
            self.assertEqual(far_link["connections"][0]["target"], f"{LOCALHOST}:{echo.port}")
            self.assertIn(f"{LOCALHOST}:{near.port}", near_link["listeners"][0]["address"])
            self.assertEqual(far_link["targets"], [{"service": "", "target": f"{LOCALHOST}:{echo.port}"}])
            self.assertEqual((near_link["role"], far_link["role"]), ("server", "client"))
            # What one end has put on the line, the other has got.
            until(lambda: self.link(far)["on_line"]["received_bytes"] >= near_link["on_line"]["sent_bytes"],
                  "everything has arrived")
        until(lambda: self.link(near)["connections_now"] == 0, "the connections have ended")
        self.assertEqual(self.link(near)["data"]["sent_bytes"], 30100)

    def test_the_table_shows_all_processes_and_fits_80_columns(self):
        echo = Echo(self)
        _, near, far = self.tunnel(echo.port)
        self.path(near), self.path(far)
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(100)), payload(100))
            text = self.done("status")
            for part in (f"process {near.popen.pid}", f"process {far.popen.pid}", "up for", "115200 8N1", "#1", "round trip",
                         f"{LOCALHOST}:{echo.port}", f"{LOCALHOST}:{near.port}", "PEER"):
                self.assertIn(part, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
            only = self.done("status", os.path.basename(near.line))
            self.assertIn(f"process {near.popen.pid}", only)
            self.assertNotIn(f"process {far.popen.pid}", only)
        self.assertIn("has a link 'none'", self.refused("status", "none"))

    def test_it_answers_without_a_device_without_a_peer_and_while_the_peer_is_silent(self):
        echo = Echo(self)
        lonely = self.server_end(os.path.join(self.folder, "none"), name="lonely")
        link = self.link(lonely)
        self.assertEqual((link["state"], link["connections"]), ("waiting for device", []))
        self.assertIn("no such device", link["trouble"])
        cable = self.cable()
        near = self.server_end(cable.a)
        self.assertEqual(self.link(near)["state"], "no peer")
        far = self.client_end(echo.port, cable.b)
        near.wait_link()
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(10)), payload(10))
            cable.command("cut")
            one.sendall(b"x")
            link = until(lambda: (link := self.link(near))["state"] == "held" and link, "the link is held")
            self.assertEqual(len(link["connections"]), 1)
            self.assertGreater(link["awaited_seconds"], 0)
            cable.command("join")
            self.assertEqual(read_exactly(one, 1), b"x")
            until(lambda: self.link(near)["state"] == "up", "the link is up")
        self.assertEqual(self.link(near)["reconnects"], 0)
        self.kill(far)
        self.again(far)
        until(lambda: self.link(near)["reconnects"] == 1, "a second link")

    def test_a_process_that_does_not_answer_is_told_and_the_others_are_shown(self):
        stopped = self.server_end(os.path.join(self.folder, "none"), name="stopped")
        other = self.server_end(os.path.join(self.folder, "none"), name="other")
        path = self.path(stopped)
        self.path(other)
        stopped.signal(signal.SIGSTOP)
        result = self.run_command("status")
        stopped.signal(signal.SIGCONT)
        self.assertEqual(result.returncode, 0)
        self.assertIn(f"process {other.popen.pid}", result.stdout)
        self.assertEqual(result.stderr, f"serialtcp status: no answer from {path}: nothing for 5 s\n")

    def test_datagrams_are_connections_too(self):
        target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(target.close)
        target.bind((LOCALHOST, 0))
        cable = self.cable()
        near = self.server_end(cable.a, what="dns=udp:0")
        far = self.client_end(f"dns=udp:{LOCALHOST}:{target.getsockname()[1]}", cable.b)
        near.wait_link()
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(client.close)
        client.sendto(b"12345", (LOCALHOST, near.port))
        self.assertEqual(target.recv(100), b"12345")
        for end, way in ((near, "sent"), (far, "received")):
            (one,) = self.link(end)["connections"]
            self.assertEqual((one["kind"], one["service"], one[f"{way}_datagrams"], one[f"{way}_bytes"]),
                             ("datagrams", "dns", 1, 5))
        self.assertIn("was reset", self.done("close", f"{near.line}#1"))
        until(lambda: not self.link(far)["connections"], "the other end has ended it")


class Close(Controlled):
    def test_exactly_the_named_connection_is_reset_at_both_ends(self):
        echo = Echo(self)
        _, near, far = self.tunnel(echo.port)
        kept, closed = connect(near.port), connect(near.port)
        with kept, closed:
            for one in (kept, closed):
                self.assertEqual(ask(one, payload(50)), payload(50))
            self.assertEqual(self.done("close", f"{near.line}#2"), f"{near.line}#2 was reset\n")
            with self.assertRaises(ConnectionResetError):
                closed.recv(1)
            near.wait_for(r"connection 2: reset by serialtcp close \(process \d+ of user \d+\), 50 B sent, 50 B received")
            far.wait_for(r"connection 2: reset")
            self.assertEqual(ask(kept, payload(60)), payload(60))
            self.assertIn("no connection", self.refused("close", f"{near.line}#2"))
            self.assertIn("has a link", self.refused("close", "none#1"))
            self.assertIn("2 links are meant", self.refused("close", "1"))
            self.assertIn("NAME#N", self.refused("close", "x#y", status=USAGE))
            self.assertIn("NAME#N", self.refused("close", status=USAGE))
            self.assertEqual(ask(kept, payload(60)), payload(60))
            self.assertIn("was reset", self.done("close", "1", "--control", self.path(far)))
            with self.assertRaises(ConnectionResetError):
                kept.recv(1)


class Log(Controlled):
    def test_its_level_changes_while_it_runs(self):
        echo = Echo(self)
        _, near, far = self.tunnel(echo.port)
        process = self.path(near)
        self.assertEqual(self.done("log", "debug", "--control", process), f"process {near.popen.pid}: level debug, was info\n")
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(20)), payload(20))
        near.wait_for(r"received \d+ bytes")
        near.wait_for("connection 1: closed")
        self.assertEqual(self.done("log", "WARNING", "--control", process), f"process {near.popen.pid}: level warning, was debug\n")
        before = near.mark()
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(20)), payload(20))
        far.wait_for("connection 2: closed")
        self.assertIn("was warning", self.done("log", "info", "--control", process))
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(20)), payload(20))
        near.wait_for("connection 3: closed", before)
        self.assertNotRegex(near.text()[before:], r"connection 2|received \d+ bytes")
        self.assertIn("a level is", self.refused("log", "loud", status=USAGE))
        self.assertEqual(len(self.done("log", "info").splitlines()), 2)


    def test_sigusr1_writes_the_status_of_each_link_once_a_second_at_most(self):
        echo = Echo(self)
        cable = self.cable()
        near = self.server_end(cable.a, "--quiet")
        self.client_end(echo.port, cable.b).wait_link()
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(20)), payload(20))
            for _ in range(100):
                near.signal(signal.SIGUSR1)
                time.sleep(0.005)
            near.wait_for(r"status: process \d+, running for .*, 1 links\n")
            near.wait_for(rf"status: {near.line}: up for ")
            near.wait_for(rf"status: {near.line}: sent .* data 20 B, queue ")
            near.wait_for(rf"status: {near.line}: 1 connections\n")
            self.assertLessEqual(near.text().count("status:"), 3 * 8)
        self.assertNotIn("closed", near.text(), "the log is quiet again")


class Clients(Controlled):
    """Clients that are not `serialtcp status`."""

    def setUp(self):
        super().setUp()
        self.end = self.server_end(os.path.join(self.folder, "none"))
        self.path(self.end)

    def assert_answers(self):
        begin = time.monotonic()
        self.assertEqual(self.link(self.end)["state"], "waiting for device")
        self.assertLess(time.monotonic() - begin, 20)

    def test_requests_and_mistakes(self):
        client = self.dial(self.end)
        self.assertEqual(self.say(client, {"request": "version"})["ok"], True)
        for request, code in ((b"", "bad_request"), (b"hello", "bad_request"), (b"[1]", "bad_request"), (b"{}", "bad_request"),
                              (b'{"request":5}', "bad_request"), (b'{"request":"explode"}', "unknown_request"),
                              (b"[" * 4000, "bad_request"), (b"\xff\x00\x1b", "bad_request"),
                              (b'{"request":"close","connection":"x"}', "bad_request"),
                              (b'{"request":"close","connection":"x#1"}', "not_found"),
                              (b'{"request":"status","link":"x"}', "not_found"),
                              (b'{"request":"log","level":"loud"}', "bad_request"),
                              (b'{"request":"status","connections_after":-1}', "bad_request")):
            answer = self.say(client, request)
            self.assertEqual((answer["protocol"], answer["ok"], answer["error"]["code"]), (1, False, code), request)
        client.sendall(b'{"request":"version"}\n' * 3)
        for _ in range(3):
            self.hear(client)
        self.assert_answers()

    def test_a_line_that_is_too_long_ends_the_client(self):
        client = self.dial(self.end)
        self.assertEqual(self.say(client, b"x" * 5000)["error"]["code"], "too_long")
        self.assertEqual(client.recv(1), b"")
        self.assert_answers()

    def test_half_a_request_is_waited_for_one_second(self):
        client = self.dial(self.end)
        begin = time.monotonic()
        client.sendall(b'{"request"')
        self.assertEqual(client.recv(1), b"")
        self.assertGreater(time.monotonic() - begin, 0.9)
        idle = self.dial(self.end)
        trickle = self.dial(self.end)
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1000):  # a byte at a time does not extend the second
                trickle.sendall(b"x")
                time.sleep(0.05)
        self.assertEqual(self.say(idle, {"request": "version"})["ok"], True)

    def test_a_thousand_half_requests_do_not_keep_others_out(self):
        half = []
        for _ in range(1000):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(self.path(self.end))
            try:
                client.sendall(b'{"request":')
            except OSError:  # a newer one has taken its place
                pass
            half.append(client)
        self.assert_answers()
        self.assert_small(self.end)

    def test_a_client_that_does_not_read_is_dropped(self):
        client = self.dial(self.end)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.setblocking(False)
        def dropped():
            try:
                client.send(b'{"request":"status"}\n' * 100)
            except BlockingIOError:
                return False
            except (BrokenPipeError, ConnectionResetError):
                return True
            return False
        until(dropped, "the client is dropped")
        self.assert_answers()


class Places(Controlled):
    LINE = "/none"

    def test_only_its_user_can_use_it(self):
        end = self.server_end(self.LINE)
        path = self.path(end)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.sockets).st_mode), 0o700)
        if os.geteuid() != 0:
            self.skipTest("root is needed to be another user")
        os.chmod(self.folder, 0o755)
        self.assertIn("you have no permission", self.refused("status", user=NOBODY))
        self.assertIn("you have no permission", self.refused("status", "--control", path, user=NOBODY))
        os.chmod(self.sockets, 0o755)
        self.assertIn("you have no permission", self.refused("close", "1", "--control", path, user=NOBODY))

    def test_the_socket_of_a_killed_process_is_removed_by_the_next_one(self):
        killed = self.server_end(self.LINE)
        path = self.path(killed)
        self.kill(killed)
        self.assertTrue(os.path.exists(path))
        self.assertIn("no running serialtcp was found", self.refused("status"))
        end = self.server_end(self.LINE)
        self.path(end)
        self.assertEqual(os.listdir(self.sockets), [f"{end.popen.pid}.sock"])
        self.assertEqual(end.stop(), 0)
        self.assertEqual(os.listdir(self.sockets), [])

    def test_a_folder_that_cannot_be_used_is_one_line_of_the_log(self):
        with open(os.path.join(self.folder, "file"), "w", encoding="ascii"):
            pass
        os.mkdir(os.path.join(self.folder, "open"))
        os.chmod(os.path.join(self.folder, "open"), 0o777)
        os.chmod(self.folder, 0o755)
        cases = [("file", r"is not a directory"), ("open", r"other users can write to it"),
                 ("none/none", r"could not make"), ("x" * 200, r"too long")]
        for name, why in cases:
            with self.subTest(name=name[:10]):
                end = self.server_end(self.LINE, env={"RUNTIME_DIRECTORY": os.path.join(self.folder, name)})
                end.wait_for(f"no control socket.*{why}")
                self.assertEqual(end.text().count("control"), 1)
                self.assertEqual(end.stop(), 0)
        if os.geteuid() == 0:
            end = self.client_end(1, self.LINE, user=NOBODY, env={"RUNTIME_DIRECTORY": "/root/none"})
            end.wait_for("no control socket: could not make /root/none: permission denied")
            self.assertEqual(end.stop(), 0)

    def test_the_options_say_where_it_is_or_that_there_is_none(self):
        path = os.path.join(self.folder, "here.sock")
        end = self.server_end(self.LINE, "--control", path)
        until(lambda: os.path.exists(path), "the socket is there")
        self.assertIn(f"process {end.popen.pid}", self.done("status", "--control", path))
        other = self.server_end(self.LINE, "--control", path, name="other")
        other.wait_for(f"no control socket at {path}: another program listens there")
        self.assertIn(f"process {end.popen.pid}", self.done("status", "--control", path))
        without = self.server_end(self.LINE, "--no-control", name="without")
        without.wait_for("waiting for /none")
        self.assertEqual(without.stop(), 0)
        self.assertFalse(os.path.exists(self.sockets))
        self.assertIn("exclude each other",
                      self.refused("--server", 0, self.LINE, "--control", path, "--no-control", status=USAGE))
        self.assertIn("any user could connect", self.refused("--server", 0, self.LINE, "--control", "@x", status=USAGE))


if __name__ == "__main__":
    main()
