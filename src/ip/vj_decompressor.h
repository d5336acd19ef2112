// The receiving end of header compression (RFC 1144).
//
// After a loss it tosses compressed packets until an uncompressed one of their connection has arrived: of what is built
// upon a header that may be an old one, TCP's checksum finds most that is wrong, but not all (ip/vj_compressor.h). What
// is built is also checked here, so that an undetected loss shows with the next packet.
#pragma once

#include <optional>
#include <vector>

#include "base/cursor.h"
#include "ip/vj.h"

namespace serialtcp::ip {

/// What has happened since the start.
struct VjCounters {
  std::uint64_t rebuilt = 0;  ///< compressed packets
  std::uint64_t tossed = 0;   ///< compressed packets after a loss
  std::uint64_t wrong = 0;    ///< packets that are damaged, or were built upon a wrong header
};

class VjDecompressor {
 public:
  /// `slots`: 1 to vj::kMaxSlots (CHECK). Packets of others are dropped.
  explicit VjDecompressor(unsigned slots);

  /// A frame of each kind (VjKind), as compress() has made it. Empty if there is no datagram to be made of it.
  std::optional<Bytes> uncompressed(ByteView frame);
  std::optional<Bytes> compressed(ByteView frame);

  /// A frame was damaged, or is missing.
  void lost();

  const VjCounters& counters() const { return counters_; }

 private:
  using Header = Bytes;  ///< of IP and TCP; empty: nothing can be built upon it
  struct Slot {
    Header header = {};
    std::size_t data = 0;  ///< bytes of data of the last packet
  };

  std::optional<Bytes> rebuild(Slot& slot, std::uint8_t bits, base::Reader in);
  std::optional<Bytes> wrong();

  std::vector<Slot> slots_;
  std::size_t last_;  ///< the slot of the packet before; slots_.size(): not known
  VjCounters counters_ = {};
};

}  // namespace serialtcp::ip
