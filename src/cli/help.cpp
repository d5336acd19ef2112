// The text of --help: one screen.
#include "cli/options.h"

namespace serialtcp::cli {

std::string help_text() {
  return R"(usage: serialtcp (-s [NAME=][BIND_ADDRESS:]PORT | -c [NAME=]HOST:PORT |
                 -L ... | -R ... | -D ... | --allow ...)...
                 [options] SERIALPORT [BAUDRATE]

Makes TCP and UDP services reachable through a serial cable. One at each end:
  serialtcp --server 1234 /dev/ttyUSB0            connect to localhost:1234 here
  serialtcp --client 192.168.0.1:22 /dev/ttyUSB0  to reach 192.168.0.1:22 there

  SERIALPORT                 device, socket://HOST:PORT or loop://
  BAUDRATE                   any that both devices can do (default: 115200)
  -s, --server [NAME=][udp:][BIND_ADDRESS:]PORT | [NAME=]unix:PATH[,mode=0600]
                             listen here (default: on localhost; port 0: any)
  -c, --client [NAME=][udp:]HOST:PORT | [NAME=]unix:PATH | [NAME=]exec:COMMAND
                             connect there, for each connection to the other end
                             Both may be repeated, with a NAME for each service
                             --server ...,interactive goes first on the line,
                             ...,bulk never does; ...,limit=20k bytes per second
  -L, -R [BIND_ADDRESS:]PORT:HOST:HOSTPORT
                             as in ssh: listen here, connect there, or (-R) back
  -D [BIND_ADDRESS:]PORT     SOCKS 5 and 4a server; connections are made there
  --allow HOST:PORT          what -L and -D there may reach: 10.0.0.0/8:1-1024
  --allow-listen HOST:PORT   where -R there may have this end listen
  -4, --ipv4, -6, --ipv6     use only this (default: both)
  --parity N|E|O|S|M         none, even, odd, space or mark (default: N)
  --stopbits 1|1.5|2         (default: 1)
  --rtscts, --rts/--dtr 0|1  hardware flow control; pins, set when opening
  --timeout S                seconds a TCP connect may take (default: 10)
  --sync-timeout S           give up after S seconds without a link
  --hold S|never             keep connections while the line is away or silent
                             for S seconds (default: 300; 0: reset them at once)
  --drain S                  seconds to deliver data before exit (default: 10)
  --no-queue                 without a link, refuse clients; also as ...,refuse
  --no-wait                  do not wait for a SERIALPORT that is not there
  --protocol auto|2|original what to speak (default: what the other end does)
  --half-duplex              both ends take turns (radio, two-wire RS-485)
  --hello-at-prompt          send also where a login or shell prompt is heard
  --no-compression           disable compression in both directions
  --key FILE                 seal the link with the key in FILE, as at the other
                             end; serialtcp keygen FILE makes one
  --strict                   refuse a key file that others can read or change
  --log FILE, --debug        log to FILE; log all that the line receives
  --config FILE              several cables, as FILE says; SIGHUP reads it again
  --check-config FILE        say what is wrong with FILE
  --version, -h, --help

Exit status: 0 ended by Ctrl-C, SIGTERM or SIGHUP; 1 the serial port, the
listening address or the log cannot be used; 2 wrong usage, or no link within
--sync-timeout; 128 + N ended at once by a second signal N.

Without hardware: serialtcp cable A B lays an emulated cable.
)";
}

}  // namespace serialtcp::cli
