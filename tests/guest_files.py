"""What Linux guests of QEMU begin with: Debian's kernel, busybox, and a file system in memory. For the scripts beside this."""

import re
import shutil
import subprocess


def unpack_packages(work, package):
    """The kernel that `package` (linux-image-...) depends on, and busybox: downloaded and unpacked to `work`, if they are not
    there. Returns both; the kernel's modules are in work/kernel/lib/modules."""
    kernels = lambda: sorted((work / "kernel" / "boot").glob("vmlinuz-*"))
    busybox = work / "busybox" / "bin" / "busybox"
    if not kernels() or not busybox.exists():
        work.mkdir(parents=True, exist_ok=True)
        depends = subprocess.run(["apt-cache", "depends", package], capture_output=True, text=True, check=True)
        kernel = re.search(r"Depends: (linux-image-\S+)", depends.stdout).group(1)
        subprocess.run(["apt-get", "download", kernel, "busybox-static"], cwd=work, check=True)
        for name, folder in (("linux-image-*.deb", "kernel"), ("busybox-static_*.deb", "busybox")):
            subprocess.run(["dpkg-deb", "-x", next(work.glob(name)), work / folder], check=True)
    return kernels()[0], busybox


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


def pack_root(work, busybox, root):
    """The archive that QEMU gets as initrd."""
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = work / "initramfs"
    with open(archive, "wb") as output:
        subprocess.run([busybox, "cpio", "-o", "-H", "newc"], cwd=root, input=names.encode(), stdout=output,
                       stderr=subprocess.DEVNULL, check=True)
    return archive
