"""Real programs for tests: an sshd and a web server of our own on loopback, and how other programs are run."""

import getpass
import hashlib
import os
import shutil
import socket
import subprocess
import sys

from harness import Case, Process, until
from tcp import LOCALHOST, closed_port

SEARCH = os.environ.get("PATH", "") + ":/usr/sbin"
SSHD = shutil.which("sshd", path=SEARCH)
NGINX = shutil.which("nginx", path=SEARCH)


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class RealCase(Case):
    """A test with files and real programs."""

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run_program(self, *args):
        return subprocess.run([str(arg) for arg in args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)

    def assert_ran(self, result):
        self.assertEqual(result.returncode, 0, f"{result.args}\n{result.stderr}")

    def start_service(self, name, port, args):
        """A server program, once it accepts connections."""
        process = self.add(Process(name, args, self.folder))

        def answers():
            self.assertIsNone(process.popen.poll(), process.text())
            with socket.socket() as probe:
                return probe.connect_ex((LOCALHOST, port)) == 0
        until(answers, f"{name} answers")
        return process


class SshCase(RealCase):
    """With an sshd, and keys made for the test."""

    def start_sshd(self):
        self.sshd_port = closed_port(self)
        self.start_service("sshd", self.sshd_port, self.sshd(LOCALHOST, self.sshd_port))
        self.host = f"{getpass.getuser()}@{LOCALHOST}"

    def sshd(self, address, port):
        """The command of an sshd, which has its files now, as the user has those of ssh."""
        for name in ("host_key", "user_key"):
            self.assert_ran(self.run_program("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name)))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        config = self.write("sshd_config", "\n".join([
            f"HostKey {self.path('host_key')}", f"AuthorizedKeysFile {self.path('user_key.pub')}",
            f"ListenAddress {address}", f"Port {port}", "PidFile none", "StrictModes no",
            "PermitRootLogin yes", "UsePAM no", "PasswordAuthentication no", "Subsystem sftp internal-sftp", ""]))
        self.ssh_options = ["-F", "/dev/null", "-i", self.path("user_key"), "-o", "IdentitiesOnly=yes",
                            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                            "-o", f"UserKnownHostsFile={self.path('known_hosts')}"]
        return [SSHD, "-D", "-e", "-f", config]

    def ssh_args(self, port, *args):
        return ["ssh", *self.ssh_options, "-p", port, *args]


class WebCase(RealCase):
    """With a web server of what is in www/."""

    http_options = ""

    def start_web(self):
        self.web_port = closed_port(self)
        os.makedirs(self.path("www"), exist_ok=True)
        self.start_service("web", self.web_port, self.nginx() if NGINX else self.python())

    def nginx(self):
        temporary = "".join(f"{kind}_temp_path {self.folder}; "
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.write("nginx.conf", "\n".join([
            "user root;" if os.geteuid() == 0 else "", "daemon off;", "worker_processes 1;", "error_log stderr;",
            f"pid {self.path('nginx.pid')};", "events {}",
            f"http {{ access_log off; {self.http_options} {temporary} server {{ listen {LOCALHOST}:{self.web_port}; "
            f"root {self.path('www')}; }} }}", ""]))
        return [NGINX, "-e", "stderr", "-p", self.folder, "-c", config]

    def python(self):
        return [sys.executable, "-m", "http.server", "--bind", LOCALHOST, "--directory", self.path("www"),
                self.web_port]
