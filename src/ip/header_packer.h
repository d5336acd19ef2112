// The sending end of header packing (ip/packed_headers.h).
#pragma once

#include <array>
#include <optional>

#include "ip/packed_headers.h"
#include "ip/packet.h"

namespace serialtcp::ip {

class HeaderPacker {
 public:
  /// An anchor is replaced after so many packets, so that differences stay short.
  static constexpr unsigned kAnchorLife = 64;

  /// What is to be sent for this packet.
  Bytes pack(ByteView packet);
  /// The receiver has no anchor for what it has received in this context: the next packet brings one.
  void missing(unsigned context);

  /// Bytes that packing has spared so far.
  std::uint64_t spared() const { return spared_; }

 private:
  struct Context {
    Bytes anchor = {};  ///< of IP and TCP or UDP; empty: none
    std::uint8_t edition = 0;
    unsigned packets = 0;    ///< since the anchor was sent
    std::uint64_t used = 0;  ///< greater: more recently
  };

  Context& context_of(const Packet& packet);
  Bytes send_anchor(Context& context, const Packet& packet, std::size_t headers);
  Byte first_byte(packed::Form form, const Context& context) const;

  std::array<Context, packed::kContexts> contexts_ = {};
  std::uint64_t uses_ = 0;
  std::uint64_t spared_ = 0;
};

}  // namespace serialtcp::ip
