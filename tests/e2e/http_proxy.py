"""The port of -D as an HTTP proxy, with the programs that have one: curl, git, Python's urllib; and clients that make mistakes."""

import http.server
import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request

from forwards import Forwards, Web
from harness import BINARY, Process, main, until
from services import FAST
from tcp import LOCALHOST, Echo, connect, payload, read_to_end, reset

BINARY_2_0_0 = os.environ.get("SERIALTCP_2_0_0", "")


class Recorder:
    """An HTTP server that keeps what it was asked for, and says it back."""

    def __init__(self, case):
        recorder = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.requests.append((self.requestline, dict(self.headers)))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass
        server = http.server.ThreadingHTTPServer((LOCALHOST, 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)


class Proxy(Forwards):
    """The port of -D is `port`; the other end allows everything on loopback."""

    def start(self, *far_options, binary=BINARY):
        port_file = os.path.join(self.folder, "proxy-port")
        self.near = self.add(Process("near", [BINARY, "-D", "0", "--test-port-file", port_file, self.cable_.a, str(FAST)],
                                     self.folder))
        allow = far_options or ("--allow", "127.0.0.0/8:*", "--allow", "localhost:*")
        self.far = self.add(Process("far", [binary, *allow, self.cable_.b, str(FAST)], self.folder))
        self.near.wait_for("link ok")
        self.far.wait_for("link ok")
        self.port = int(until(lambda: os.path.exists(port_file) and open(port_file, encoding="ascii").read(), "it listens"))
        self.near.wait_for(rf"listening on 127\.0\.0\.1:{self.port} for SOCKS and HTTP proxy clients")

    @property
    def environment(self):
        proxy = f"http://{LOCALHOST}:{self.port}"
        return {**os.environ, "http_proxy": proxy, "https_proxy": proxy, "no_proxy": "", "NO_PROXY": "", "ALL_PROXY": ""}

    def curl(self, *arguments, check=True):
        return subprocess.run(["curl", "-sS", *arguments], capture_output=True, timeout=60, check=check, env=self.environment)

    def url(self, path="page", host="localhost"):
        return f"http://{host}:{self.web.port}/{path}"

    def say(self, request):
        """What a client that says this is answered, up to the end."""
        with connect(self.port) as client:
            client.sendall(request)
            return read_to_end(client)

    def expect_service(self):
        self.assertTrue(self.curl("--fail", self.url()).stdout == payload(300_000))


class Programs(Proxy):
    def test_curl_fetches_with_and_without_a_tunnel(self):
        self.start()
        for options in ([], ["--proxytunnel"], ["--http1.0"], ["--proxytunnel", "--proxy1.0", f"{LOCALHOST}:{self.port}"]):
            self.assertTrue(self.curl("--fail", *options, self.url()).stdout == payload(300_000), options)
        self.near.wait_for(rf"connection \d+: from 127\.0\.0\.1:\d+ by HTTP, to localhost:{self.web.port}")
        self.far.wait_for(rf"connection \d+: to localhost:{self.web.port}")
        self.assertTrue(self.curl("--fail", "-I", self.url()).stdout.startswith(b"HTTP/1.0 200"))

    def test_curl_reaches_two_servers_in_turn(self):
        """It would use the connection to the proxy again, if that were not closed."""
        self.start()
        first, second = Recorder(self), Recorder(self)
        for _ in range(2):
            answer = self.curl("--fail", "-d", "one", f"http://{LOCALHOST}:{first.port}/1",
                               "--next", "-sS", "-d", "two", f"http://{LOCALHOST}:{second.port}/2")
            self.assertEqual(answer.stdout, b"onetwo")
        self.assertEqual([line for line, _ in first.requests], ["POST /1 HTTP/1.1"] * 2)
        self.assertEqual([line for line, _ in second.requests], ["POST /2 HTTP/1.1"] * 2)

    def test_a_server_sees_nothing_of_the_proxy(self):
        self.start()
        server = Recorder(self)
        body = os.path.join(self.folder, "page")
        answer = self.curl("--fail", "--data-binary", f"@{body}", "--proxy-user", "me:secret", "-H", "X-Mine: 1",
                           f"http://{LOCALHOST}:{server.port}/path?query")
        self.assertTrue(answer.stdout == payload(300_000))
        line, fields = server.requests[0]
        self.assertEqual(line, "POST /path?query HTTP/1.1")
        self.assertEqual((fields["Host"], fields["X-Mine"], fields["Connection"]), (f"{LOCALHOST}:{server.port}", "1", "close"))
        self.assertFalse([name for name in fields if name.lower().startswith("proxy-")])

    def test_python_fetches_as_the_environment_says(self):
        self.start()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://{LOCALHOST}:{self.port}"}))
        for _ in range(3):
            with opener.open(self.url(), timeout=60) as answer:
                self.assertTrue(answer.read() == payload(300_000))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            opener.open("http://10.0.0.1:80/", timeout=60)
        self.assertEqual(caught.exception.code, 403)
        caught.exception.close()

    def test_git_clones_over_http(self):
        self.start()
        origin = os.path.join(self.folder, "origin")
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost"]
        subprocess.run([*git, "init", "-q", "-b", "main", origin], check=True)
        with open(os.path.join(origin, "data"), "wb") as file:
            file.write(payload(100_000))
        subprocess.run([*git, "-C", origin, "add", "."], check=True)
        subprocess.run([*git, "-C", origin, "commit", "-q", "-m", "one"], check=True)
        subprocess.run([*git, "-C", origin, "update-server-info"], check=True)
        clone = os.path.join(self.folder, "clone")
        subprocess.run([*git, "clone", "-q", self.url("origin/.git"), clone], check=True, timeout=120, env=self.environment)
        with open(os.path.join(clone, "data"), "rb") as file:
            self.assertTrue(file.read() == payload(100_000))
        self.near.wait_for(r"by HTTP, to localhost:")

    def test_version_2_0_0_at_the_other_end_serves_it(self):
        if not os.path.exists(BINARY_2_0_0):
            self.skipTest("there is no program of version 2.0.0")
        self.start(binary=BINARY_2_0_0)
        for options in ([], ["--proxytunnel"]):
            self.assertTrue(self.curl("--fail", *options, self.url(host=LOCALHOST)).stdout == payload(300_000), options)


class Refusals(Proxy):
    def status(self, url, *options):
        answer = self.curl("-w", "%{stderr}%{http_code} %{http_connect}", *options, url, check=False)
        return answer.stderr.decode(), answer.stdout.decode()

    def test_each_failure_has_its_status_and_its_reason(self):
        self.start("--allow", "127.0.0.0/8:*", "--timeout", "1")
        status, body = self.status(f"http://{LOCALHOST}:1/")
        self.assertTrue(status.startswith("502 "), status)
        self.assertEqual(body, "Could not connect to 127.0.0.1:1: the target refused the connection\n")
        status, body = self.status("http://10.0.0.1/")
        self.assertTrue(status.startswith("403 "), status)
        self.assertRegex(body, r"Could not connect to 10\.0\.0\.1:80: the other end does not allow it: start it with --allow 10\.0\.0\.1:80")
        status, _ = self.status("http://10.0.0.1/", "--proxytunnel")
        self.assertTrue(status.endswith(" 403"), status)
        with socket.socket() as full, socket.socket() as one, socket.socket() as two:
            full.bind((LOCALHOST, 0))
            full.listen(0)
            for client in (one, two):
                client.setblocking(False)
                client.connect_ex(full.getsockname())
            status, body = self.status(f"http://{LOCALHOST}:{full.getsockname()[1]}/")
        self.assertTrue(status.startswith("504 "), status)
        self.assertRegex(body, "Could not connect to .*: the target did not answer")

    def test_bytes_that_come_with_the_request_are_not_lost(self):
        self.start()
        echo = Echo(self)
        with connect(self.port) as client:
            client.sendall(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % echo.port + payload(3000))
            client.shutdown(socket.SHUT_WR)
            answer = read_to_end(client)
        self.assertTrue(answer == b"HTTP/1.1 200 Connection established\r\n\r\n" + payload(3000), answer[:200])

    def test_clients_that_make_mistakes_hurt_nobody(self):
        self.start()
        self.assertRegex(self.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), rb"^HTTP/1\.1 400 Bad Request\r\n(?s:.*)this is a proxy")
        self.assertRegex(self.say(b"GET http://a/\0 HTTP/1.1\r\n\r\n"), rb"^HTTP/1\.1 400 ")
        self.assertRegex(self.say(b"GET http://a/ HTTP/1.1\r\nA: " + b"x" * 40_000 + b"\r\n\r\n"), rb"^HTTP/1\.1 431 ")
        self.near.wait_for(r"by HTTP, refused: the head of the request is longer than 32768 bytes")
        stalled = []
        for beginning in (b"G", b"CONNECT localhost:1", b"GET http://localhost/ HTTP/1.1\r\n", b"\0", b"\x05"):
            stalled += [connect(self.port) for _ in range(60)]
            for client in stalled[-60:]:
                client.sendall(beginning)
        self.expect_service()
        for client in stalled[::2]:
            reset(client)
        for client in stalled[1::2]:
            client.close()
        with connect(self.port) as client:
            client.sendall(b"POST http://localhost:%d/page HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nhalf" % self.web.port)
            reset(client)
        self.expect_service()
        self.assert_small(self.near, self.far)


if __name__ == "__main__":
    main()
