// The packets that PPP's control protocols exchange, and their options (RFC 1661 section 5): a code, an identifier, a
// length, data. Views are of the bytes that were parsed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

inline constexpr std::size_t kPacketHeader = 4;

struct Packet {
  Byte code = 0;
  Byte id = 0;
  ByteView data;
};

/// Empty if the length is wrong. What follows it is padding.
std::optional<Packet> parse_packet(ByteView bytes);
/// Data that would exceed `longest` bytes together with the header is cut.
Bytes make_packet(Byte code, Byte id, ByteView data, std::size_t longest = 1500);

struct Option {
  Byte type = 0;
  ByteView value;
};

/// Empty if a length is wrong.
std::optional<std::vector<Option>> parse_options(ByteView bytes);
/// At most 253 bytes of value.
void append_option(Byte type, ByteView value, Bytes& out);
/// The value is a number of `size` bytes (1 to 8), in network byte order.
void append_option(Byte type, std::uint64_t value, std::size_t size, Bytes& out);

/// In network byte order, at most 8 bytes.
std::uint64_t number(ByteView bytes);
Bytes number_bytes(std::uint64_t value, std::size_t size);

/// What a peer has sent as text, for messages: without what is not printable, and cut.
std::string printable(ByteView bytes);
/// As people write it.
std::string address_text(std::uint32_t address);

}  // namespace serialtcp::ppp
