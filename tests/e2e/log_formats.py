"""The log's formats and levels: for people, for scripts, for systemd's journal, on a terminal."""

import json
import os
import pty
import re
import subprocess

from harness import BINARY, Case, Process, main, until
from tcp import Echo, ask, connect, payload

LEVELS = {"error", "warning", "info", "debug", "trace"}


class Formats(Case):
    def run_link(self, *options):
        """A link with a connection through it, and another that fails: the text that each end has written."""
        echo = Echo(self)
        cable = self.cable()
        server = self.server_end(cable.a, *options)
        client = self.client_end(echo.port, cable.b, *options)
        for end in (server, client):
            until(lambda end=end: "link ok" in end.text(), "the link is up")
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(100)), payload(100))
        until(lambda: "closed" in server.text(), "the connection is over")
        for end in (server, client):
            self.assertEqual(end.stop(), 0)
        return server.text(), client.text()

    def test_json_is_one_object_a_line_with_stable_keys(self):
        for text in self.run_link("--log-format", "json", "--debug"):
            events = set()
            for line in text.splitlines():
                entry = json.loads(line)
                self.assertEqual(list(entry), ["time", "level", "event", "link", "message"])
                self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$")
                self.assertIn(entry["level"], LEVELS)
                events.add(entry["event"])
                if entry["event"] == "link_up":
                    self.assertIn("/tty", entry["link"])
            self.assertLessEqual({"link_up", "peer_services", "received", "program"}, events)

    def test_json_stays_json_where_the_port_cannot_be_used(self):
        result = subprocess.run([BINARY, "--server", "0", "--no-wait", "--log-format", "json", "/nonexistent/\udcff\x01"],
                                capture_output=True, check=False, timeout=60)
        self.assertEqual(result.returncode, 1)
        entries = [json.loads(line) for line in result.stderr.decode("utf-8").splitlines()]
        self.assertEqual([entry["level"] for entry in entries], ["error"])
        self.assertIn("Could not open serial port /nonexistent/\ufffd\x01", entries[0]["message"])

    def test_the_journal_gets_priorities_and_no_time(self):
        for text in self.run_link("--log-format", "journal"):
            self.assertRegex(text, r"(?m)^<6>link ok on ")
            for line in text.splitlines():
                self.assertRegex(line, r"^<[3467]>\S")

    def test_original_has_the_lines_that_old_scripts_wait_for(self):
        for text in self.run_original():
            self.assertRegex(text, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} serial link ok$")
        echo = self.add(Process("echo", [BINARY, "--server", "0", "--log-format", "original", "loop://"], self.folder))
        echo.wait_for(r"\d WARNING: Misconfiguration or echo detected\. One side should use --client, the other should use "
                      r"--server\.\n")

    def run_original(self):
        cable = self.cable()
        ends = [self.server_end(cable.a, "--log-format", "original"), self.client_end(1, cable.b, "--log-format", "original")]
        for end in ends:
            end.wait_for("serial link ok")
            self.assertEqual(end.stop(), 0)
        return [end.text() for end in ends]

    def test_the_journal_is_found_by_its_socket_and_no_other(self):
        for what, expected in (("same", True), ("other", False)):
            with self.subTest(what):
                path = os.path.join(self.folder, what)
                with open(path, "wb") as output:
                    info = os.fstat(output.fileno())
                    stream = f"{info.st_dev}:{info.st_ino + (0 if expected else 1)}"
                    subprocess.run([BINARY, "--server", "0", "--sync-timeout", "0.2", "loop://"], stderr=output, check=False,
                                   timeout=60, env={**os.environ, "JOURNAL_STREAM": stream})
                with open(path, encoding="utf-8") as written:
                    for line in written:
                        self.assertEqual(bool(re.match(r"<\d>", line)), expected, line)

    def test_the_journal_does_not_change_a_file_of_the_user(self):
        log = os.path.join(self.folder, "log")
        with open(os.path.join(self.folder, "journal"), "wb") as output:
            info = os.fstat(output.fileno())
            subprocess.run([BINARY, "--server", "0", "--sync-timeout", "0.2", "--log", log, "loop://"], stderr=output,
                           check=False, timeout=60, env={**os.environ, "JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"})
        with open(log, encoding="utf-8") as written:
            self.assertRegex(written.read(), r"^\d{4}-\d\d-\d\d ")

    def test_quiet_has_only_what_is_wrong(self):
        server, client = self.quiet_pair("-q")
        self.assertEqual(client, "")
        self.assertEqual([line for line in server.splitlines() if "link down" not in line], [])
        self.assertIn("link down: the other end was stopped", server)

    def quiet_pair(self, option):
        echo = Echo(self)
        cable = self.cable()
        server = self.server_end(cable.a, option)
        client = self.client_end(echo.port, cable.b, option)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(100)), payload(100))
        self.assertEqual(client.stop(), 0)
        server.wait_for("link down")
        self.assertEqual(server.stop(), 0)
        return server.text(), client.text()

    def test_verbose_adds_the_services_of_the_other_end(self):
        server, client = self.run_link("-v")
        self.assertIn("the other end offers the service without a name, and listens for nothing", server)
        self.assertIn("the other end offers nothing, and listens for the service without a name", client)

    def test_without_verbose_it_says_nothing_of_services_that_are_as_they_should_be(self):
        for text in self.run_link():
            self.assertNotIn("the other end offers", text)
            self.assertNotIn("\x1b", text)

    def on_a_terminal(self, **environment):
        """What it writes to a terminal: a warning, among other things."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        run = self.add(Process("colours", [BINARY, "--server", "0", "--sync-timeout", "2", "loop://"], self.folder,
                               stderr=slave, env={"TERM": "xterm", "NO_COLOR": "", **environment}))
        run.wait()
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
        except OSError:
            pass  # all other ends are closed
        self.assertIn(b"WARNING", text)
        return text

    def test_colours_are_only_on_a_terminal_that_has_them(self):
        self.assertIn(b"\x1b[33mWARNING", self.on_a_terminal())
        self.assertNotIn(b"\x1b", self.on_a_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\x1b", self.on_a_terminal(TERM="dumb"))

    def test_the_file_says_it_as_well_and_can_change_it(self):
        path = os.path.join(self.folder, "links.toml")
        log = os.path.join(self.folder, "log")

        def write(style):
            with open(path, "w", encoding="ascii") as file:
                file.write(f'log = "{log}"\n{style}\n[[link]]\nname = "one"\nport = "loop://"\nserver = 0\n')
        write('log-format = "json"')
        run = self.add(Process("configured", [BINARY, "--config", path], self.folder))
        until(lambda: os.path.exists(log) and "line_trouble" in open(log, encoding="utf-8").read(), "the echo is found")
        with open(log, encoding="utf-8") as written:
            self.assertEqual({json.loads(line)["link"] for line in written}, {"one"})
        write("quiet = true")
        os.rename(log, log + ".1")
        run.signal(1)
        until(lambda: os.path.exists(log), "the log is opened again")
        self.assertEqual(run.stop(), 0)
        with open(log, encoding="utf-8") as written:
            self.assertEqual(written.read(), "")


if __name__ == "__main__":
    main()
