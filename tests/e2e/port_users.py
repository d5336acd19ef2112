"""Other programs at a serial port: lock files, and names of programs that are in the way."""

import os
import re
import shutil
import signal
import subprocess

from harness import BINARY, Case, Process, main, until

LOCKS = "/run/lock"


class Users(Case):
    def setUp(self):
        super().setUp()
        if not os.access(LOCKS, os.W_OK):
            self.skipTest(f"{LOCKS} is not writable")
        self.wires = self.cable()
        self.device = os.path.realpath(self.wires.a)
        self.lock = f"{LOCKS}/LCK..{self.device.removeprefix('/dev/').replace('/', '_')}"
        self.addCleanup(lambda: os.path.exists(self.lock) and os.unlink(self.lock))

    def end(self, *options, name="end"):
        return self.add(Process(name, [BINARY, "-s", f"unix:{self.folder}/service", *options, self.wires.a], self.folder))

    def other(self, *command, name="other"):
        """A program that has the port open, as a user would start it."""
        process = self.add(Process(name, command, self.folder))
        until(lambda: self.has_it_open(process.popen.pid), f"{name} has {self.device} open")
        return process

    def has_it_open(self, process):
        try:
            return any(os.readlink(f"/proc/{process}/fd/{fd}") == self.device for fd in os.listdir(f"/proc/{process}/fd"))
        except FileNotFoundError:
            return False

    def locked(self, process):
        with open(self.lock, "w", encoding="ascii") as file:
            file.write(f"{process:10}\n")

    def test_the_lock_file_is_there_as_long_as_the_port_is_open(self):
        end = self.end()
        end.wait_for("listening")
        with open(self.lock, encoding="ascii") as file:
            self.assertEqual(file.read(), f"{end.popen.pid:10}\n")
        self.assertEqual(end.stop(), 0)
        self.assertFalse(os.path.exists(self.lock))

    def test_a_second_end_names_the_first(self):
        first = self.end()
        first.wait_for("listening")
        second = self.end("--no-wait", name="second")
        self.assertEqual(second.wait(), 1)
        self.assertIn(f"Could not open serial port {self.wires.a}: in use by another program, {first.popen.pid} (serialtcp), "
                      f"which has made the lock file {self.lock}: end that program", second.text())
        self.assertTrue(os.path.exists(self.lock))

    def test_the_file_of_an_end_that_was_killed_is_replaced(self):
        first = self.end()
        first.wait_for("listening")
        self.kill(first)
        self.assertTrue(os.path.exists(self.lock))
        second = self.end("--no-wait", name="second")
        second.wait_for("listening")
        with open(self.lock, encoding="ascii") as file:
            self.assertEqual(int(file.read()), second.popen.pid)

    def test_a_lock_file_is_waited_for(self):
        other = self.add(Process("other", ["sleep", "100"], self.folder))
        self.locked(other.popen.pid)
        end = self.end()
        end.wait_for(rf"waiting for {self.wires.a}: in use by another program, {other.popen.pid} \((sleep|setpriv)\), which has "
                     f"made the lock file {self.lock}")
        self.assertFalse(self.has_it_open(end.popen.pid))
        self.kill(other)
        end.wait_for("is available now")

    def test_a_screen_that_does_not_lock_is_warned_of(self):
        if not shutil.which("screen"):
            self.skipTest("screen is not installed")
        name = f"serialtcp{os.getpid()}"
        environment = {**os.environ, "SCREENDIR": self.folder, "TERM": "xterm"}
        os.chmod(self.folder, 0o700)
        script = subprocess.Popen(["script", "-qc", f"screen -D -m -S {name} {self.device} 115200", "/dev/null"], env=environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            holder = until(self.screen, "screen has the port open")
            self.end().wait_for(rf"WARNING: {self.wires.a} is open in another program, too: {holder} \(screen\), which may take "
                                r"what arrives: end that session \(screen -ls shows it\)")
        finally:
            subprocess.run(["screen", "-S", name, "-X", "quit"], env=environment, stdout=subprocess.DEVNULL, check=False)
            script.stdin.close()
            script.wait(20)

    def screen(self):
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/comm", encoding="utf-8") as name:
                    if name.read() == "screen\n" and self.has_it_open(process):
                        return process
            except OSError:
                pass
        return None

    def test_a_login_on_the_port_is_warned_of(self):
        agetty = shutil.which("agetty") or "/usr/sbin/agetty"
        if not os.access(agetty, os.X_OK) or os.getuid() != 0:
            self.skipTest("agetty cannot be started")
        getty = self.other("setsid", agetty, "-L", "115200", self.device.removeprefix("/dev/"), "vt100", name="getty")
        self.end().wait_for(rf"too: {getty.popen.pid} \(agetty\), which may take what arrives: disable its login with systemctl "
                            "disable --now serial-getty@")

    def test_the_cable_itself_is_no_other_program(self):
        end = self.end()
        end.wait_for("listening")
        self.assertNotIn("another program", end.text())

    def test_a_folder_that_is_not_writable_is_said_once(self):
        if os.getuid() != 0:
            self.skipTest("needs a mount namespace")
        end = self.add(Process("end", [BINARY, "-s", f"unix:{self.folder}/service", self.wires.a], self.folder, wrap=[
            "unshare", "-m", "sh", "-c", f"mount -t tmpfs -o ro none {LOCKS} && exec \"$@\"", "sh"]))
        end.wait_for(rf"{self.wires.a}: no lock file {re.escape(self.lock)}: read-only file system")
        end.wait_for("listening")
        end.signal(signal.SIGTERM)
        self.assertEqual(end.wait(), 0)
        self.assertEqual(end.text().count("no lock file"), 1)


if __name__ == "__main__":
    main()
