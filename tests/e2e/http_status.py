"""The HTTP server of --http: what it shows agrees with what was transferred, and no client can do it harm."""

import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import time
import unittest

from control import Controlled
from harness import BINARY, Process, main, until
from tcp import LOCALHOST, Echo, ask, connect, payload

MAX_CLIENTS = 32
MAX_FOLLOWERS = 8
REQUEST_SECONDS = 5
PROMTOOL = shutil.which("promtool")
DOCS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "docs")


def at_port(port):
    """The kernel's rows of the sockets at this port over IPv4, one for each pair of addresses: where other sockets come
    and go while the table is read, it repeats rows."""
    rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {(row[1], row[2]): row for row in rows if row[1].endswith(f":{port:04X}")}.values()


def unread(port):
    """Bytes that were sent to this port, and that the program has not read."""
    return sum(int(row[4].split(":")[1], 16) for row in at_port(port))


def accepted(port):
    """How many connections the program has at this port."""
    listening, of_nobody = "0A", "0"
    return sum(row[3] != listening and row[9] != of_nobody for row in at_port(port))


class Shown(Controlled):
    def http_port(self, end, after=0):
        return int(end.wait_for(r"the status is at http://127\.0\.0\.1:(\d+)/", after).group(1))

    def pair(self, *options):
        """A tunnel whose server end has an HTTP server; both ends, and its port."""
        echo = Echo(self)
        _, near, far = self.tunnel(echo.port, "--baud", "921600", baud=921600, options=("--http", "0", *options))
        return near, far, self.http_port(near)

    def lonely(self, *options, **process):
        end = self.server_end(os.path.join(self.folder, "none"), "--http", "0", *options, name="lonely", **process)
        return end, self.http_port(end)

    def get(self, port, path, method="GET", **headers):
        client = http.client.HTTPConnection(LOCALHOST, port, timeout=30)
        try:
            client.request(method, path, headers=headers)
            answer = client.getresponse()
            return answer, answer.read().decode()
        finally:
            client.close()

    def raw(self, port, request=b""):
        client = socket.create_connection((LOCALHOST, port), timeout=30)
        self.addCleanup(client.close)
        client.sendall(request)
        return client

    @staticmethod
    def all_of(client):
        text = b""
        while more := client.recv(65536):
            text += more
        return text

    def status(self, port):
        answer, text = self.get(port, "/status.json")
        self.assertEqual((answer.status, answer.getheader("Content-Type")), (200, "application/json"))
        (process,) = json.loads(text)["processes"]
        return process


class Status(Shown):
    def test_the_json_is_that_of_serialtcp_status(self):
        near, _, port = self.pair()
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(30000)), payload(30000))
            shown = self.status(port)
            (link,) = shown["links"]
            self.assertEqual((shown["pid"], link["state"]), (near.popen.pid, "up"))
            self.assertEqual((link["data"]["sent_bytes"], link["data"]["received_bytes"]), (30000, 30000))
            (connection,) = link["connections"]
            self.assertEqual((connection["sent_bytes"], connection["received_bytes"]), (30000, 30000))
            printed = self.link(near)

            def shape(value):
                if isinstance(value, dict):
                    return {key: shape(inner) for key, inner in value.items()}
                return [shape(inner) for inner in value] if isinstance(value, list) else type(value)
            # Whether an answer is due at this moment differs.
            for one_link in (printed, link):
                one_link.pop("awaited_seconds", None)
            self.assertEqual(shape(printed), shape(link))

    def test_all_connections_are_there_in_pieces(self):
        near, _, port = self.pair()
        count = 600
        clients = [connect(near.port) for _ in range(count)]
        for client in clients:
            self.addCleanup(client.close)
        until(lambda: self.link(near)["connections_now"] == count, "all are there")
        (link,) = self.status(port)["links"]
        self.assertEqual([c["id"].rsplit("#", 1)[1] for c in link["connections"]],
                         [c["id"].rsplit("#", 1)[1] for c in self.link(near)["connections"]])
        self.assertEqual(len(link["connections"]), count)

    def test_it_answers_without_a_device(self):
        _, port = self.lonely()
        (link,) = self.status(port)["links"]
        self.assertEqual((link["state"], link["connections"]), ("waiting for device", []))


class Metrics(Shown):
    def metrics(self, port, **headers):
        """The values by their names, with labels, and the type of the text."""
        answer, text = self.get(port, "/metrics", **headers)
        self.assertEqual(answer.status, 200)
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")), answer, text

    def test_they_agree_with_what_was_transferred(self):
        near, _, port = self.pair()
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(30000)), payload(30000))
            until(lambda: not self.link(near)["data"]["send_queue_bytes"], "everything is acknowledged")
            values, _, _ = self.metrics(port)
            (link,) = self.status(port)["links"]
            label = f'{{link="{link["name"]}"}}'
            for name, expected in (("link_up", 1), ("data_sent_bytes_total", 30000), ("data_received_bytes_total", 30000),
                                   ("connections", 1), ("streams_opened_total", 1), ("link_established_total", 1),
                                   ("line_baud", 921600)):
                self.assertEqual(float(values[f"serialtcp_{name}{label}"]), expected, name)
            self.assertEqual(values[f'serialtcp_build_info{{version="{self.status(port)["version"]}"}}'], "1")
            self.assertGreaterEqual(link["on_line"]["sent_bytes"], float(values[f"serialtcp_line_sent_bytes_total{label}"]))
            self.assertGreater(float(values[f"serialtcp_line_sent_bytes_total{label}"]), 30000)

    def test_the_client_chooses_the_format(self):
        _, port = self.lonely()
        values, answer, text = self.metrics(port)
        self.assertEqual(answer.getheader("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        again, answer, open_text = self.metrics(port, Accept="application/openmetrics-text;version=1.0.0")
        self.assertEqual(answer.getheader("Content-Type"), "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(open_text.endswith("# EOF\n"))
        self.assertEqual(values.keys(), again.keys())

    @unittest.skipUnless(PROMTOOL, "there is no promtool: apt-get install prometheus")
    def test_promtool_has_no_objection(self):
        near, _, up = self.pair()
        path = os.path.join(self.folder, "c.toml")
        taken = socket.create_server((LOCALHOST, 0))
        self.addCleanup(taken.close)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"http = 0\n[[link]]\nport = '/none'\nserver = 0\n"
                       f"[[link]]\nname = 'busy'\nport = '/none2'\nserver = '{LOCALHOST}:{taken.getsockname()[1]}'\n")
        down = self.http_port(self.add(Process("down", [BINARY, "--config", path], self.folder)))
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(3000)), payload(3000))
            for port, state in ((up, "up"), (down, "waiting for device"), (down, "cannot start")):
                values, _, text = self.metrics(port)
                self.assertIn("1", [value for name, value in values.items() if f'serialtcp_link_state="{state}"' in name])
                self.promtool("metrics", input=text)
        self.promtool("rules", os.path.join(DOCS, "alerts.yml"))

    def promtool(self, *args, **options):
        checked = subprocess.run([PROMTOOL, "check", *args], capture_output=True, text=True, check=False, **options)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)
        if args == ("metrics",):
            self.assertEqual(checked.stdout, "")

    def test_the_examples_name_only_metrics_that_there_are(self):
        _, _, port = self.pair()
        until(lambda: "serialtcp_link_round_trip_seconds{" in self.metrics(port)[2], "the round trip is known")
        text = self.metrics(port)[2]
        there = set(re.findall(r"^(serialtcp_\w+)", text, re.MULTILINE))
        for example in ("alerts.yml", "grafana.json"):
            with open(os.path.join(DOCS, example), encoding="utf-8") as file:
                content = file.read()
            if example.endswith(".json"):
                json.loads(content)
            used = set(re.findall(r"\bserialtcp_\w+", content))
            self.assertEqual(used - there - {"serialtcp_link_state"}, set(), example)

    def test_their_number_does_not_depend_on_clients(self):
        near, _, port = self.pair()

        def names():
            """Without those that are not known at first, as the round trip."""
            return {name for name in self.metrics(port)[0] if "_seconds{" not in name}
        before = names()
        clients = [connect(near.port) for _ in range(20)]
        until(lambda: self.link(near)["connections_now"] == 20, "all are there")
        self.assertEqual(names(), before)
        for client in clients:
            client.close()


class Page(Shown):
    def events(self, port):
        """The stream of events, past its head."""
        client = self.raw(port, b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stream = client.makefile("rb")
        client.close()  # as far as the stream does not need it
        self.addCleanup(stream.close)
        self.assertEqual(stream.readline(), b"HTTP/1.1 200 OK\r\n")
        fields = {}
        while (line := stream.readline().strip()):
            name, value = line.decode().split(": ", 1)
            fields[name] = value
        self.assertEqual(fields["Content-Type"], "text/event-stream")
        return stream

    def event(self, stream, *names):
        """The next one of these names, and its data."""
        while True:
            fields = {}
            while (line := stream.readline()) != b"\n":
                self.assertNotEqual(line, b"", "the stream of events has ended")
                name, value = line.decode().rstrip("\n").split(": ", 1)
                fields[name] = value
            if fields.get("event") in names:
                return fields["event"], json.loads(fields["data"])

    def test_events_show_the_status_again_and_again(self):
        near, _, port = self.pair()
        stream = self.events(port)
        _, history = self.event(stream, "history")
        self.assertEqual(history["interval_seconds"], 5)
        _, status = self.event(stream, "status")
        self.assertEqual(status["pid"], near.popen.pid)
        self.assertEqual(list(self.event(stream, "sample")[1]["links"]), [status["links"][0]["name"]])
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(3000)), payload(3000))

            def shown():
                (link,) = self.event(stream, "status")[1]["links"]
                return [c["sent_bytes"] for c in link["connections"]] == [3000]
            until(shown, "the connection is shown")

    def test_the_curves_go_on_from_what_was_before(self):
        near, _, port = self.pair()
        name = self.link(near)["name"]
        first = self.events(port)
        before = self.event(first, "history")[1]
        with connect(near.port) as one:
            self.assertEqual(ask(one, payload(100_000)), payload(100_000))
        samples = [self.event(first, "sample")[1] for _ in range(2)]
        self.assertEqual([sample["number"] - before["number"] for sample in samples], [1, 2])
        self.assertGreater(samples[0]["links"][name]["sent"][0], 1000)
        self.assertGreater(samples[0]["links"][name]["round_trip_us"][0], 100)
        again = self.event(self.events(port), "history")[1]
        self.assertEqual(again["number"], samples[1]["number"])
        for curve, values in again["links"][name].items():
            self.assertEqual(values, before["links"].get(name, {curve: []})[curve] + [s["links"][name][curve][0] for s in samples], curve)

    def test_time_in_which_it_was_stopped_is_a_gap_in_the_curves(self):
        near, port = self.lonely()
        stream = self.events(port)
        before = self.event(stream, "sample")[1]
        near.signal(signal.SIGSTOP)
        time.sleep(12)
        near.signal(signal.SIGCONT)
        after = self.event(stream, "sample")[1]
        missed = after["number"] - before["number"] - 1
        self.assertIn(missed, (1, 2))
        (link,) = self.event(self.events(port), "history")[1]["links"].values()
        self.assertEqual(link["sent"][-missed - 2:], [0, *[None] * missed, 0])

    def test_readers_of_events_that_stall_are_dropped_and_make_way_for_others(self):
        near, _, port = self.pair()
        clients = [connect(near.port) for _ in range(250)]  # so that events are long
        for client in clients:
            self.addCleanup(client.close)
        until(lambda: self.link(near)["connections_now"] == 250, "all are there")
        for _ in range(MAX_FOLLOWERS):
            stalled = socket.socket()
            self.addCleanup(stalled.close)
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            stalled.settimeout(30)
            stalled.connect((LOCALHOST, port))
            stalled.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: self.get(port, "/events", "HEAD")[0].status == 503, "they get events")
        until(lambda: self.get(port, "/events", "HEAD")[0].status == 200, "there is room again")
        self.event(self.events(port), "status")
        self.assert_small(near)

    def test_the_page_needs_nothing_from_elsewhere(self):
        _, port = self.lonely()
        first, text = self.get(port, "/")
        second, _ = self.get(port, "/")
        self.assertEqual((first.status, first.getheader("Content-Type")), (200, "text/html; charset=utf-8"))
        policy = first.getheader("Content-Security-Policy")
        self.assertNotEqual(policy, second.getheader("Content-Security-Policy"), "a nonce is used once")
        nonce = re.search(r"script-src 'nonce-([0-9a-f]{32,})'", policy).group(1)
        self.assertEqual(re.findall(r"<(?:script|style)[^>]*>", text), [f'<style nonce="{nonce}">', f'<script nonce="{nonce}">'])
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("{{", text)
        self.assertEqual(re.findall(r'''(?:src|href|action|url)\s*[=(]\s*["']?([^"'\s)>]+)''', text),
                         ["data:,", "/status.json", "/metrics"])
        for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " onclick="):
            self.assertNotIn(unsafe, text)
        self.assertTrue(text.rstrip().endswith("</html>"))


class Requests(Shown):
    def test_only_reading_is_possible(self):
        _, port = self.lonely()
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            answer, _ = self.get(port, "/status.json", method)
            self.assertEqual((answer.status, answer.getheader("Allow")), (405, "GET, HEAD"), method)
        answer, text = self.get(port, "/status.json", "HEAD")
        self.assertEqual((answer.status, text), (200, ""))
        self.assertEqual(self.get(port, "/none")[0].status, 404)
        answer = self.all_of(self.raw(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)

    def test_each_answer_forbids_what_a_page_does_not_need(self):
        _, port = self.lonely()
        for path in ("/", "/metrics", "/status.json", "/none"):
            answer, _ = self.get(port, path)
            for name, value in (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
                                ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY")):
                self.assertEqual(answer.getheader(name), value, path)
            self.assertTrue(answer.getheader("Content-Security-Policy").startswith("default-src 'none'"))
            self.assertIsNone(answer.getheader("Access-Control-Allow-Origin"))

    def test_a_name_that_was_made_to_lead_here_is_refused(self):
        _, port = self.lonely()
        for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", ""):
            self.assertIn(self.get(port, "/status.json", Host=host)[0].status, (400, 421), host)
        for host in ("localhost", f"LOCALHOST:{port}", "127.0.0.1", "[::1]", "10.1.2.3", socket.gethostname()):
            self.assertEqual(self.get(port, "/status.json", Host=host)[0].status, 200, host)

    def test_a_connection_serves_several_requests_in_their_order(self):
        _, port = self.lonely()
        client = http.client.HTTPConnection(LOCALHOST, port, timeout=30)
        for path, status in (("/status.json", 200), ("/none", 404), ("/status.json", 200)):
            client.request("GET", path)
            answer = client.getresponse()
            answer.read()
            self.assertEqual(answer.status, status)
        client.close()
        piped = b"HEAD /none HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answers = self.all_of(self.raw(port, 2 * piped + piped.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
        self.assertEqual(answers.count(b"HTTP/1.1 404 "), 3)

    def test_an_old_client_gets_a_body_without_chunks(self):
        _, port = self.lonely()
        answer = self.all_of(self.raw(port, b"GET /status.json HTTP/1.0\r\n\r\n"))
        head, body = answer.split(b"\r\n\r\n", 1)
        self.assertNotIn(b"chunked", head)
        self.assertEqual(json.loads(body)["protocol"], 1)


class Harm(Shown):
    def assert_answers(self, port):
        self.assertEqual(self.get(port, "/none")[0].status, 404)

    def test_garbage_and_endless_headers_are_refused(self):
        _, port = self.lonely()
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500), b"\0" * 100, b"hello\r\n\r\n"):
            answer = self.all_of(self.raw(port, garbage))
            self.assertTrue(answer.startswith(b"HTTP/1.1 4"), (garbage, answer))
        for endless in (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1_000_000,
                        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200_000, b"GET /" + b"x" * 1_000_000):
            answer = self.all_of(self.raw(port, endless))
            self.assertTrue(answer.startswith(b"HTTP/1.1 431 "), answer)
        self.assert_answers(port)

    def test_a_slow_request_is_given_up(self):
        _, port = self.lonely()
        mute = self.raw(port)
        slow = self.raw(port)
        begin = time.monotonic()
        slow.sendall(b"GET / HTTP/1.1\r\nX: ")
        while not select.select([slow], [], [], 0.3)[0]:
            slow.sendall(b"x")
        self.assertEqual(self.all_of(mute), b"")
        self.assertTrue(self.all_of(slow).startswith(b"HTTP/1.1 408 "))
        self.assertLess(time.monotonic() - begin, 3 * REQUEST_SECONDS)
        self.assert_answers(port)

    def test_a_slow_reader_is_dropped_and_holds_nobody_up(self):
        near, port = self.lonely()
        request = b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.settimeout(30)
        client.connect((LOCALHOST, port))
        client.setblocking(False)
        begin = time.monotonic()
        sent = True
        while time.monotonic() - begin < 60:  # until the answers fill all buffers, and it is dropped
            try:
                client.send(request * 20)
            except BlockingIOError:
                time.sleep(0.1)
            except OSError:
                sent = False
                break
            self.assert_answers(port)
        self.assertFalse(sent, "it was never dropped")
        self.assert_small(near)

    def test_forty_clients_are_served_or_told(self):
        _, port = self.lonely()
        mute = [self.raw(port) for _ in range(40)]
        self.assert_answers(port)
        self.assertLessEqual(accepted(port), MAX_CLIENTS)
        half = [self.raw(port, b"GET / HTTP") for _ in range(MAX_CLIENTS)]
        until(lambda: accepted(port) == MAX_CLIENTS, "they are clients")
        # One that is not known to have begun a request would make way for the next client.
        until(lambda: unread(port) == 0, "what they sent is read")
        answer = self.all_of(self.raw(port))
        self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
        for client in mute + half:
            client.close()
        until(lambda: accepted(port) == 0, "all are gone")
        self.assert_answers(port)

    def test_clients_that_leave_before_their_answer_are_forgotten(self):
        end, port = self.lonely()
        for _ in range(500):
            self.raw(port, b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n").close()
        # Answers have a part of the time only; meanwhile there may be too many clients.
        until(lambda: self.get(port, "/none")[0].status == 404, "they are forgotten")
        self.assert_small(end)


class Where(Shown):
    def test_a_port_in_use_is_one_line_and_is_tried_again(self):
        taken = socket.create_server((LOCALHOST, 0))
        port = taken.getsockname()[1]
        end = self.server_end(os.path.join(self.folder, "none"), "--http", f"{LOCALHOST}:{port}")
        end.wait_for(f"no HTTP server at 127.0.0.1:{port}, retrying")
        taken.close()
        self.assertEqual(self.http_port(end), port)
        self.assertEqual(end.text().count("no HTTP server"), 1)
        self.assertEqual(self.status(port)["pid"], end.popen.pid)

    def test_all_interfaces_are_warned_of(self):
        end = self.server_end(os.path.join(self.folder, "none"), "--http", "*:0")
        end.wait_for("WARNING: whoever reaches this machine there can read the status")
        local, _ = self.lonely()
        self.assertNotIn("whoever reaches", local.text())

    def test_a_reload_moves_it(self):
        path = os.path.join(self.folder, "c.toml")
        link = "[[link]]\nport = '/none'\nserver = 0\n"

        def write(top):
            with open(path, "w", encoding="ascii") as file:
                file.write(top + link)
        write("http = 0\n")
        end = self.add(Process("moved", [BINARY, "--config", path], self.folder))
        first = self.http_port(end)
        self.assertEqual(self.status(first)["config_file"], path)
        for top, expected in (("http = '*:0'\n", r"the status is at http://0\.0\.0\.0:(\d+)/"), ("", "no HTTP server any more")):
            mark = end.mark()
            write(top)
            end.signal(signal.SIGHUP)
            end.wait_for(expected, mark)
            self.assertRaises(ConnectionRefusedError, connect, first)

    def test_a_wrong_place_is_told(self):
        for place in ("", "x", "1:2:3", "70000", "localhost:"):
            self.assertIn("argument --http", self.refused("--server", 0, "/none", "--http", place, status=2))


if __name__ == "__main__":
    main()
