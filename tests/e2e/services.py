"""Several services through one cable: by name, both ways, and the messages when names do not match."""

import http.server
import os
import shutil
import signal
import socket
import socketserver
import stat
import subprocess
import threading

from harness import BINARY, Case, End, Process, main, until
from original import PEER
from tcp import LOCALHOST, Echo, Flow, Target, ask, carry, connect, is_reset, payload, read_to_end, reset

FAST = 921600


class Services(Case):
    """Ends with any number of services, in the syntax of the command line."""

    def end(self, line, *options, baud=FAST, name=None):
        """An end; `ports` are those that its --server options listen on, then those of -L, each in their order."""
        End.count += 1
        port_file = os.path.join(self.folder, f"ports{End.count}")
        process = self.add(Process(name or f"end{End.count}",
                                   [BINARY, *options, "--test-port-file", port_file, line, str(baud)], self.folder))
        tcp = [what for option, what in zip(options, options[1:]) if option in ("--server", "-L") and "unix:" not in what]
        process.ports = [] if not tcp else until(lambda: self.ports(process, port_file), f"{process.name} listens")
        return process

    @staticmethod
    def ports(process, path):
        if process.popen.poll() is not None:
            raise AssertionError(f"{process.name} ended: {process.text()}")
        if not os.path.exists(path):
            return None
        with open(path, encoding="ascii") as file:
            return [int(line) for line in file]


class ByName(Services):
    def test_each_name_comes_out_at_its_own_target(self):
        targets = [Target(self), Target(self), Target(self)]
        cable = self.cable()
        client = ["--client", f"localhost:{targets[0].port}", "--client", f"web={LOCALHOST}:{targets[1].port}",
                  "--client", f"db.main={LOCALHOST}:{targets[2].port}"]
        near = self.end(cable.a, "--server", "db.main=0", "--server", "0", "--server", "web=0")
        far = self.end(cable.b, *client)
        near.wait_for("link ok")
        far.wait_for("link ok")
        flows = []
        for port, target in zip(near.ports, (targets[2], targets[0], targets[1])):
            one, other = target.pair(port)
            flows += [Flow(one, other, payload(20_000, port), end=True), Flow(other, one, payload(20_000, port + 1), end=True)]
        carry(*flows)
        near.wait_for(rf"listening on 127\.0\.0\.1:{near.ports[0]} for connections of 'db.main'")
        near.wait_for(r"connection \d+: 'web' from")
        far.wait_for(rf"connection \d+: 'web' to {LOCALHOST}:{targets[1].port}")
        for end in (near, far):
            self.assertNotRegex(end.text(), "does not offer|nobody at the other end")

    def test_one_cable_serves_both_directions(self):
        echo = Echo(self)
        cable = self.cable()
        ends = [self.end(line, "--server", "0", "--client", f"localhost:{echo.port}", "--server", "more=0",
                         "--client", f"more=localhost:{echo.port}") for line in (cable.a, cable.b)]
        for end in ends:
            end.wait_for("link ok")
        for end in ends:
            for port in end.ports:
                with connect(port) as connection:
                    self.assertEqual(ask(connection, payload(5000, port)), payload(5000, port))


class Unmatched(Services):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def test_names_without_a_match_are_told_and_reset_and_found_again_after_a_restart(self):
        cable = self.cable()
        near = self.end(cable.a, "--server", "0", "--server", "web=0")
        far = self.end(cable.b, "--client", f"localhost:{self.echo.port}", "--client", f"db=localhost:{self.echo.port}")
        near.wait_for(r"does not offer 'web': .*--client web=HOST:PORT")
        far.wait_for(r"nobody at the other end listens for 'db': .*--server db=PORT")
        self.assertTrue(is_reset(near.ports[1]))
        near.wait_for(r"connection 1: reset: the other end offers no service of this name")
        far.wait_for(r"connection 1: reset: it is for 'web', and this end offers no such service")
        with connect(near.ports[0]) as connection:
            self.assertEqual(ask(connection, b"the others work"), b"the others work")
        far.stop()
        before = near.mark()
        self.end(cable.b, "--client", f"localhost:{self.echo.port}", "--client", f"web=localhost:{self.echo.port}")
        near.wait_for("link ok", after=before)
        with connect(near.ports[1]) as connection:
            self.assertEqual(ask(connection, b"now it is there"), b"now it is there")
        self.assertNotRegex(near.text()[before:], "does not offer")

    def test_two_ends_that_only_listen_are_told_so(self):
        cable = self.cable()
        near = self.end(cable.a, "--server", "a=0")
        far = self.end(cable.b, "--server", "b=0")
        for end in (near, far):
            end.wait_for("Both ends use only --server")

    def test_the_original_knows_only_the_service_without_a_name(self):
        cable = self.cable()
        original = self.add(Process("original", ["/usr/bin/python3", PEER, "-c", f"{LOCALHOST}:{self.echo.port}",
                                                 cable.b, str(FAST)], self.folder))
        near = self.end(cable.a, "--server", "0", "--server", "web=0")
        near.wait_for("original serialtcp's protocol")
        near.wait_for(r"only the service without a name: 'web' cannot be reached")
        self.assertTrue(is_reset(near.ports[1]))
        near.wait_for(r"'web' from .*reset: .*only the service without a name")
        with connect(near.ports[0]) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        original.stop()


class UnixSockets(Services):
    def setUp(self):
        super().setUp()
        self.near_path = os.path.join(self.folder, "near.sock")
        self.far_path = os.path.join(self.folder, "far.sock")

    def ends(self, options=""):
        cable = self.cable()
        near = self.end(cable.a, "--server", f"api=unix:{self.near_path}{options}")
        far = self.end(cable.b, "--client", f"api=unix:{self.far_path}")
        near.wait_for("link ok")
        far.wait_for("link ok")
        return near, far

    def test_an_http_api_over_unix_sockets_at_both_ends(self):
        with open(os.path.join(self.folder, "version"), "w", encoding="ascii") as file:
            file.write('{"ApiVersion": "1.41"}')
        api = UnixHttp(self.far_path, self.folder)
        self.addCleanup(api.server_close)
        self.addCleanup(api.shutdown)
        threading.Thread(target=api.serve_forever, daemon=True).start()
        near, far = self.ends(",mode=0660")
        self.assertEqual(stat.S_IMODE(os.stat(self.near_path).st_mode), 0o660)
        for _ in range(3):
            answer = subprocess.run(["curl", "-sS", "--unix-socket", self.near_path, "http://docker/version"],
                                    capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual(answer.stdout, '{"ApiVersion": "1.41"}')
        near.wait_for(r"connection 1: 'api' from process \d+ of user \d+")
        far.wait_for(rf"connection 1: 'api' to unix:{self.far_path}")
        near.stop()
        self.assertFalse(os.path.exists(self.near_path), "the socket goes with the program")

    def test_a_target_that_is_not_there_ends_its_connection_and_is_found_later(self):
        near, far = self.ends()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(self.near_path)
            self.assertEqual(connection.recv(1), b"")
        far.wait_for(rf"unix:{self.far_path}: the target cannot be reached")
        near.wait_for(r"connection 1: reset: the target cannot be reached")
        with socket.socket(socket.AF_UNIX) as target, socket.socket(socket.AF_UNIX) as connection:
            target.bind(self.far_path)
            target.listen()
            connection.settimeout(60)
            connection.connect(self.near_path)
            other, _ = target.accept()
            with other:
                carry(Flow(connection, other, payload(50_000, 1), end=True),
                      Flow(other, connection, payload(50_000, 2), end=True))

    def test_a_socket_left_behind_by_a_killed_program_is_replaced_and_a_live_one_is_not(self):
        cable = self.cable()
        first = self.end(cable.a, "--server", f"unix:{self.near_path}")
        first.wait_for("listening on unix:")
        second = self.end(cable.b, "--server", f"unix:{self.near_path}")
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.text(), "another program listens there already")
        first.expected_status = -signal.SIGKILL
        first.kill()
        self.assertTrue(os.path.exists(self.near_path))
        self.end(cable.a, "--server", f"unix:{self.near_path}").wait_for("listening on unix:")


class AbstractSockets(Services):
    """Unix sockets without a file, as socat makes them."""

    def ends(self):
        cable = self.cable()
        self.near_name = f"{os.path.basename(self.folder)}-near"
        self.far_name = f"{os.path.basename(self.folder)}-far"
        near = self.end(cable.a, "--server", f"unix:@{self.near_name}")
        far = self.end(cable.b, "--client", f"unix:@{self.far_name}")
        near.wait_for("link ok")
        far.wait_for("link ok")
        return near, far

    def socat(self, *addresses):
        return self.add(Process("socat", ["socat", *addresses], self.folder))

    def test_bytes_go_from_socat_to_socat(self):
        near, far = self.ends()
        near.wait_for(rf"listening on unix:@{self.near_name} for connections to go through")
        near.wait_for(rf"WARNING: every user of this machine can connect to unix:@{self.near_name}")
        target = self.socat(f"ABSTRACT-LISTEN:{self.far_name},fork", "EXEC:cat")
        until(lambda: f"@{self.far_name}" in open("/proc/net/unix", encoding="ascii").read(), "socat listens")
        for _ in range(2):
            answer = subprocess.run(["socat", "-t30", "-", f"ABSTRACT-CONNECT:{self.near_name}"], input=payload(100_000),
                                    capture_output=True, timeout=60, check=True)
            self.assertTrue(answer.stdout == payload(100_000))
        near.wait_for(r"connection 1: from process \d+ of user \d+")
        far.wait_for(rf"connection 1: to unix:@{self.far_name}")
        for end in (near, far):
            self.assertNotIn("\0", end.text())
        target.kill()
        target.expected_status = -signal.SIGKILL

    def test_a_name_in_use_is_an_error_and_one_that_nobody_has_refuses(self):
        near, far = self.ends()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(f"\0{self.near_name}")
            self.assertEqual(connection.recv(1), b"")
        far.wait_for(rf"unix:@{self.far_name}: the target refused the connection")
        other = self.end("loop://", "--server", f"unix:@{self.near_name}")
        self.assertEqual(other.wait(), 1)
        self.assertRegex(other.text(), rf"Could not listen on unix:@{self.near_name}: another program listens there already")


class Programs(Services):
    def ends(self, *commands):
        """One service for each command, named by letters."""
        cable = self.cable()
        names = [chr(ord("a") + number) for number in range(len(commands))]
        near = self.end(cable.a, *[word for name in names for word in ("--server", f"{name}=0")])
        far = self.end(cable.b, *[word for pair in zip(names, commands) for word in ("--client", "=exec:".join(pair))])
        near.wait_for("link ok")
        far.wait_for("link ok")
        return near, far

    def test_a_git_repository_is_cloned_from_a_program(self):
        origin = os.path.join(self.folder, "origin")
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "protocol.ext.allow=always"]
        subprocess.run([*git, "init", "-q", "-b", "main", origin], check=True)
        with open(os.path.join(origin, "data"), "wb") as file:
            file.write(payload(200_000))
        subprocess.run([*git, "-C", origin, "add", "."], check=True)
        subprocess.run([*git, "-C", origin, "commit", "-q", "-m", "one"], check=True)
        near, far = self.ends(f"git-upload-pack {origin}")
        connector = os.path.join(self.folder, "connector.py")
        with open(connector, "w", encoding="ascii") as file:
            file.write(CONNECTOR)
        clone = os.path.join(self.folder, "clone")
        subprocess.run([*git, "clone", "-q", f"ext::/usr/bin/python3 {connector} {near.ports[0]}", clone], check=True,
                       timeout=120)
        with open(os.path.join(clone, "data"), "rb") as file:
            self.assertTrue(file.read() == payload(200_000))
        far.wait_for(r"connection 1: the program ended with status 0")

    def test_no_program_outlives_a_serialtcp_that_was_killed(self):
        mark = f"mark-{os.getpid()}"

        def marked():
            found = []
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        words = file.read().split(b"\0")
                except OSError:
                    continue
                if b"sleep" in words[0] and mark.encode() in b" ".join(words):
                    found.append(pid)
            return found
        # `exec -a` is only in bash; a file of that name works with every shell.
        tool = os.path.join(self.folder, f"sleep-{mark}")
        os.symlink(shutil.which("sleep"), tool)
        near, far = self.ends(f"exec {tool} 1000", f"{tool} 1000 | {tool} 1000", f"(trap '' TERM; {tool} 1000) & trap '' TERM; {tool} 1000")
        clients = [connect(port) for port in near.ports]
        until(lambda: len(marked()) == 5, "all five run")
        self.kill(far)
        until(lambda: not marked(), "none runs any more", deadline=15)
        for client in clients:
            client.close()

    def test_the_end_of_input_and_the_exit_of_a_program_arrive(self):
        near, far = self.ends("wc -c", "echo bye; exit 3", "no-such-program", "echo to you; echo to the log >&2; cat")
        with connect(near.ports[0]) as connection:
            connection.sendall(bytes(12345))
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(read_to_end(connection).strip(), b"12345")
        with connect(near.ports[1]) as connection:
            connection.sendall(b"what it does not read")
            self.assertEqual(read_to_end(connection), b"bye\n")
        far.wait_for(r"the program ended with status 3")
        with connect(near.ports[2]) as connection:
            self.assertEqual(read_to_end(connection), b"")
        far.wait_for(r"ended with status 127 \(there is no such command\)")
        with connect(near.ports[3]) as connection:
            self.assertEqual(ask(connection, b"echo", 11), b"to you\necho"[:11])
        far.wait_for(r"connection 4: the program says: to the log")

    def test_programs_end_with_their_connections_and_with_the_program(self):
        near, far = self.ends("echo $$; exec sleep 1000")
        connections = [connect(near.ports[0]) for _ in range(3)]
        pids = [int(connection.makefile().readline()) for connection in connections]
        reset(connections[0])
        until(lambda: not os.path.exists(f"/proc/{pids[0]}"), "the program ends with its connection")
        self.assertTrue(all(os.path.exists(f"/proc/{pid}") for pid in pids[1:]))
        self.assertEqual(far.stop(), 0)
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the others end with the program")
        for connection in connections[1:]:
            connection.close()


# Connects standard input and output to a TCP port.
CONNECTOR = """
import os, socket, sys, threading
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def outward():
    while data := os.read(0, 65536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
threading.Thread(target=outward, daemon=True).start()
while data := connection.recv(65536):
    while data:
        data = data[os.write(1, data):]
"""


class UnixHttp(socketserver.ThreadingUnixStreamServer):
    """Serves the files of a folder over HTTP on a unix socket."""

    daemon_threads = True

    def __init__(self, path, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=folder)

            def log_message(self, *args):
                pass

            def address_string(self):
                return "unix"
        super().__init__(path, Handler)


if __name__ == "__main__":
    main()
