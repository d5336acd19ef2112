#!/usr/bin/env python3
"""serialtcp net with a device that has lwIP's own PPP and SLIP (scripts/build-lwip-device), as microcontrollers have."""

import os
import unittest

from harness import main
from net import Names, NetCase, Reaches
from tcp import closed_port, payload

OWN_DEVICE = os.environ.get("SERIALTCP_LWIP_OWN_DEVICE", "")


@unittest.skipUnless(os.path.exists(OWN_DEVICE), "scripts/build-lwip-device could not fetch lwIP")
class Own(Reaches):
    program = OWN_DEVICE


@unittest.skipUnless(os.path.exists(OWN_DEVICE), "scripts/build-lwip-device could not fetch lwIP")
class OwnNames(Names):
    program = OWN_DEVICE


@unittest.skipUnless(os.path.exists(OWN_DEVICE), "scripts/build-lwip-device could not fetch lwIP")
class Headers(NetCase):
    program = OWN_DEVICE

    def test_both_ends_compress_them(self):
        content = payload(60_000)
        web, here = self.web_server(content), closed_port(self)
        gateway = self.gateway("--allow", f"localhost:{web}", "-L", f"{here}:device:80", cable=())
        device = self.device("ppp")
        # 50 ms of the line, which is the size where headers are compressed.
        gateway.wait_for("packets pass, of up to 576 bytes to the device")
        self.fetches(device, web, content)
        self.assertEqual(device.command("serve 80 " + "x" * 4000), "serving")
        self.assertEqual(self.run_program("curl", "-s", "--max-time", "20", f"http://127.0.0.1:{here}/").stdout, "x" * 4000)


del Reaches, Names  # the others' own tests run there

if __name__ == "__main__":
    main()
