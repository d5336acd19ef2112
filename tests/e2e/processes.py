"""Either end is killed, stopped or restarted at random instants during a transfer: a connection continues exactly, or
is reset; and what was sent before an end is stopped in order arrives. The seed is printed; SERIALTCP_SEED=N repeats
the same choices."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from harness import Case, main
from tcp import Flow, Target, arrives_as_reset, carry, payload, read_all

FAST = 921600
ROUNDS = 6
SIZE = 120_000


class RandomInstants(Case):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("SERIALTCP_SEED", "0")) or time.time_ns() % 1_000_000_000
        print(f"SEED {seed}", flush=True)
        self.random = random.Random(seed)
        self.target = Target(self)
        self.wires, self.server, self.client = self.tunnel(self.target.port, baud=FAST)

    def flows(self):
        near, far = self.target.pair(self.server.port)
        seed = self.random.randrange(1 << 30)
        return Flow(near, far, payload(SIZE, seed), end=True), Flow(far, near, payload(SIZE, seed + 1), end=True)

    def carry_to_an_instant(self, flows):
        carry(*flows, enough=self.random.randrange(1, SIZE * 2 // 3))
        time.sleep(self.random.random() * 0.02)

    def some_end(self):
        return self.random.choice((self.server, self.client))

    def assert_serves(self):
        near, far = self.target.pair(self.server.port)
        carry(Flow(near, far, payload(5000), end=True), Flow(far, near, payload(5000), end=True))

    def replace(self, end):
        """Another run in its place, once the other end has noticed."""
        stays = self.client if end is self.server else self.server
        before = stays.mark()
        new = self.again(end)
        if end is self.server:
            self.server = new
        else:
            self.client = new
        stays.wait_link(after=before)

    def test_a_process_that_is_stopped_and_continued_loses_nothing(self):
        for _ in range(ROUNDS):
            flows = self.flows()
            for _ in range(2):
                end = self.some_end()
                self.carry_to_an_instant(flows)
                end.signal(signal.SIGSTOP)
                time.sleep(0.1 + self.random.random())
                end.signal(signal.SIGCONT)
            carry(*flows)

    def test_a_killed_end_resets_its_connections_at_both_ends_and_the_next_one_serves(self):
        for _ in range(ROUNDS):
            flows = self.flows()
            self.carry_to_an_instant(flows)
            end = self.some_end()
            self.kill(end)
            self.replace(end)
            for flow in flows:
                self.assertTrue(arrives_as_reset(flow.sink), f"{end.name} was killed")
            self.assert_serves()

    def test_an_end_that_is_restarted_in_order_delivers_what_was_sent_and_the_next_one_serves(self):
        for _ in range(ROUNDS):
            flows = self.flows()
            self.carry_to_an_instant(flows)
            end = self.some_end()
            end.signal(signal.SIGTERM)
            with ThreadPoolExecutor() as readers:
                results = list(readers.map(lambda flow: read_all(flow.sink), flows))
            self.assertEqual(end.wait(), 0)
            self.replace(end)
            for flow, (rest, how) in zip(flows, results):
                self.assertEqual(bytes(flow.arrived) + rest, flow.data[:flow.sent], f"{end.name} was restarted")
                self.assertTrue(how == "ConnectionResetError" or flow.sent == len(flow.data), f"{end.name} was restarted")
            self.assert_serves()


if __name__ == "__main__":
    main()
