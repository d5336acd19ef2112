"""Port forwarding as in ssh: -L, -R, --allow and --allow-listen, with real curl; what is refused, and what each end
logs."""

import functools
import http.server
import os
import subprocess
import threading

from harness import Process, main
from original import PEER
from services import FAST, Services
from tcp import LOCALHOST, Echo, ask, connect, is_reset, payload


class Web:
    """Serves the files of a folder over HTTP, on loopback."""

    def __init__(self, case, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args):
                pass
        server = http.server.ThreadingHTTPServer((LOCALHOST, 0), functools.partial(Handler, directory=folder))
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)


class Forwards(Services):
    def setUp(self):
        super().setUp()
        with open(os.path.join(self.folder, "page"), "wb") as file:
            file.write(payload(300_000))
        self.web = Web(self, self.folder)
        self.cable_ = self.cable()

    def ends(self, near_options, far_options):
        near = self.end(self.cable_.a, *near_options)
        far = self.end(self.cable_.b, *far_options)
        near.wait_for("link ok")
        far.wait_for("link ok")
        return near, far

    def fetch(self, port):
        """What curl receives for /page there; b"" with an exit status when it fails."""
        return subprocess.run(["curl", "-sS", "--fail", "--noproxy", "*", f"http://{LOCALHOST}:{port}/page"],
                              capture_output=True, timeout=60, check=False)

    def expect_page(self, port):
        fetched = self.fetch(port)
        self.assertEqual((fetched.returncode, fetched.stderr), (0, b""))
        self.assertTrue(fetched.stdout == payload(300_000))


class Local(Forwards):
    def test_curl_fetches_through_what_is_allowed(self):
        near, far = self.ends(["-L", f"0:localhost:{self.web.port}", "-L", f"{LOCALHOST}:0:{LOCALHOST}:{self.web.port}"],
                              ["--allow", f"127.0.0.0/8:{self.web.port}"])
        near.wait_for(rf"listening on 127\.0\.0\.1:{near.ports[0]} for connections to localhost:{self.web.port} at the other end")
        for port in near.ports:
            self.expect_page(port)
        near.wait_for(rf"connection 1: from 127\.0\.0\.1:\d+ to localhost:{self.web.port}")
        far.wait_for(rf"connection 2: to 127\.0\.0\.1:{self.web.port}")

    def test_what_is_not_allowed_is_reset_and_both_ends_say_what_would_allow_it(self):
        echo = Echo(self)
        near, far = self.ends(["-L", f"0:localhost:{self.web.port}", "-L", f"0:127.1:{self.web.port}", "--server", "0"],
                              ["--client", f"{LOCALHOST}:{echo.port}", "--allow", f"10.0.0.0/8:{self.web.port}"])
        default, *forwards = near.ports
        for port, host in zip(forwards, ("localhost", "127.1")):
            self.assertIn(self.fetch(port).returncode, (7, 55, 56), "curl says: not connected, or reset while it sends or receives")
            near.wait_for(rf"the other end does not allow it: start it with --allow {host}:{self.web.port}")
            far.wait_for(rf"not allowed: start this end with --allow {host}:{self.web.port}")
        with connect(default) as connection:
            self.assertEqual(ask(connection, b"others work"), b"others work")

    def test_nothing_is_allowed_by_default(self):
        near, far = self.ends(["-L", f"0:{LOCALHOST}:{self.web.port}"], ["--client", f"{LOCALHOST}:1"])
        self.assertTrue(is_reset(near.ports[0]))
        far.wait_for(rf"not allowed: start this end with --allow 127\.0\.0\.1:{self.web.port}")

    def test_the_original_has_no_forwarding(self):
        echo = Echo(self)
        original = self.add(Process("original", ["/usr/bin/python3", PEER, "-c", f"{LOCALHOST}:{echo.port}",
                                                 self.cable_.b, str(FAST)], self.folder))
        near = self.end(self.cable_.a, "-L", f"0:{LOCALHOST}:{self.web.port}", "-R", f"0:{LOCALHOST}:{self.web.port}")
        near.wait_for("original serialtcp's protocol")
        near.wait_for(r"could not listen on localhost:0 at the other end: .*original's protocol, which has .* no forwarding")
        self.assertTrue(is_reset(near.ports[0]))
        near.wait_for(r"connection 1: .*reset: .*original's protocol, which has .* no forwarding")
        original.stop()


class Remote(Forwards):
    def test_curl_fetches_from_here_what_it_asks_for_there(self):
        near, far = self.ends(["-R", f"0:localhost:{self.web.port}"], ["--allow-listen", "localhost:*"])
        port = int(near.wait_for(r"the other end listens on 127\.0\.0\.1:(\d+): connections there are forwarded to").group(1))
        far.wait_for(rf"listening on 127\.0\.0\.1:{port} as requested by the other end")
        self.expect_page(port)
        far.wait_for(rf"connection \d+: from 127\.0\.0\.1:\d+, accepted on 127\.0\.0\.1:{port} for the other end")
        near.wait_for(rf"connection \d+: from 127\.0\.0\.1:\d+ at the other end to localhost:{self.web.port}")
        near.stop()
        far.wait_for(rf"listening on 127\.0\.0\.1:{port} has ended")
        with self.assertRaises(ConnectionRefusedError):
            connect(port)
        before = far.mark()
        self.end(self.cable_.a, "-R", f"{port}:localhost:{self.web.port}")
        far.wait_for(rf"listening on 127\.0\.0\.1:{port} as requested by the other end", after=before)
        self.expect_page(port)

    def test_what_cannot_be_listened_on_is_told_at_both_ends(self):
        near, far = self.ends(["-R", f"{LOCALHOST}:{self.web.port}:localhost:1", "-R", "1234:localhost:1"],
                              ["--allow-listen", f"{LOCALHOST}:{self.web.port}"])
        near.wait_for(rf"could not listen on 127\.0\.0\.1:{self.web.port} at the other end: another program listens there")
        far.wait_for(r"the other end wants to listen on .*: another program listens there already")
        near.wait_for(r"could not listen on localhost:1234 at the other end: .* start it with --allow-listen localhost:1234")
        far.wait_for(r"not allowed: start this end with --allow-listen localhost:1234")


if __name__ == "__main__":
    main()
