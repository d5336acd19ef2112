"""Completions: what bash really suggests, and whether zsh and fish can read theirs."""

import os
import pathlib
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import BINARY, DEADLINE, main

COMPLETIONS = pathlib.Path(__file__).resolve().parents[2] / "completions"
DEVICES = ("dev/serial/by-id/usb-FTDI_A-if00-port0", "dev/ttyUSB0", "dev/ttyACM1")
CONFIGURATION = """
[[link]]
port = "/dev/a"
server = ["2222", "web=8080,bulk"]
client = "db=localhost:5432"
"""
# Calls the function as bash does: with the line, and with its words as COMP_WORDBREAKS splits them.
ASK = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
_serialtcp
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Bash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="serialtcp-completions-")
        self.addCleanup(shutil.rmtree, self.folder)
        for name in DEVICES:
            self.write(name, "")
        self.write("etc/serialtcp.toml", CONFIGURATION)
        self.write("cable.key", "")
        text = (COMPLETIONS / "serialtcp.bash").read_text(encoding="utf-8")
        # The devices and the configuration of this test are below its folder.
        text = text.replace("/dev/", f"{self.folder}/dev/").replace("/etc/", f"{self.folder}/etc/")
        self.script = self.write("serialtcp.bash", text)

    def write(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def suggestions(self, line):
        result = subprocess.run(["bash", "--norc", "-c", ASK, "ask", self.script, f"serialtcp {line}"], cwd=self.folder,
                                capture_output=True, text=True, timeout=DEADLINE, check=True)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_every_documented_option_is_suggested(self):
        help_text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=DEADLINE, check=True).stdout
        shown = {word.split("[")[0].rstrip(",") for line in help_text.splitlines() if line.startswith("  -") for word in line.split()
                 if word.startswith("--")}
        self.assertEqual(set(self.suggestions("-")), shown)
        self.assertEqual(self.suggestions("--par"), ["--parity"])

    def test_values(self):
        self.assertEqual(self.suggestions("--parity "), ["N", "E", "O", "S", "M"])
        self.assertEqual(self.suggestions("--parity=E"), ["E"], "bash keeps what is before the equals sign")
        self.assertEqual(self.suggestions("--protocol o"), ["original"])
        self.assertEqual(self.suggestions("--hold n"), ["never"])
        self.assertEqual(self.suggestions("--key ca"), ["cable.key"])
        self.assertEqual(self.suggestions("--timeout "), [])
        self.assertEqual(self.suggestions("--rs485=rts-a"), ["rts-after-send"])
        self.assertEqual(self.suggestions(f"--rs485 {self.folder}/dev/ttyU"), [f"{self.folder}/dev/ttyUSB0"], "not a value")

    def test_devices_and_speeds(self):
        paths = [f"{self.folder}/{name}" for name in DEVICES]
        self.assertEqual(self.suggestions("-s 2222 "),
                         [*paths, *"socket:// telnet:// rfc2217:// unix: listen: exec: exec,pty: stdio: hwgrep:// spy:// alt:// loop://".split()])
        self.assertEqual(self.suggestions(f"-s 2222 {self.folder}/dev/ttyU"), [paths[1]])
        self.assertEqual(self.suggestions(f"-s 2222 {paths[1]} 11"), ["115200"])
        self.assertEqual(self.suggestions("-s 2222 soc"), ["socket://"])
        self.assertEqual(self.suggestions(f"--rtscts {paths[1]} 9216"), ["921600"], "a flag has no value")

    def test_places_and_names_of_services(self):
        self.assertEqual(self.suggestions("-c "), ["db=", "web=", "unix:", "udp:", "exec:", "serial:", "ip:"])
        self.assertEqual(self.suggestions("-s "), ["db=", "web=", "unix:", "udp:", "fd:", "pty:", "ip:"])
        self.assertEqual(self.suggestions("-s u"), ["unix:", "udp:"])
        self.assertEqual(self.suggestions("-s web=u"), ["unix:", "udp:"], "bash keeps web=")
        self.assertEqual(self.suggestions("-s web=unix:cab"), ["cable.key"])
        self.assertEqual(self.suggestions("-c con=serial:cab"), ["cable.key"])
        self.assertEqual(self.suggestions("-s pty:cab"), ["cable.key"])

    def test_beside_a_configuration_file(self):
        self.assertEqual(self.suggestions("--config f.toml --"),
                         ["--config", "--strict-start", "--log", "--log-format", "--verbose", "--quiet", "--debug", "--ready",
                          "--control", "--no-control", "--http"])
        self.assertEqual(self.suggestions("--config etc/s"), ["etc/serialtcp.toml"])
        self.assertEqual(self.suggestions("--config f.toml "), [])

    def test_commands(self):
        self.assertEqual(self.suggestions("key"), ["keygen"])
        self.assertEqual(self.suggestions("rel"), ["reload"])
        self.assertEqual(self.suggestions("po"), ["ports"])
        self.assertEqual(self.suggestions("ports --"), ["--json", "--help"])
        self.assertEqual(self.suggestions("status --"), ["--json", "--control", "--help"])
        self.assertEqual(self.suggestions("top -"), ["-d", "-n", "-b", "--control", "--help"])
        self.assertEqual(self.suggestions("close --control ca"), ["cable.key"])
        self.assertEqual(self.suggestions("reload --"), ["--control", "--pid", "--help"])
        self.assertEqual(self.suggestions("con"), ["console", "connect"])
        self.assertEqual(self.suggestions("connect --"), ["--link", "--control", "--help"])
        self.assertEqual(self.suggestions(f"connect board:22 {self.folder}/dev/ttyU"), [f"{self.folder}/dev/ttyUSB0"])
        self.assertEqual(self.suggestions("connect board:22 /dev/x 11"), ["115200"])
        self.assertEqual(self.suggestions("connect board:22 --li"), ["--link"])
        self.assertEqual(self.suggestions("connect board:22 /dev/x --par"), ["--parity"])
        self.assertEqual(self.suggestions("cable --half"), ["--half-duplex"])
        self.assertEqual(self.suggestions("sh"), ["share", "shell"])
        self.assertEqual(self.suggestions("share --rfc"), ["--rfc2217"])
        self.assertEqual(self.suggestions(f"shell {self.folder}/dev/ttyU"), [f"{self.folder}/dev/ttyUSB0"])
        self.assertEqual(self.suggestions("shell --key ca"), ["cable.key"])
        self.assertEqual(self.suggestions("cp --k"), ["--key"])
        self.assertEqual(self.suggestions("cp ca"), ["cable.key"])
        self.assertEqual(self.suggestions(f"share {self.folder}/dev/ttyU"), [f"{self.folder}/dev/ttyUSB0"])
        self.assertEqual(self.suggestions("share /dev/x --unix ca"), ["cable.key"])
        self.assertEqual(self.suggestions("console --ti"), ["--timestamp", "--timeout"])
        self.assertEqual(self.suggestions(f"console {self.folder}/dev/ttyU"), [f"{self.folder}/dev/ttyUSB0"])
        self.assertEqual(self.suggestions("console /dev/x 57"), ["57600"])
        self.assertEqual(self.suggestions("console --log ca"), ["cable.key"])
        self.assertEqual(self.suggestions("keygen ca"), ["cable.key"])

    def test_in_a_terminal(self):
        """All of it as a user has it: the tab key, and what readline makes of the suggestions."""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {"PATH": os.environ["PATH"], "TERM": "dumb"})
        self.addCleanup(os.waitpid, process, 0)
        self.addCleanup(os.close, terminal)
        os.write(terminal, b"source ./serialtcp.bash; serialtcp() { printf '<%s>' \"$@\"; echo; }\n")
        os.write(terminal, b"serialtcp --pari\tE --half\t-s web=un\tcab\t./dev/ttyU\t\n")
        output = b""
        end = time.monotonic() + DEADLINE
        while b"<./dev/ttyUSB0>" not in output and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                output += os.read(terminal, 4096)
        os.write(terminal, b"exit\n")
        self.assertIn(b"<--parity><E><--half-duplex><-s><web=unix:cable.key><./dev/ttyUSB0>", output)


class OtherShells(unittest.TestCase):
    def check(self, shell, name):
        if shutil.which(shell) is None:
            self.skipTest(f"there is no {shell}")
        result = subprocess.run([shell, "-n", COMPLETIONS / name], capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_zsh(self):
        self.check("zsh", "_serialtcp")

    def test_fish(self):
        self.check("fish", "serialtcp.fish")
        if shutil.which("fish") is None:
            return
        script = f"source {COMPLETIONS}/serialtcp.fish; complete -C 'serialtcp --par'; complete -C 'serialtcp --parity '"
        result = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, timeout=DEADLINE, check=True)
        self.assertEqual([line.split("\t")[0] for line in result.stdout.splitlines()], ["--parity", "E", "M", "N", "O", "S"])


if __name__ == "__main__":
    main()
