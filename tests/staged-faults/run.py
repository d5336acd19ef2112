#!/usr/bin/env python3
"""serialtcp test: each fault that tests/e2e/doctor.py stages, and a good line, again and again: how often it is named right.

    tests/staged-faults/run.py build/test/src/serialtcp [NAME...] [--times 50] [--jobs 6]

NAME: tests of doctor.py, as OtherEnd.test_nobody_is_there; by default all that stage a fault or a good line. Prints a line for each
as soon as it is done, with what was said instead of those that were not named right. Exit status 1 if there are any. By hand, not
in CI: a fault takes 5 to 30 s, most of which is waiting.
"""

import argparse
import concurrent.futures
import importlib.util
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "e2e"
FAULTS = (
    "OtherEnd.test_nobody_is_there", "OtherEnd.test_ours_in_any_role", "OtherEnd.test_the_original_in_both_roles",
    "OtherEnd.test_one_that_wants_a_key", "OtherEnd.test_another_speed_is_found", "OtherEnd.test_a_line_without_voltage",
    "OtherEnd.test_a_missing_ground", "OtherEnd.test_text_and_prompts", "OtherEnd.test_noise", "OtherEnd.test_a_terminal_that_echoes",
    "Line.test_a_good_line_is_fine", "Line.test_flipped_bits", "Line.test_bursts", "Line.test_framing_errors",
    "Line.test_single_bytes_that_are_lost", "Line.test_a_receiver_that_overruns", "Line.test_values_that_do_not_pass",
    "Line.test_a_line_that_stands_still", "Line.test_an_end_that_is_ended_meanwhile",
    "Loopback.test_a_loop_is_a_fault_unless_it_was_asked_for", "Loopback.test_no_loop_where_one_was_expected",
    "Loopback.test_values_that_a_loop_loses", "Loopback.test_noise_and_losses",
    "Port.test_a_device_that_goes_away", "Port.test_flow_control_without_its_wire")


def run(name, environment):
    """Empty, or why it was not named right: the last lines of the test."""
    result = subprocess.run([sys.executable, str(FOLDER / "doctor.py"), name], env=environment, capture_output=True, text=True,
                            check=False, timeout=600)
    if result.returncode == 0:
        return ""
    said = [line for line in result.stderr.splitlines() if "Error: " in line]
    return said[-1][:1500] if said else result.stderr[-500:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=FAULTS, metavar="NAME")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=6)
    options = parser.parse_intermixed_args()
    if not importlib.util.find_spec("serial"):
        sys.exit(f"{sys.executable} has no pyserial, which the original's program needs: take /usr/bin/python3 (python3-serial)")
    program = options.program.resolve()
    pins = program.parent.parent / "tests" / "libfake_pins.so"
    if not pins.exists():
        sys.exit(f"{pins} is missing: build the target fake_pins")
    environment = {**os.environ, "SERIALTCP": str(program), "SERIALTCP_FAKE_PINS": str(pins)}
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        attempts = {name: [pool.submit(run, name, environment) for _ in range(options.times)] for name in options.names}
        for name, results in attempts.items():
            wrong = [why for result in results if (why := result.result())]
            bad += len(wrong)
            print(f"{options.times - len(wrong):3} of {options.times}  {name}", flush=True)
            for why in wrong[:3]:
                print(f"      {why}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
