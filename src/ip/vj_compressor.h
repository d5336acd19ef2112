// The sending end of header compression (RFC 1144).
//
// The receiver adds differences to what it remembers. After a loss that is another header than the sender's, and the
// packet that results is wrong. RFC 1144 relies on the checksum of TCP to find that. But some differences do not change
// the checksum: an acknowledgement of n bytes more in a window of n bytes less, which is what a receiver that does not
// read sends. If such a packet is lost, all later ones would be wrong, and pass as right. So this compressor remembers
// which headers the receiver may have, up to kHistory lost packets back, and sends a packet uncompressed if one of them
// would make it a wrong one with a right checksum.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "ip/vj.h"

namespace serialtcp::ip {

class VjCompressor {
 public:
  static constexpr std::size_t kHistory = 16;

  struct Packed {
    VjKind kind = VjKind::ip;
    Bytes bytes = {};
  };

  /// `slots`: 1 to vj::kMaxSlots (CHECK). With `omit_connection`, a packet of the same connection as the one before
  /// does not name it: only for lines whose protocol finds damage, and tells the receiver.
  VjCompressor(unsigned slots, bool omit_connection);

  /// What is no TCP over IPv4, or damaged, or a fragment, or begins or ends a connection, is returned as it is.
  Packed compress(ByteView datagram);

 private:
  /// A header, as far as the receiver's next packet depends on it.
  struct State {
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::uint16_t window = 0, urgent = 0;
    std::uint16_t rest = 0;     ///< the sum of all else that TCP's checksum covers
    std::uint32_t edition = 0;  ///< another number whenever something else has changed
    bool operator==(const State&) const = default;
    std::uint16_t sum() const;
  };
  struct Past {
    State state = {};
    std::uint32_t data = 0;  ///< bytes of data of that packet
  };
  struct Slot {
    Bytes header = {};       ///< of IP and TCP, of the last packet; empty: none yet of this connection
    std::uint64_t used = 0;  ///< greater: more recently
    std::array<Past, kHistory> past = {};
    std::size_t packets = 0;  ///< since the start; of these, the last kHistory are in `past`
    const Past& newest() const { return past[(packets - 1) % kHistory]; }
    std::span<const Past> known() const { return std::span(past).first(std::min(packets, kHistory)); }
  };
  /// How a packet differs from the one before.
  struct Change {
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::uint16_t window = 0, identification = 0;
    std::optional<std::uint16_t> urgent = {};
    std::uint8_t bits = 0;
    State applied_to(const Past& past) const;
  };

  std::size_t slot_of(const Packet& packet);
  static State state_of(const Slot& slot, const Packet& packet, const Tcp& tcp);
  static std::optional<Change> change_of(const Slot& slot, const Packet& packet, const Tcp& tcp);
  static bool set_bits(Change& change, std::size_t data_before, std::size_t data);
  /// Whether a header that the receiver may have in this slot would become a wrong one with the checksum of `truth`.
  static bool would_deceive(const Slot& slot, const Change& change, const State& truth);
  static void append_change(const Change& change, std::uint16_t checksum, Bytes& out);
  bool may_omit_connection(std::size_t index, const Change& change, const State& truth) const;

  std::vector<Slot> slots_;
  bool omit_connection_;
  std::size_t last_;  ///< the slot of the packet before; slots_.size(): none
  std::uint64_t uses_ = 0;
};

}  // namespace serialtcp::ip
