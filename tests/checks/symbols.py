#!/usr/bin/env python3
"""Checks that a library of the pure core calls nothing that asks the time, draws randomness, prints or does I/O.

    symbols.py LIBRARY.a...        prints each offence as OBJECT: symbol; exit status 1 if there are any
"""

import re
import subprocess
import sys

OUTSIDE_WORLD = re.compile(
    r"^(?:clock_gettime|gettimeofday|time|clock|nanosleep|usleep|sleep|getrandom|getentropy|rand|random|srand|"
    r"printf|vprintf|fprintf|vfprintf|puts|putchar|fputs|fputc|fwrite|fopen|fread|std(?:in|out|err)|perror|"
    r"__v?f?printf_chk|open|openat|read|write|close|ioctl|poll|select|socket|send|recv|getenv|"
    r"pthread_(?:create|mutex_lock)|syslog)(?:@.*)?$"
    r"|^std::chrono::.*::now\(\)|^std::random_device|^std::(?:cout|cerr|clog|cin)\b|^std::thread::|^std::basic_[io]?f?stream")
# It reports our own bugs on standard error, then aborts.
REPORTS_BUGS = {"check.cpp.o"}


def offences(library):
    listing = subprocess.run(["nm", "--undefined-only", "--demangle", library], capture_output=True, text=True,
                             check=True).stdout
    member = library
    members = 0
    for line in listing.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
            members += 1
            continue
        symbol = re.sub(r"^\s*[Uwv]\s+", "", line)
        if symbol and member not in REPORTS_BUGS and OUTSIDE_WORLD.match(symbol):
            yield f"{member}: {symbol}"
    if not members:
        yield f"{library}: no objects to check"


def main():
    found = [offence for library in sys.argv[1:] for offence in offences(library)]
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
