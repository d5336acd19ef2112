"""One cable, many services, all at once, with real programs: ssh, curl through SOCKS, an HTTP API on a unix socket,
git, rsync, iperf3, redis and a name server. The delay of a keystroke is measured elsewhere; here everything must
arrive, exactly."""

import http.server
import json
import os
import shutil
import socketserver
import subprocess
import threading

from harness import BINARY, Process, main, until
from real_programs import SEARCH, SshCase, WebCase, checksum
from tcp import LOCALHOST, closed_port, payload

FAST = 921600
TRANSFER = 150_000
LINES = 40


def program(name):
    path = shutil.which(name, path=SEARCH)
    if not path:
        raise AssertionError(f"{name} is not installed: ./test installs what the tests need")
    return path


class Api(http.server.BaseHTTPRequestHandler):
    """A small part of what docker offers on its socket."""

    def do_GET(self):
        body = json.dumps({"path": self.path, "Containers": 3}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass


class AllAtOnce(SshCase, WebCase):
    def setUp(self):
        super().setUp()
        self.start_sshd()
        self.write_pages()
        self.start_web()
        self.start_redis()
        self.start_rsync()
        self.start_iperf()
        self.start_name_server()
        self.start_api()
        self.make_repository()

    # ---- The targets at the far end ----

    def write_pages(self):
        os.mkdir(self.path("www"))
        self.write("www/page.bin", payload(TRANSFER, 7))

    def start_redis(self):
        self.redis_port = closed_port(self)
        self.start_service("redis", self.redis_port, [
            program("redis-server"), "--port", self.redis_port, "--bind", LOCALHOST, "--save", "", "--appendonly", "no",
            "--dir", self.folder])

    def start_rsync(self):
        self.rsync_port = closed_port(self)
        os.mkdir(self.path("module"))
        self.write("module/image.bin", payload(TRANSFER, 8))
        config = self.write("rsyncd.conf", "\n".join([
            "use chroot = no", f"pid file = {self.path('rsyncd.pid')}", f"lock file = {self.path('rsyncd.lock')}", "[files]",
            f"path = {self.path('module')}", f"uid = {os.geteuid()}", f"gid = {os.getegid()}", ""]))
        self.start_service("rsync-daemon", self.rsync_port, [
            program("rsync"), "--daemon", "--no-detach", "--address", LOCALHOST, "--port", self.rsync_port, "--config", config])

    def start_iperf(self):
        self.iperf_port = closed_port(self)
        self.iperf = self.start_service("iperf3-server", self.iperf_port, [
            program("iperf3"), "--server", "--forceflush", "--bind", LOCALHOST, "--port", self.iperf_port])

    def start_name_server(self):
        self.dns_port = closed_port(self)
        self.start_service("name-server", self.dns_port, [
            program("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", f"--port={self.dns_port}", f"--listen-address={LOCALHOST}",
            "--bind-interfaces", "--no-resolv", "--no-hosts", "--user=", "--pid-file=",
            "--address=/board.example/192.0.2.7"])

    def start_api(self):
        server = socketserver.ThreadingUnixStreamServer(self.path("api.sock"), Api)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def make_repository(self):
        work, bare = self.path("work"), self.path("bare.git")
        git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
        self.assert_ran(self.run_program("git", "init", "-q", work))
        self.write("work/file.bin", payload(60_000, 9))
        self.assert_ran(self.run_program(*git, "-C", work, "add", "."))
        self.assert_ran(self.run_program(*git, "-C", work, "commit", "-q", "-m", "one file"))
        self.assert_ran(self.run_program("git", "clone", "-q", "--bare", work, bare))

    # ---- The programs at the near end; each returns what went wrong, if anything ----

    def run_and_expect(self, *args, output=None):
        result = self.run_program(*args)
        if result.returncode != 0:
            return f"{args}: status {result.returncode}: {result.stderr or result.stdout}"
        if output is not None and output not in result.stdout:
            return f"{args} said {result.stdout!r} instead of {output!r}"
        return None

    def fetch_through_socks(self):
        problem = self.run_and_expect(
            "curl", "--no-progress-meter", "--fail", "--noproxy", "", "--socks5-hostname", f"{LOCALHOST}:{self.ports['socks']}",
            "-o", self.path("page.got"), f"http://localhost:{self.web_port}/page.bin")
        return problem or self.difference("page.got", "www/page.bin")

    def ask_name_server(self):
        for number in range(10):
            problem = self.run_and_expect("dig", "+short", "+tries=5", f"@{LOCALHOST}", "-p", self.ports["dns"],
                                          f"host{number}.board.example", output="192.0.2.7")
            if problem:
                return problem
        return None

    def ask_api(self):
        for number in range(5):
            problem = self.run_and_expect("curl", "--no-progress-meter", "--fail", "--unix-socket", self.path("near.sock"),
                                          f"http://docker/v1.41/containers/{number}", output='"Containers": 3')
            if problem:
                return problem
        return None

    def clone(self):
        problem = self.run_and_expect("git", "-c", "protocol.ext.allow=always", "clone", "-q",
                                      f"ext::socat - TCP:{LOCALHOST}:{self.ports['git']}", self.path("clone"))
        return problem or self.difference("clone/file.bin", "work/file.bin")

    def synchronize(self):
        problem = self.run_and_expect("rsync", "-a", f"rsync://{LOCALHOST}:{self.ports['rsync']}/files/", self.path("mirror/"))
        return problem or self.difference("mirror/image.bin", "module/image.bin")

    def measure(self):
        """For 2 s, with a small window, otherwise everything would be in the kernel's buffers at once."""
        before = self.iperf_tests()
        problem = self.run_and_expect("iperf3", "--client", LOCALHOST, "--port", self.ports["iperf"], "--time", "2",
                                      "--length", "1K", "--window", "16K", "--json", output='"bytes"')
        # It serves one client at a time, and refuses others until it has seen the end of this one.
        until(lambda: self.iperf_tests() > before, "iperf3's server is ready for another test")
        return problem

    def iperf_tests(self):
        return self.iperf.text().count("Server listening")

    def use_database(self):
        redis = ["redis-cli", "-h", LOCALHOST, "-p", self.ports["redis"]]
        for number in range(10):
            value = f"value-{number}-" + "x" * 500
            problem = (self.run_and_expect(*redis, "SET", f"key{number}", value, output="OK") or
                       self.run_and_expect(*redis, "GET", f"key{number}", output=value))
            if problem:
                return problem
        return None

    def difference(self, got, sent):
        return None if checksum(self.path(got)) == checksum(self.path(sent)) else f"{got} is not {sent}"

    def type_into_ssh(self):
        """One line at a time, each after the previous one has come back."""
        with subprocess.Popen([str(arg) for arg in self.ssh_args(self.ports["ssh"], self.host, "cat")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as shell:
            for number in range(LINES):
                line = f"line {number}\n".encode()
                shell.stdin.write(line)
                shell.stdin.flush()
                echo = shell.stdout.readline()
                if echo != line:
                    return f"ssh echoed {echo!r} for {line!r}"
            shell.stdin.close()
            if shell.wait(60) != 0:
                return f"ssh ended with status {shell.returncode}"
        return None

    # ---- The cable ----

    def lay(self, *faults, baud=FAST):
        self.ports = {name: closed_port(self) for name in ("ssh", "redis", "rsync", "iperf", "git", "socks", "dns")}
        cable = self.cable(*faults)
        here = [f"ssh={self.ports['ssh']},interactive", f"redis={self.ports['redis']}", f"rsync={self.ports['rsync']},bulk",
                f"iperf={self.ports['iperf']},bulk", f"git={self.ports['git']}", f"dns=udp:{self.ports['dns']}",
                f"api=unix:{self.path('near.sock')}"]
        there = [f"ssh={LOCALHOST}:{self.sshd_port}", f"redis={LOCALHOST}:{self.redis_port}",
                 f"rsync={LOCALHOST}:{self.rsync_port}", f"iperf={LOCALHOST}:{self.iperf_port}",
                 f"git=exec:exec git-upload-pack {self.path('bare.git')}", f"dns=udp:{LOCALHOST}:{self.dns_port}",
                 f"api=unix:{self.path('api.sock')}"]
        near = self.add(Process("near", [BINARY, *self.options("--server", here), "-D", self.ports["socks"], cable.a, baud],
                                self.folder))
        far = self.add(Process("far", [BINARY, *self.options("--client", there), "--allow", f"localhost:{self.web_port}",
                                       cable.b, baud], self.folder))
        near.wait_for("link ok")
        far.wait_for("link ok")
        return near, far

    @staticmethod
    def options(option, values):
        return [word for value in values for word in (option, value)]

    def tasks(self):
        return [self.type_into_ssh, self.fetch_through_socks, self.ask_name_server, self.ask_api, self.clone, self.synchronize,
                self.measure, self.use_database]

    def everything_at_once(self):
        tasks = self.tasks()
        problems = {}

        def run(task):
            try:
                problems[task.__name__] = task()
            except Exception as failure:  # in a thread, where it would not be seen
                problems[task.__name__] = repr(failure)

        threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({name: problem for name, problem in problems.items() if problem}, {})
        self.assertEqual(len(problems), len(tasks))

    def test_everything_arrives_on_a_clean_line(self):
        near, far = self.lay()
        self.everything_at_once()
        far.wait_for(r"the program ended with status 0")
        self.assertNotRegex(near.text() + far.text(), "WARNING")

    def test_everything_arrives_on_a_bad_line(self):
        self.lay("--ber", "1e-5", "--seed", "5")
        self.everything_at_once()


if __name__ == "__main__":
    main()
