#!/usr/bin/env python3
"""serialtcp install onto a Linux guest whose only serial port is its console: Debian's kernel, busybox's init, getty and login.

    tests/one-uart/run.py PROGRAM BOARDS [--runs N] [--baud BAUD]

PROGRAM is serialtcp of this machine; BOARDS a folder with serialtcp-x86_64-lite, as scripts/build-boards makes it. Each run
boots a new guest, installs, sends data through the link, ends it by Ctrl-C (SIGINT), and expects the login prompt within 2 s,
the level of kernel messages and the settings of the terminal as before, and no program and no file but the one in memory. The
kernel says nothing, or 1 kB/s that can be turned off, or 1 kB/s that cannot (level 0): one after the other. --baud: the
serial line has no more than that (default: as fast as the guest takes it).

Needs the packages qemu-system-x86 and openssl, and apt-get download; kernel and busybox are downloaded and unpacked to
build/one-uart, not installed. By hand, not in CI.
"""

import argparse
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tty

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e")]
sys.dont_write_bytecode = True

import guest_files  # noqa: E402
from harness import until  # noqa: E402

WORK = HERE.parent.parent / "build" / "one-uart"
PASSWORD = "correct horse"
TALK = ("quiet", "4", "0")
SIZE = 100_000
BITS = 10  # of a byte on the line
BOOT, INSTALL, TRANSFER = 200.0, 300.0, 200.0  # a busy machine emulates slowly; a hang is what these are for
BACK = 2.0
INITTAB = "ttyS0::respawn:/bin/getty -L 115200 ttyS0 vt100\n"
LOOK = ("cat /proc/sys/kernel/printk", "stty -g", "find /run /dev/shm /tmp /root ! -type d", "ps -o args | grep -c '[s]erialtcp'")


def build_initramfs(busybox):
    root = guest_files.begin_root(WORK, busybox, HERE / "init.sh", ("etc", "root"))
    digest = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout.strip()
    (root / "etc" / "passwd").write_text(f"root:{digest}:0:0:root:/root:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\n")
    (root / "etc" / "inittab").write_text(INITTAB)
    return guest_files.pack_root(WORK, busybox, root)


class Line(threading.Thread):
    """Between the guest's serial port (a socket of QEMU) and a pty: keeps what the guest shows, and may be as slow as a cable."""

    def __init__(self, connection, baud):
        super().__init__(daemon=True)
        self.guest = connection
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.name = os.ttyname(self.theirs)
        self.rate = baud / BITS if baud else None
        self.shown = b""
        self.used = False  # somebody reads the pty, which would be full otherwise
        self.stopped = False
        self.start()

    def run(self):
        """Neither direction waits for the other one: a guest whose output is not taken takes no input."""
        to_guest = b""
        free = {self.guest.fileno(): 0.0, self.ours: 0.0}  # since when this direction can take more
        while not self.stopped:
            now = time.monotonic()
            wanted = [fd for fd, since in free.items() if since <= now and (fd != self.ours or not to_guest)]
            readable, writable, _ = select.select(wanted, [self.guest] if to_guest else [], [], 0.002 if self.rate else 0.2)
            if writable:
                to_guest = to_guest[self.guest.send(to_guest, socket.MSG_DONTWAIT):]
            for fd in readable:
                data = os.read(fd, 64)
                if fd == self.ours:
                    to_guest += data
                else:
                    self.shown += data
                    if self.used:
                        os.write(self.ours, data)
                if self.rate:
                    free[fd] = max(free[fd], now - 0.01) + len(data) / self.rate

    def type(self, text):
        self.guest.sendall(text.encode())

    def text(self, after):
        """Without escape sequences and messages of the kernel, which stand anywhere."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown[after:].decode(errors="replace").replace("\r", ""))
        return re.sub(r"\[ *\d+\.\d{6}\] [^\n]*(?:\n|$)", "", text)

    def wait_for(self, pattern, deadline, after=0):
        return until(lambda: re.search(pattern, self.text(after)), f"the guest shows {pattern}", deadline)

    def close(self):
        self.stopped = True
        self.join()
        for fd in (self.ours, self.theirs):
            os.close(fd)
        self.guest.close()


class Guest:
    def __init__(self, kernel, initramfs, talk, baud):
        path = WORK / "line"
        path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-cpu", "max", "-m", "128", "-nodefaults", "-display",
             "none", "-no-reboot", "-kernel", kernel, "-initrd", initramfs, "-append",
             f"console=ttyS0,115200 panic=-1 printk.devkmsg=on talk={talk}", "-chardev",
             f"socket,id=line,path={path},server=on,wait=off", "-serial", "chardev:line"], stdin=subprocess.DEVNULL)
        self.line = Line(self.connect(path), baud)

    @staticmethod
    def connect(path):
        def attempt():
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
                return connection
            except OSError:
                connection.close()
                return None
        return until(attempt, "QEMU has made the line", 20)

    def look(self):
        """Logs in as a person would; what the commands say, and out again."""
        line = self.line
        mark = len(line.shown)
        line.type("root\n")
        line.wait_for(r"Password: ", 30, mark)
        time.sleep(0.3)  # login discards what comes before it has switched the echo off
        line.type(PASSWORD + "\n")
        line.wait_for(r"~ # ", 30, mark)
        answers = []
        for number, command in enumerate(LOOK):
            mark = len(line.shown)
            line.type(f"echo \"<\"{number}a; {command}; echo \"<\"{number}z\n")
            answer = line.wait_for(rf"(?s)<{number}a\n(.*?)<{number}z", 30, mark).group(1)
            answers.append(answer.split())
        mark = len(line.shown)
        line.type("exit\n")
        line.wait_for(r"login: $", 30, mark)
        return answers

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.line.close()


class Link:
    """serialtcp install, with a service that leads to the echo in the guest."""

    def __init__(self, program, boards, line):
        self.folder = WORK
        (WORK / "password").write_text(PASSWORD + "\n")
        self.port_file = WORK / "port"
        self.port_file.unlink(missing_ok=True)
        self.log = WORK / "install.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", program, "install", "--user", "root", "--password-file",
                 WORK / "password", "--boards", boards, "-L", "0:127.0.0.1:7", "--test-port-file", self.port_file, line, "115200"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_up(self):
        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"it has ended with status {self.process.returncode}: {self.text()}")
            return "link ok" in self.text()
        until(up, "the link", INSTALL)

    def send(self, data):
        """There and back; the seconds that it took."""
        begun = time.monotonic()
        port = until(lambda: self.port_file.exists() and self.port_file.read_text().strip(), "it listens")
        with socket.create_connection(("127.0.0.1", int(port.split()[0])), TRANSFER) as client:
            threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
            got = b""
            while len(got) < len(data):
                more = client.recv(65536)
                if not more:
                    break
                got += more
        if got != data:
            raise AssertionError(f"{len(got)} bytes came back, and they are not what was sent")
        return time.monotonic() - begun

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def run_once(number, guest, options, data):
    line = guest.line
    line.wait_for(r"board login: $", BOOT)
    before = guest.look()
    line.used = True
    begun = time.monotonic()
    link = Link(options.program, options.boards, line.name)
    link.wait_up()
    installed = time.monotonic() - begun
    moved = link.send(data)
    mark = len(line.shown)
    begun = time.monotonic()
    status = link.interrupt()
    line.used = False
    line.wait_for(r"board login: $", 30, mark)
    back = time.monotonic() - begun
    after = guest.look()
    problems = []
    if status != 0:
        problems.append(f"exit status {status}")
    if back > BACK:
        problems.append(f"the prompt was back after {back:.1f} s")
    for what, was, now in zip(LOOK, before, after):
        if now != was and now != ["/dev/shm/.serialtcp"]:
            problems.append(f"{what}: {was} before, and {now} after it")
    print(f"run {number}: link after {installed:.1f} s, {SIZE} bytes there and back in {moved:.1f} s, the prompt {back:.2f} s "
          f"after Ctrl-C: {'; '.join(problems) or 'good'}", flush=True)
    if problems:
        print(link.text())
    return not problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("boards", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--baud", type=int)
    options = parser.parse_args()
    if not shutil.which("qemu-system-x86_64"):
        sys.exit("qemu-system-x86_64 is missing: apt-get install --no-install-recommends qemu-system-x86")
    kernel, busybox = guest_files.unpack_packages(WORK, "linux-image-cloud-amd64")
    initramfs = build_initramfs(busybox)
    good = 0
    for number in range(1, options.runs + 1):
        talk = TALK[number % len(TALK)]
        (WORK / "install.log").write_text("")
        guest = Guest(kernel, initramfs, talk, options.baud)
        try:
            good += run_once(f"{number}, talk={talk}", guest, options, random.Random(number).randbytes(SIZE))
        except AssertionError as problem:
            print(f"run {number}, talk={talk}: FAILED: {problem}", flush=True)
            for name, text in (("console", guest.line.text(0)), ("link", (WORK / "install.log").read_text(errors="replace"))):
                print(f"---- the {name}:\n{text[-3000:]}", flush=True)
        finally:
            guest.stop()
    print(f"{good} of {options.runs} runs were good")
    sys.exit(0 if good == options.runs else 1)


if __name__ == "__main__":
    main()
