// The hello: who is there. docs/protocol.md, "Hello".
//
//   00  version:1  flags:1  session:8  peer:8  max-streams:3  credit:2  (anything else a later version adds)
#pragma once

#include <cstdint>
#include <optional>

#include "base/cursor.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp::line {

inline constexpr std::uint8_t kProtocolVersion = 2;

struct Hello {
  std::uint8_t version = kProtocolVersion;
  Role role = Role::server;
  bool up = false;       ///< the sender knows that its peer knows it: no answer is needed
  bool goodbye = false;  ///< the sender leaves
  SessionId session;
  SessionId peer;                    ///< whom the sender has heard; 0 if nobody
  std::uint32_t max_streams = 0;     ///< that the sender lets its peer open; below 2^24
  std::uint32_t initial_credit = 0;  ///< bytes on each new stream, a multiple of kCreditUnit
};

inline constexpr std::size_t kHelloSize = 24;

void write_hello(const Hello& hello, base::Writer& out);
/// `in` stands behind the header byte. Of a version that is not ours only `version` and `session` are set.
/// Nothing when it is malformed.
std::optional<Hello> read_hello(base::Reader& in);

}  // namespace serialtcp::line
