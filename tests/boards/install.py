#!/usr/bin/env python3
"""serialtcp install onto machines of other kinds: a shell of theirs in a root of its own, under qemu-user, with the programs that
scripts/build-boards has made.

    install.py BOARDS SHELLS [ARCH...]      BOARDS: a folder with serialtcp-ARCH-lite, serialtcp-ARCH-loader
                                            SHELLS: a folder for busybox and bash of Debian, fetched by apt where they are missing

ARCH: armhf, aarch64 and mipsel if none is given; armel, i386 and s390x have shells in Debian 12, too. The environment variable
SERIALTCP names the program of this machine. Takes root, the network the first time, and Linux 6.7, since qemu-user is registered
for the test alone (binfmt_misc in a user namespace).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import harness  # noqa: E402
from board_rig import Boards  # noqa: E402

MIRROR = ("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
          "{} bookworm main\n").format(os.environ.get("SERIALTCP_DEBIAN", "http://deb.debian.org/debian/"))
# As Debian calls them, as qemu-user does, and where the cross compilers' packages have the dynamic linker.
KINDS = {"armhf": ("armhf", "arm", "/usr/arm-linux-gnueabihf/lib/ld-linux-armhf.so.3"),
         "armel": ("armel", "arm", "/usr/arm-linux-gnueabi/lib/ld-linux.so.3"),
         "aarch64": ("arm64", "aarch64", "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"),
         "mipsel": ("mipsel", "mipsel", None),
         "i386": ("i386", "i386", "/usr/i686-linux-gnu/lib/ld-linux.so.2"),
         "s390x": ("s390x", "s390x", "/usr/s390x-linux-gnu/lib/ld64.so.1")}
# qemu-user shows this machine's.
CPU = {"armhf": "Features\t: half thumb fastmult vfp edsp neon vfpv3\n", "armel": "Features\t: swp half thumb\n"}
BOARDS = pathlib.Path()
SHELLS = pathlib.Path()


def fetch_shells(arch):
    """Of Debian, whose signature apt verifies; in lists of their own."""
    folder = SHELLS / arch
    if (folder / "bin" / "busybox").exists():
        return
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(MIRROR, encoding="ascii")
    debian = KINDS[arch][0]
    options = [f"APT::Architecture={debian}", f"APT::Architectures={debian}", f"Dir::Etc::sourcelist={folder}/sources.list",
               "Dir::Etc::sourceparts=-", f"Dir::State::lists={folder}/lists", f"Dir::Cache={folder}/cache", "APT::Sandbox::User=",
               "APT::Update::Error-Mode=any", "Acquire::Languages=none"]
    apt = ["apt-get", "-q", *[word for option in options for word in ("-o", option)]]
    subprocess.run([*apt, "update"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    subprocess.run([*apt, "download", "bash-static", "busybox-static"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)


class Foreign(Boards):
    arch = ""

    def setUp(self):
        super().setUp()
        self.boards = str(BOARDS)
        self.root = pathlib.Path(self.folder, "root")
        for name in ("bin", "lib", "dev", "proc", "run", "tmp", "var/tmp", "root"):
            (self.root / name).mkdir(parents=True)
        self.cpu = pathlib.Path(self.folder, "cpuinfo")
        self.cpu.write_text(CPU.get(self.arch, ""), encoding="ascii")

    def board(self, extra=""):
        _, qemu, _ = KINDS[self.arch]
        machine = f"""mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
cat /usr/lib/binfmt.d/qemu-{qemu}.conf >/proc/sys/fs/binfmt_misc/register
mount --bind {self.root} {self.root}
mount --rbind /proc {self.root}/proc
mount --bind {self.cpu} {self.root}/proc/cpuinfo
mount --rbind /dev {self.root}/dev
for folder in dev/shm run tmp; do mount -t tmpfs none {self.root}/$folder; done
mount --bind {self.folder}/printk {self.root}/proc/sys/kernel/printk
{extra}"""
        command = super().board(machine)
        return [command[0], "--user", "--map-root-user", *command[1:]]

    def start(self, wire, shell, *words):
        return self.shell(wire, shutil.which("chroot"), str(self.root), shell, *words, PATH="/bin", HOME="/root", SHELL="/bin/sh")

    def put(self, path, to):
        shutil.copy(path, self.root / to)

    def installs(self, wire, *expected):
        end = self.up_and_back(wire)
        for text in (f"serialtcp-{self.arch}-lite goes to /dev/shm/.serialtcp", *expected):
            self.assertIn(text, end.text())
        self.assertNotIn("goes to", self.up_and_back(wire).text())

    def program_there(self, name):
        return SHELLS / self.arch / "bin" / name

    def test_with_tools(self):
        self.put(self.program_there("busybox"), "bin/busybox")
        os.symlink("busybox", self.root / "bin/sh")
        wire = self.wire()
        self.start(wire, "/bin/busybox", "ash", "-i")
        self.installs(wire, "packed")

    def test_with_chmod_alone(self):
        self.put(self.program_there("bash-static"), "bin/bash")
        self.put(self.program_there("busybox"), "bin/chmod")
        wire = self.wire()
        self.start(wire, "/bin/bash", "--norc", "-i")
        self.installs(wire, "typed first")

    def test_with_a_dynamic_linker_alone(self):
        linker = KINDS[self.arch][2]
        if not linker:
            self.skipTest("no linker starts the loader of this architecture")
        self.put(self.program_there("bash-static"), "bin/bash")
        self.put(linker, "lib")
        wire = self.wire()
        self.start(wire, "/bin/bash", "--norc", "-i")
        self.installs(wire, "typed first")


def main():
    global BOARDS, SHELLS
    BOARDS, SHELLS = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    suite = unittest.TestSuite()
    for arch in sys.argv[3:] or ("armhf", "aarch64", "mipsel"):
        fetch_shells(arch)
        made = type(f"Foreign_{arch}", (Foreign,), {"arch": arch})
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(made))
    done = unittest.TextTestRunner(verbosity=2, resultclass=harness.Result).run(suite)
    sys.exit(not done.wasSuccessful())


if __name__ == "__main__":
    main()
