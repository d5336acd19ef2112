#!/usr/bin/env python3
"""Checks what `cmake --install` puts where: installs into a folder with DESTDIR, looks, and runs what can be run there.

    installation.py ROOT BUILD      prints what is missing or wrong; exit status 1 if there is something
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Below the prefix; the file of the source tree that it is a copy of, if it is one.
FILES = {
    "bin/serialtcp": None,
    "share/man/man1/serialtcp.1": "man/serialtcp.1",
    "share/man/man1/serialtcp-share.1": "man/serialtcp-share.1",
    "share/man/man1/serialtcp-console.1": "man/serialtcp-console.1",
    "share/man/man1/serialtcp-install.1": "man/serialtcp-install.1",
    "share/man/man1/serialtcp-test.1": "man/serialtcp-test.1",
    "share/man/man1/serialtcp-getty.1": "man/serialtcp-getty.1",
    "share/man/man1/serialtcp-net.1": "man/serialtcp-net.1",
    "share/man/man1/serialtcp-shell.1": "man/serialtcp-shell.1",
    "share/man/man1/serialtcp-cp.1": "man/serialtcp-cp.1",
    "share/man/man5/serialtcp.toml.5": "man/serialtcp.toml.5",
    "share/bash-completion/completions/serialtcp": "completions/serialtcp.bash",
    "share/zsh/site-functions/_serialtcp": "completions/_serialtcp",
    "share/fish/vendor_completions.d/serialtcp.fish": "completions/serialtcp.fish",
    "share/doc/serialtcp/serialtcp.toml": "docs/serialtcp.toml",
    "lib/systemd/system/serialtcp.service": None,
    "lib/systemd/system/serialtcp@.service": None,
    "lib/systemd/system/serialtcp-getty@.service": None,
    "lib/udev/rules.d/70-serialtcp.rules": "packaging/70-serialtcp.rules",
    "lib/sysusers.d/serialtcp.conf": "packaging/serialtcp.sysusers",
}
# What `systemd-analyze security` calls "exposure", times ten: 2.0 of 10.
MAX_EXPOSURE = 20
# Who has logged in at a console may do everything: that of serial-getty@.service is as high.
MAX_EXPOSURE_OF = {"serialtcp-getty@.service": 97}


def install(build, destination):
    command = ["cmake", "--install", build, "--prefix", "/usr"]
    result = subprocess.run(command, env={**os.environ, "DESTDIR": str(destination)}, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"cmake --install ended with status {result.returncode}:\n{result.stdout}")


def check_files(root, prefix):
    for name, source in FILES.items():
        path = prefix / name
        if not path.is_file():
            yield f"{name} is not installed"
        elif source and path.read_bytes() != (root / source).read_bytes():
            yield f"{name} is not {source}"
    for path in (prefix / "bin").glob("*"):
        if path.name != "serialtcp":
            yield f"bin/{path.name} is installed: it is not for users"


def check_units(prefix):
    for path in sorted((prefix / "lib/systemd/system").iterdir()):
        unit = path.read_text(encoding="utf-8")
        programs = set(re.findall(r"^Exec\w+=(\S*serialtcp)\b", unit, re.MULTILINE))
        if len(programs) != 1 or not all(program.startswith("/") and program.endswith("/bin/serialtcp") for program in programs):
            yield f"{path.name} starts {sorted(programs)}"
        elif shutil.which("systemd-analyze"):
            yield from check_with_systemd(path, unit.replace(programs.pop(), str(prefix / "bin/serialtcp")))


def check_with_systemd(path, unit):
    """systemd understands every line, and finds little that the service may do without need."""
    with tempfile.TemporaryDirectory(prefix="serialtcp-units-") as folder:
        copy = pathlib.Path(folder) / path.name.replace("@.", "@ttyUSB0.")
        copy.write_text(unit, encoding="utf-8")
        threshold = MAX_EXPOSURE_OF.get(path.name, MAX_EXPOSURE)
        for arguments in (["verify", "--man=no"], ["security", "--offline=true", f"--threshold={threshold}", "--no-pager"]):
            result = subprocess.run(["systemd-analyze", *arguments, copy], capture_output=True, text=True, check=False,
                                    env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
            complaints = [line for line in result.stderr.splitlines() if copy.name in line]
            if result.returncode != 0 or complaints:
                yield f"systemd-analyze {arguments[0]} {path.name}: status {result.returncode}\n{result.stdout}{result.stderr}"


def check_version(root, prefix):
    """The program, the latest heading of the change log and the latest entry of the Debian package have one version."""
    said = subprocess.run([prefix / "bin/serialtcp", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = said.removeprefix("serialtcp ")
    for name, pattern in (("CHANGELOG.md", r"(?m)^## (\S+)"), ("debian/changelog", r"^serialtcp \(([^)]+)-\d+\)")):
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"))
        if not found or found.group(1) != version:
            yield f"{name} begins with version {found.group(1) if found else '(none)'}, and the program says '{said}'"


def check_example(prefix):
    """The example of a configuration file is one that the installed program takes."""
    result = subprocess.run([prefix / "bin/serialtcp", "--check-config", prefix / "share/doc/serialtcp/serialtcp.toml"],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield result.stderr


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="serialtcp-installation-") as name:
        install(build, pathlib.Path(name))
        prefix = pathlib.Path(name) / "usr"
        offences = list(check_files(root, prefix))
        if not offences:
            offences = [*check_units(prefix), *check_version(root, prefix), *check_example(prefix)]
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
