// The receiving end of header packing (ip/packed_headers.h). What it builds is checked: only packets with right
// checksums come out of packed ones.
#pragma once

#include <array>
#include <optional>

#include "base/cursor.h"
#include "ip/packed_headers.h"
#include "ip/packet.h"
#include "serialtcp/time.h"

namespace serialtcp::ip {

/// What has happened since the start.
struct UnpackCounters {
  std::uint64_t tossed = 0;     ///< whose anchor was lost
  std::uint64_t malformed = 0;  ///< no packet, or none that could be built
};

class HeaderUnpacker {
 public:
  /// A lost anchor is asked for again after this.
  static constexpr Duration kAskAgain = std::chrono::milliseconds(100);

  struct Unpacked {
    std::optional<Bytes> packet = {};
    std::optional<Bytes> answer = {};      ///< to be sent back: an anchor is missing
    std::optional<unsigned> missing = {};  ///< for HeaderPacker::missing(): one is missing at the other end
  };
  Unpacked unpack(ByteView datagram, Time now);

  const UnpackCounters& counters() const { return counters_; }

 private:
  struct Context {
    Bytes anchor = {};  ///< empty: none
    std::uint8_t edition = 0;
    Time asked = Time::min();
  };

  Unpacked from_plain(ByteView datagram);
  Unpacked from_anchor(unsigned number, ByteView datagram);
  Unpacked from_packed(unsigned number, ByteView datagram, Time now);
  static std::optional<Bytes> build(const Bytes& anchor, base::Reader in);
  Unpacked malformed();

  std::array<Context, packed::kContexts> contexts_ = {};
  UnpackCounters counters_ = {};
};

}  // namespace serialtcp::ip
