// The settings of an emulated cable as text: NAME VALUE, the same on the command line (--ber 1e-5) and while
// it runs (set ber 1e-5).
#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>

#include "emulator/pty_cable.h"

namespace serialtcp::cli {

struct CableOption {
  std::string_view name;
  std::string_view value;  ///< what is expected, in capitals
  std::string_view help;
};

inline constexpr std::array<CableOption, 19> kCableOptions{{
    {"baud", "N", "speed of both ends, 0 for no limit; default: each end runs at what is set on it"},
    {"ber", "P", "probability of each bit to arrive flipped"},
    {"drop", "P", "probability of each byte to be lost"},
    {"insert", "P", "probability of a random byte after each byte"},
    {"duplicate", "P", "probability of each byte to arrive twice"},
    {"zero", "P", "probability of each byte to arrive as 0x00"},
    {"burst", "P:LENGTH", "probability of LENGTH random bytes to begin at each byte"},
    {"stall", "P:MS", "probability of the sender to stop for MS milliseconds before each byte"},
    {"latency", "MS", "milliseconds that each byte travels"},
    {"quantum", "MS", "arrivals wait for the next multiple of this many milliseconds"},
    {"lumps", "MS[:SHARE[:BYTES]]",
     "bytes are handed on together, MS milliseconds after the first of them, a time that varies by up to SHARE "
     "(0 to 1) of it, or as soon as there are BYTES of them"},
    {"wake", "BYTES:MS", "the first BYTES bytes after MS milliseconds of silence are lost"},
    {"map", "LIST",
     "what arrives instead of a byte, as HEX=HEX[,HEX=HEX...]: 13= loses it, ff=ffff doubles it; strip sets the "
     "highest bit of all to 0; none"},
    {"half-duplex", "KIND",
     "both directions share one medium: radio, rs485 (the sender hears nothing), rs485-echo (it hears itself), off"},
    {"air-rate", "N",
     "of a radio: bytes per second that the air carries, both directions together (default 2000)"},
    {"turn-round", "MS", "milliseconds that a change of direction takes (default 30)"},
    {"air-quantum", "N", "of a radio: bytes that one end sends while the other one waits (default 512)"},
    {"modem-buffer", "N", "of a radio: bytes that a modem holds (default 1024)"},
    {"modem-full", "drop|hold",
     "of a radio: a full modem drops what does not fit (default), or holds its sender back by flow control"},
}};

/// Changes the one setting. The error says what is wrong with the value, and what to give instead.
std::expected<void, std::string> set_cable_option(io::CableSettings& settings, std::string_view name,
                                                  std::string_view value);

}  // namespace serialtcp::cli
