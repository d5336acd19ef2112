"""The rows of the table: each a function that measures and yields Row values. docs/benchmarks.md says what they mean."""

import dataclasses
import glob
import os
import statistics

TEXT = sorted(path for path in glob.glob("/usr/share/common-licenses/*") if not os.path.islink(path))
MB = 1e6


@dataclasses.dataclass
class Row:
    what: str
    measured: str
    rival: str
    target: str
    met: bool | None


@dataclasses.dataclass
class Effort:
    """How often and how long: all of it, or --quick."""
    runs: int
    scale: float

    def repeat(self, runs):
        return range(min(runs, self.runs))

    def seconds(self, seconds):
        return max(1.0, seconds * self.scale)


def line_rate(baud):
    return baud / 10


def percentile(samples, percent):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def p50(samples):
    return statistics.median(samples)


def echo_text(samples):
    return f"p50 {p50(samples):.1f}, p99 {percentile(samples, 99):.1f} ms"


def spread(values, digits=3):
    """The median, and how far apart the runs were if there were several."""
    text = f"{statistics.median(values):.{digits}f}"
    return text if len(values) < 2 else f"{text} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def beside_socat(rig, effort, runs, cable_options, baud, **plan):
    """Results of serialtcp and of socat, taken in turns on one cable."""
    ours, theirs = [], []
    with rig.cable(*cable_options) as cable:
        for _ in effort.repeat(runs):
            theirs.append(rig.measure(rig.socat, cable, baud, **plan))
            ours.append(rig.measure(rig.serialtcp, cable, baud, **plan))
    return ours, theirs


def alone(rig, effort, runs, cable_options, baud, **plan):
    """Results of serialtcp, each on a cable of its own with faults of its own."""
    results = []
    for run in effort.repeat(runs):
        with rig.cable(*cable_options, "--seed", str(run + 1)) as cable:
            results.append(rig.measure(rig.serialtcp, cable, baud, **plan))
    return results


# ---- Full ----

def one_way(rig, effort, baud, seconds):
    ours, theirs = beside_socat(rig, effort, 3, [], baud, up=1, warm_up=1, seconds=effort.seconds(seconds))
    us = [result.rate / line_rate(baud) for result in ours]
    them = [result.rate / line_rate(baud) for result in theirs]
    ratio = statistics.median(us) / statistics.median(them)
    yield Row(f"one-way goodput, {baud}", f"{spread(us)} of the line = {ratio:.3f} x socat", spread(them),
              ">= 0.990 x socat", ratio >= 0.990)


def cpu(rig, effort):
    ours, theirs = beside_socat(rig, effort, 3, [], 921600, up=1, warm_up=1, seconds=effort.seconds(4))
    us = [result.cpu / (result.bytes / MB) for result in ours]
    them = [result.cpu / (result.bytes / MB) for result in theirs]
    ratio = statistics.median(us) / statistics.median(them)
    yield Row("CPU s per MB, both ends, 921600", f"{spread(us, 2)} = {ratio:.2f} x socat", spread(them, 2),
              "<= 1.0 x socat", ratio <= 1.0)


def duplex(rig, effort, baud, seconds):
    results = alone(rig, effort, 3, [], baud, both=1, warm_up=1, seconds=effort.seconds(seconds))
    there = [result.flows["up0"] / line_rate(baud) for result in results]
    back = [result.flows["down0"] / line_rate(baud) for result in results]
    yield Row(f"duplex goodput, {baud}", f"there {spread(there)}, back {spread(back)}", "", ">= 0.980 each way",
              min(statistics.median(there), statistics.median(back)) >= 0.980)


def text(rig, effort):
    results = alone(rig, effort, 1, [], 115200, up=1, warm_up=0.3, seconds=effort.seconds(5), text=TEXT)
    rates = [result.rate / line_rate(115200) for result in results]
    yield Row("licence texts one-way, 115200", f"{spread(rates)} x the line", "", ">= 3.0 x the line",
              statistics.median(rates) >= 3.0)


def eight(rig, effort):
    results = alone(rig, effort, 2, [], 115200, up=8, warm_up=2, seconds=max(5, effort.seconds(10)))
    sums = [result.rate / line_rate(115200) for result in results]
    fairness = [jain(result.flows.values()) for result in results]
    yield Row("8 bulk connections, 115200", f"Jain {spread(fairness)}, sum {spread(sums)} of the line", "",
              "Jain >= 0.99, sum >= 0.985", statistics.median(fairness) >= 0.99 and statistics.median(sums) >= 0.985)


def jain(rates):
    rates = list(rates)
    return sum(rates) ** 2 / (len(rates) * sum(rate * rate for rate in rates))


# ---- Quick ----

def wire_bytes(rig, effort):
    results = alone(rig, effort, 1, [], 115200, echo_ms=75, warm_up=1, seconds=effort.seconds(8), settle=0.3)
    count = len(results[0].samples)
    there, back = (results[0].wire[end] / count for end in ("a_to_b", "b_to_a"))
    yield Row("wire bytes of a one-byte message, 115200", f"there {there:.1f}, back {back:.1f} ({count} echoed)", "1",
              "<= 12 each way", max(there, back) <= 12)


def idle_echo(rig, effort):
    ours, theirs = beside_socat(rig, effort, 3, [], 115200, echo_ms=20, warm_up=0.5, seconds=effort.seconds(4))
    us = [sample for result in ours for sample in result.samples]
    them = [sample for result in theirs for sample in result.samples]
    yield Row("idle one-byte echo, 115200", echo_text(us), echo_text(them), "p50 <= socat + 2 ms",
              p50(us) <= p50(them) + 2)


def loaded_echo(rig, effort, baud, goal, *, runs, seconds, interval):
    results = alone(rig, effort, runs, [], baud, up=1, echo_ms=interval, warm_up=2, seconds=max(4, effort.seconds(seconds)))
    samples = [sample for result in results for sample in result.samples]
    full = [result.flows["up0"] / line_rate(baud) for result in results]
    met = percentile(samples, 99) <= goal["p99"] and p50(samples) <= goal.get("p50", goal["p99"]) and \
        statistics.median(full) >= goal.get("full", 0)
    target = ", ".join(f"{name} {'>=' if name == 'full' else '<='} {value}" for name, value in goal.items())
    yield Row(f"echo beside a bulk transfer, {baud}", f"{echo_text(samples)} ({len(samples)}), bulk {spread(full)} of the line",
              "", target, met)


def opening(rig, effort):
    opened = alone(rig, effort, 1, [], 115200, open_ms=50, warm_up=0.5, seconds=effort.seconds(5))[0].samples
    echoed = alone(rig, effort, 1, [], 115200, echo_ms=50, warm_up=0.5, seconds=effort.seconds(5))[0].samples
    yield Row("one more connection until its first echo, 115200", echo_text(opened), f"idle echo p50 {p50(echoed):.1f} ms",
              "p50 <= idle echo + 2 ms", p50(opened) <= p50(echoed) + 2)


def start(rig, effort, baud, limit_ms):
    times = []
    for _ in range(5 if effort.scale < 1 else 11):
        with rig.cable() as cable:
            times.append(1000 * rig.first_echo(cable, baud))
    yield Row(f"both ends started together until the first echo, {baud}", f"{spread(times, 0)} ms", "", f"<= {limit_ms} ms",
              statistics.median(times) <= limit_ms)


# ---- Sealed: with a key at both ends ----

def in_turns(rig, effort, runs, cable_options, baud, programs, **plan):
    """Results of several programs, a list each, taken in turns on one cable."""
    results = [[] for _ in programs]
    with rig.cable(*cable_options) as cable:
        for _ in effort.repeat(runs):
            for program, its in zip(programs, results):
                its.append(rig.measure(program, cable, baud, **plan))
    return results


def sealed_one_way(rig, effort, baud, seconds):
    theirs, ours = in_turns(rig, effort, 3, [], baud, [rig.socat, rig.sealed], up=1, warm_up=1,
                            seconds=effort.seconds(seconds))
    us = [result.rate / line_rate(baud) for result in ours]
    them = [result.rate / line_rate(baud) for result in theirs]
    ratio = statistics.median(us) / statistics.median(them)
    yield Row(f"sealed: one-way goodput, {baud}", f"{spread(us)} of the line = {ratio:.3f} x socat", spread(them),
              ">= 0.985 x socat", ratio >= 0.985)


def sealed_no_limit(rig, effort):
    clear, sealed = in_turns(rig, effort, 3, ["--baud", "0"], 115200, [rig.serialtcp, rig.sealed], up=1, warm_up=1.5,
                             seconds=effort.seconds(2))
    them, us = ([result.rate / MB for result in results] for results in (clear, sealed))
    ratio = statistics.median(us) / statistics.median(them)
    yield Row("sealed: no speed limit, one-way", f"{spread(us, 1)} MB/s = {ratio:.2f} x the clear one",
              f"{spread(them, 1)} MB/s in the clear", ">= 0.8 x the clear one", ratio >= 0.8)


def sealed_wire_bytes(rig, effort):
    results, = in_turns(rig, effort, 1, [], 115200, [rig.sealed], echo_ms=75, warm_up=1, seconds=effort.seconds(8), settle=0.3)
    count = len(results[0].samples)
    there, back = (results[0].wire[end] / count for end in ("a_to_b", "b_to_a"))
    yield Row("sealed: wire bytes of a one-byte message, 115200", f"there {there:.1f}, back {back:.1f} ({count} echoed)",
              "", "<= 26 each way", max(there, back) <= 26)


def sealed_loaded_echo(rig, effort):
    results, = in_turns(rig, effort, 3, [], 115200, [rig.sealed], up=1, echo_ms=100, warm_up=2,
                        seconds=max(4, effort.seconds(12)))
    samples = [sample for result in results for sample in result.samples]
    yield Row("sealed: echo beside a bulk transfer, 115200", f"{echo_text(samples)} ({len(samples)})", "",
              "p50 <= 20, p99 <= 40", p50(samples) <= 20 and percentile(samples, 99) <= 40)


def sealed_start(rig, effort):
    latency_ms = 200  # so long that what the processes' own starts take does not matter
    rounds, sizes = [], []
    for _ in effort.repeat(5):
        with rig.cable("--latency", str(latency_ms)) as cable:
            rounds.append(1000 * rig.first_echo(cable, 115200, rig.key_options()) / (2 * latency_ms))
        with rig.cable() as cable:
            sizes.append(rig.handshake_bytes(cable, 115200))
    yield Row("sealed: both ends started together until the first echo, 115200",
              f"{spread(rounds, 2)} round trips of {2 * latency_ms} ms; handshake {spread(sizes, 0)} bytes", "",
              "2 round trips (<= 2.3 with the starts), <= 200 bytes",
              statistics.median(rounds) <= 2.3 and statistics.median(sizes) <= 200)


# ---- Lines with faults ----

def noisy(rig, effort, name, option, goal, runs=2):
    """The mean of the runs: how many errors there are is a matter of luck, and at 1e-6 there is one in ten seconds."""
    results = alone(rig, effort, runs, option, 115200, up=1, warm_up=2, seconds=effort.seconds(9))
    rates = [result.rate / line_rate(115200) for result in results]
    mean = statistics.mean(rates)
    yield Row(name, f"{mean:.3f} ({min(rates):.3f} to {max(rates):.3f}) of the line, intact", "", f">= {goal:.2f}", mean >= goal)


def lumps(rig, effort, baud, quantum_ms):
    """Bytes that are handed on only every so often, as serial-over-LAN and packet radios do."""
    seconds = max(effort.seconds(8), 12 * quantum_ms / 1000)
    results = alone(rig, effort, 2, ["--quantum", str(quantum_ms)], baud, up=1, warm_up=6, seconds=seconds)
    rates = [result.rate / line_rate(baud) for result in results]
    yield Row(f"bytes handed on every {quantum_ms} ms, one-way, {baud}", f"{spread(rates)} of the line", "", ">= 0.90",
              statistics.median(rates) >= 0.90)


def far(rig, effort, baud, latency_ms):
    """A path whose round trip is long: satellites, and modems that retransmit."""
    results = alone(rig, effort, 1, ["--latency", str(latency_ms)], baud, up=1, warm_up=max(5, 12 * latency_ms / 1000),
                    seconds=max(effort.seconds(20), 8 * latency_ms / 1000))
    rates = [result.rate / line_rate(baud) for result in results]
    yield Row(f"{latency_ms} ms of latency each way, one-way, {baud}", f"{spread(rates)} of the line", "", ">= 0.95",
              statistics.median(rates) >= 0.95)


def half_duplex(rig, effort, what, options):
    """A radio modem with 2 kB/s of air for both directions, a buffer that drops what does not fit, and 30 ms for each change."""
    def taking_turns(cable, target, baud):
        return rig.serialtcp(cable, target, baud, options=options)
    with rig.cable("--half-duplex", "radio", "--baud", "57600", "--air-rate", "2000", "--turn-round", "30", "--air-quantum",
                   "64") as cable:
        result = rig.measure(taking_turns, cable, 57600, up=1, warm_up=12, seconds=max(20, effort.seconds(30)))
    share = result.rate / 2000
    yield Row(f"half-duplex radio, one-way, {what}", f"{share:.3f} of the air", "", ">= 0.70", share >= 0.70)


def latency(rig, effort, baud, goal):
    results = alone(rig, effort, 2, ["--latency", "16"], baud, up=1, warm_up=2, seconds=effort.seconds(6))
    rates = [result.rate / line_rate(baud) for result in results]
    yield Row(f"16 ms of latency each way, one-way, {baud}", f"{spread(rates)} of the line", "", f">= {goal:.2f}",
              statistics.median(rates) >= goal)


# ---- Fast lines, much at once ----

def no_limit(rig, effort, streams):
    """socat, which carries one connection, beside so many of ours."""
    ours, theirs = [], []
    with rig.cable("--baud", "0") as cable:
        for _ in effort.repeat(5):
            theirs.append(rig.measure(rig.socat, cable, 115200, up=1, warm_up=1.5, seconds=effort.seconds(2)))
            ours.append(rig.measure(rig.serialtcp, cable, 115200, up=streams, warm_up=1.5, seconds=effort.seconds(2)))
    us, them = ([result.rate / MB for result in results] for results in (ours, theirs))
    ratio = statistics.median(us) / statistics.median(them)
    what = "no speed limit, one-way" if streams == 1 else f"no speed limit, {streams} connections one-way"
    yield Row(what, f"{spread(us, 1)} MB/s = {ratio:.2f} x socat", f"{spread(them, 1)} MB/s", ">= 0.9 x socat", ratio >= 0.9)


def faster_than_nominal(rig, effort):
    baud = 11520000
    results = alone(rig, effort, 2, ["--baud", str(baud)], 115200, up=1, warm_up=3, seconds=effort.seconds(3))
    rates = [result.rate / line_rate(baud) for result in results]
    yield Row("nominal 115200, really 100 times faster, after 3 s", f"{spread(rates)} of what it can carry", "", ">= 0.8",
              statistics.median(rates) >= 0.8)


def memory(rig, effort):
    results = alone(rig, effort, 1, ["--baud", "0"], 115200, idle=1000, warm_up=0.5, seconds=0.5)
    used = results[0].rss / 2**20
    yield Row("memory of an end with 1,000 idle connections", f"{used:.1f} MiB", "", "< 64 MiB", used < 64)


ROWS = {
    "one-way-115200": lambda rig, effort: one_way(rig, effort, 115200, 5),
    "one-way-921600": lambda rig, effort: one_way(rig, effort, 921600, 3),
    "duplex-115200": lambda rig, effort: duplex(rig, effort, 115200, 6),
    "duplex-921600": lambda rig, effort: duplex(rig, effort, 921600, 3),
    "text": text,
    "wire-bytes": wire_bytes,
    "idle-echo": idle_echo,
    "loaded-echo-9600": lambda rig, effort: loaded_echo(rig, effort, 9600, {"p99": 120}, runs=2, seconds=25, interval=250),
    "loaded-echo-115200": lambda rig, effort: loaded_echo(rig, effort, 115200, {"p50": 8, "p99": 12, "full": 0.98}, runs=3,
                                                          seconds=12, interval=100),
    "loaded-echo-921600": lambda rig, effort: loaded_echo(rig, effort, 921600, {"p50": 3, "p99": 8, "full": 0.98}, runs=3,
                                                          seconds=6, interval=30),
    "eight": eight,
    "opening": opening,
    "start-115200": lambda rig, effort: start(rig, effort, 115200, 100),
    "start-9600": lambda rig, effort: start(rig, effort, 9600, 300),
    "ber-1e-6": lambda rig, effort: noisy(rig, effort, "bit error rate 1e-6, 115200", ["--ber", "1e-6"], 0.98, runs=10),
    "ber-1e-5": lambda rig, effort: noisy(rig, effort, "bit error rate 1e-5, 115200", ["--ber", "1e-5"], 0.92),
    "ber-1e-4": lambda rig, effort: noisy(rig, effort, "bit error rate 1e-4, 115200", ["--ber", "1e-4"], 0.75),
    "ber-1e-3": lambda rig, effort: noisy(rig, effort, "bit error rate 1e-3, 115200", ["--ber", "1e-3"], 0.35),
    "drop-1e-4": lambda rig, effort: noisy(rig, effort, "1e-4 of the bytes lost, 115200", ["--drop", "1e-4"], 0.88),
    "latency-115200": lambda rig, effort: latency(rig, effort, 115200, 0.98),
    "latency-3000000": lambda rig, effort: latency(rig, effort, 3000000, 0.95),
    "lumps-9600": lambda rig, effort: lumps(rig, effort, 9600, 60),
    "lumps-38400": lambda rig, effort: lumps(rig, effort, 38400, 50),
    "lumps-115200": lambda rig, effort: lumps(rig, effort, 115200, 200),
    "far-115200": lambda rig, effort: far(rig, effort, 115200, 1500),
    "far-921600": lambda rig, effort: far(rig, effort, 921600, 300),
    "half-duplex": lambda rig, effort: half_duplex(rig, effort, "--half-duplex", ["--half-duplex"]),
    "half-duplex-detected": lambda rig, effort: half_duplex(rig, effort, "detected", []),
    "no-limit": lambda rig, effort: no_limit(rig, effort, 1),
    "no-limit-16": lambda rig, effort: no_limit(rig, effort, 16),
    "cpu": cpu,
    "sealed-115200": lambda rig, effort: sealed_one_way(rig, effort, 115200, 5),
    "sealed-921600": lambda rig, effort: sealed_one_way(rig, effort, 921600, 3),
    "sealed-wire-bytes": sealed_wire_bytes,
    "sealed-loaded-echo": sealed_loaded_echo,
    "sealed-no-limit": sealed_no_limit,
    "sealed-start": sealed_start,
    "faster-than-nominal": faster_than_nominal,
    "memory": memory,
}
