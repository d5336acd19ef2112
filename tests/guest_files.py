"""Linux guests of QEMU: Debian's kernel, busybox, a file system in memory, and one that runs. For the scripts beside this,
which put tests/e2e on the path before."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading

from harness import until


def unpack_package(work, package, folder):
    """Downloads a package of Debian and unpacks it to the folder of this name, if that is not there. Returns the folder."""
    place = work / folder
    if not place.exists():
        work.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=work, check=True)
        subprocess.run(["dpkg-deb", "-x", next(work.glob(f"{package}_*.deb")), place], check=True)
    return place


def unpack_packages(work, package):
    """The kernel that `package` (linux-image-...) depends on, and busybox: downloaded and unpacked to `work`, if they are not
    there. Returns both; the kernel's modules are in work/kernel/lib/modules."""
    depends = subprocess.run(["apt-cache", "depends", package], capture_output=True, text=True, check=True)
    kernel = re.search(r"Depends: (linux-image-\S+)", depends.stdout).group(1)
    boot = unpack_package(work, kernel, "kernel") / "boot"
    busybox = unpack_package(work, "busybox-static", "busybox") / "bin" / "busybox"
    return next(boot.glob("vmlinuz-*")), busybox


def begin_root(work, busybox, init, folders):
    """A new folder with these folders, busybox, and the script `init`. Returns it."""
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "proc", "sys", "dev", *folders):
        (root / folder).mkdir(parents=True)
    shutil.copy(busybox, root / "bin" / "busybox")
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    shutil.copy(init, root / "init")
    (root / "init").chmod(0o755)
    return root


def libraries_of(program, folder=None):
    """The shared libraries that a program of this machine loads, also from this folder."""
    env = {**os.environ, "LD_LIBRARY_PATH": str(folder)} if folder else None
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True, env=env)
    return re.findall(r"(/\S+\.so\S*)", listed.stdout)


def add_program(root, program, folder=None):
    """To /bin, with its libraries where it looks for them; those of `folder`, which this machine does not have, to /lib."""
    shutil.copy(program, root / "bin")
    for library in libraries_of(program, folder):
        name = library[1:]
        if folder and library.startswith(str(folder)):
            name = "lib/" + os.path.basename(library)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / name)


def pack_root(work, busybox, root):
    """The archive that QEMU gets as initrd."""
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = work / "initramfs"
    with open(archive, "wb") as output:
        subprocess.run([busybox, "cpio", "-o", "-H", "newc"], cwd=root, input=names.encode(), stdout=output,
                       stderr=subprocess.DEVNULL, check=True)
    return archive


class Guest:
    """One virtual machine. Its console is a file, its commands go in over a socket, QMP over another."""

    def __init__(self, work, name, kernel, initramfs, append, *devices, env=None):
        self.name = name
        self.work = work
        self.console = work / f"{name}.console"
        self.console.write_text("")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-M", "pc", "-cpu", "max", "-m", "256",
             "-nodefaults", "-display", "none", "-no-reboot", "-kernel", kernel, "-initrd", initramfs,
             "-append", f"console=ttyS0 quiet panic=-1 {append}",
             "-chardev", self.chardev("input"), "-serial", "chardev:input",
             "-chardev", self.chardev("qmp"), "-mon", "chardev=qmp,mode=control", *devices],
            stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        self.input = self.connect("input")
        threading.Thread(target=self.drain, daemon=True).start()
        self.qmp = self.connect("qmp").makefile("rw")
        self.qmp.readline()
        self.order("qmp_capabilities")

    def path(self, chardev):
        return self.work / f"{self.name}.{chardev}"

    def chardev(self, name):
        """A socket to which connect() connects, as QEMU's -chardev wants it."""
        self.path(name).unlink(missing_ok=True)
        return f"socket,id={name},path={self.path(name)},server=on,wait=off"

    def connect(self, name):
        def attempt():
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.path(name)))
                return connection
            except OSError:
                connection.close()
                return None
        return until(attempt, f"the guest {self.name} opens {name}", 20)

    def drain(self):
        """Not by QEMU's logfile, which has bytes twice that the socket did not take at once."""
        with open(self.console, "ab", buffering=0) as console:
            while data := self.input.recv(65536):
                console.write(data)

    def order(self, command, **arguments):
        """A command of QMP; returns its answer."""
        self.qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            answer = json.loads(self.qmp.readline())
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def say(self, text):
        self.input.sendall(text.encode() + b"\n")

    def text(self):
        return self.console.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern, deadline, after=0):
        return until(lambda: re.search(pattern, self.text()[after:]), f"{self.name} says {pattern}", deadline)

    def stop(self):
        self.process.kill()
        self.process.wait()
