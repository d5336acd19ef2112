"""Sockets that a service manager has opened (sd_listen_fds): -s fd:NAME, with systemd-socket-activate and without."""

import os
import re
import shutil
import signal
import socket
import sys

from harness import BINARY, Case, Process, main
from tcp import Echo, ask, connect

# Opens what its arguments up to "--" say, as descriptors from 3 on, and becomes the program behind it.
ACTIVATE = r"""
import os, socket, sys
dashes = sys.argv.index("--")
process, names, *what = sys.argv[1:dashes]
sockets = []
for one in what:
    kind, _, where = one.partition(":")
    if kind == "file":
        sockets.append(os.open(where, os.O_RDWR))
        continue
    type = socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM
    opened = socket.socket(socket.AF_INET if kind == "tcp" else socket.AF_UNIX, type)
    opened.bind(("127.0.0.1", 0) if kind == "tcp" else where)
    if kind in ("tcp", "unix"):
        opened.listen(16)
    sockets.append(opened.detach())
high = [os.dup2(fd, 100 + i) for i, fd in enumerate(sockets)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.closerange(3 + len(high), 200)
os.environ.update(LISTEN_PID=str(os.getpid()) if process == "own" else process, LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=names)
os.execv(sys.argv[dashes + 1], sys.argv[dashes + 1:])
"""


class Activated(Case):
    def setUp(self):
        super().setUp()
        self.wires = self.cable()
        self.service = f"{self.folder}/service"

    def activated(self, names, *what, options=(), process="own", line=True):
        """The program with these sockets."""
        wrap = [sys.executable, "-c", ACTIVATE, process, names, *what, "--"]
        command = [BINARY, *options, *([self.wires.a] if line else [])]
        return self.add(Process("end", command, self.folder, wrap=wrap))

    def other_end(self, *options):
        return self.add(Process("other", [BINARY, *options, self.wires.b], self.folder))

    def ask_service(self, text):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.service)
            return ask(client, text)

    def test_a_client_starts_the_program_by_systemd_socket_activate(self):
        activate = shutil.which("systemd-socket-activate")
        if not activate:
            self.skipTest("systemd-socket-activate is not installed")
        echo = Echo(self)
        self.other_end("-c", f"web=localhost:{echo.port}").wait_for("connecting to")
        end = self.add(Process("end", [activate, "-l", self.service, "--fdname=http", BINARY, "-s", "web=fd:http", self.wires.a],
                               self.folder))
        end.wait_for("Listening on")
        self.assertNotIn("listening on fd:http", end.text())
        self.assertEqual(self.ask_service(b"the first"), b"the first")
        end.wait_for("listening on fd:http for connections of 'web'")
        self.assertEqual(self.ask_service(b"the second"), b"the second")

    def test_all_sockets_of_a_name_are_served(self):
        echo = Echo(self)
        end = self.activated("web:ssh:web", f"unix:{self.service}", f"unix:{self.folder}/ssh", "tcp:",
                             options=["-s", "fd:web", "-s", "ssh=fd:ssh,refuse"])
        port = int(end.wait_for(r"fd:web \(127\.0\.0\.1:(\d+)\)").group(1))
        self.other_end("-c", f"localhost:{echo.port}").wait_for("link ok")
        self.assertEqual(self.ask_service(b"unix"), b"unix")
        with connect(port) as client:
            self.assertEqual(ask(client, b"tcp"), b"tcp")
        end.wait_for(r"connection \d+: from 127\.0\.0\.1:\d+")
        end.wait_for(r"connection \d+: from process \d+ of user")

    def test_a_reload_keeps_the_socket_and_those_who_wait_in_it(self):
        echo = Echo(self)
        file = f"{self.folder}/links.toml"

        def configure(name):
            with open(file, "w", encoding="utf-8") as text:
                text.write(f'[[link]]\nport = "{self.wires.a}"\n' + (f'server = "{name}=fd:web"\n' if name else 'client = "localhost:9"'))
        configure("one")
        end = self.activated("web", f"unix:{self.service}", options=["--config", file], line=False)
        self.other_end("-c", f"one=localhost:{echo.port}", "-c", f"two=localhost:{echo.port}").wait_for("link ok")
        self.assertEqual(self.ask_service(b"one"), b"one")
        for name in ("two", "one", "two"):
            mark = end.mark()
            configure("")
            end.signal(signal.SIGHUP)
            end.wait_for("connecting to localhost:9", after=mark)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(self.service)
                configure(name)
                end.signal(signal.SIGHUP)
                self.assertEqual(ask(client, name.encode()), name.encode())
            end.wait_for(f"connection 1: '{name}' from", after=mark)

    def test_programs_do_not_inherit_the_sockets(self):
        end = self.activated("web", f"unix:{self.folder}/other", options=["-c", "exec:env; ls -l /proc/self/fd"])
        self.other_end("-s", f"unix:{self.service}").wait_for("link ok")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.service)
            output = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        self.assertIn("PATH=", output)
        self.assertNotRegex(output, r"LISTEN_|\s3 -> socket")
        self.assertEqual(end.stop(), 0)

    def test_what_cannot_be_used_is_named(self):
        cases = [
            (dict(names="web", what=[f"unix:{self.service}1"], process="1"), "passed to process 1 (LISTEN_PID), and this is process"),
            (dict(names="mail:ssh", what=[f"unix:{self.service}2", "tcp:"]),
             "no socket of this name was passed to this program: there is mail, ssh"),
            (dict(names="web", what=[f"datagrams:{self.service}3"]), "descriptor 3 of that name: it is not a socket for connections"),
            (dict(names="web", what=[f"bound:{self.service}4"]), "descriptor 3 of that name: it does not listen"),
            (dict(names="x:web", what=["tcp:", "file:/dev/null"]), "descriptor 4 of that name: it is not a socket"),
        ]
        for case, text in cases:
            with self.subTest(text):
                end = self.activated(case["names"], *case["what"], options=["-s", "fd:web"], process=case.get("process", "own"))
                self.assertEqual(end.wait(), 1)
                self.assertRegex(end.text(), "Could not listen on fd:web: .*" + re.escape(text))

    def test_without_sockets_it_says_how_to_get_them(self):
        end = self.add(Process("alone", [BINARY, "-s", "fd:web", self.wires.a], self.folder))
        self.assertEqual(end.wait(), 1)
        self.assertIn("Could not listen on fd:web: no sockets were passed to this program: start this program by a .socket unit",
                      end.text())


if __name__ == "__main__":
    main()
