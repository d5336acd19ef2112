#include "wire/hello.h"

#include <algorithm>
#include <bit>

#include "wire/chunk.h"
#include "wire/frame.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kServer = 0x01;
constexpr Byte kClient = 0x02;
constexpr Byte kUp = 0x04;
constexpr Byte kGoodbye = 0x08;
constexpr Byte kLetter = 0x40;

constexpr std::uint8_t kLeastWindowLog = 10;
constexpr std::uint8_t kMostWindowLog = 31;

std::optional<Unpacking> read_unpacking(ByteView bytes) {
  base::Reader in(bytes);
  const std::uint8_t window_log = in.u8();
  const std::uint8_t runs = in.u8();
  if (!in.good() || runs == 0 || window_log < kLeastWindowLog || window_log > kMostWindowLog)
    return std::nullopt;
  return Unpacking{window_log, runs};
}

// Bits beyond these belong to extensions that this version does not know.
constexpr std::size_t kFeatureBytes = 4;

Features read_features(ByteView bytes) {
  base::Reader in(bytes);
  return Features(static_cast<std::uint32_t>(in.little(std::min(bytes.size(), kFeatureBytes))));
}

/// `start` begins with the version. A malformed field and everything after it count as absent.
void read_fields(base::Reader& in, ByteView start, Hello& hello) {
  while (!in.empty()) {
    const auto field = static_cast<HelloField>(in.u8());
    const std::size_t length = in.u8();
    const ByteView rest = in.rest();
    const ByteView bytes = in.take(length);
    if (!in.good()) return;
    switch (field) {
      case HelloField::unpacking:
        hello.unpacking = read_unpacking(bytes);
        break;
      case HelloField::features:
        hello.features = read_features(bytes);
        break;
      case HelloField::handshake:
        hello.handshake = bytes;
        hello.covered = start.first(start.size() - rest.size());
        return;
    }
  }
}

}  // namespace

void write_hello(const Hello& hello, base::Writer& out) {
  out.u8(kHelloHeader);
  out.u8(hello.version);
  out.u8(static_cast<Byte>((hello.roles.server ? kServer : 0) | (hello.roles.client ? kClient : 0) |
                           (hello.up ? kUp : 0) | (hello.goodbye ? kGoodbye : 0) |
                           (hello.letter ? kLetter : 0)));
  out.little(hello.session.value, 8);
  out.little(hello.peer.value, 8);
  out.little(hello.max_streams, 3);
  out.little(hello.initial_credit / kCreditUnit, 2);
  if (hello.unpacking) {
    write_field_head(HelloField::unpacking, 2, out);
    out.u8(hello.unpacking->window_log);
    out.u8(hello.unpacking->runs);
  }
  // The letter alone has no meaning, and the field would take bytes of a handshake.
  constexpr auto kNothing = static_cast<std::uint32_t>(Feature::letter);
  if (const std::uint32_t bits = hello.features.bits(); (bits & ~kNothing) != 0) {
    const std::size_t length = (static_cast<std::size_t>(std::bit_width(bits)) + 7) / 8;
    write_field_head(HelloField::features, length, out);
    out.little(bits, length);
  }
}

void write_field_head(HelloField field, std::size_t length, base::Writer& out) {
  CHECK(length <= 0xFF);
  out.u8(static_cast<Byte>(field));
  out.u8(static_cast<Byte>(length));
}

std::optional<Hello> read_hello(base::Reader& in) {
  const ByteView start = in.rest();
  Hello hello;
  hello.version = in.u8();
  const Byte flags = in.u8();
  hello.session = SessionId{in.little(8)};
  if (hello.version != kProtocolVersion) {
    if (!in.good()) return std::nullopt;
    return hello;
  }
  hello.roles.server = (flags & kServer) != 0;
  hello.roles.client = (flags & kClient) != 0;
  hello.up = (flags & kUp) != 0;
  hello.goodbye = (flags & kGoodbye) != 0;
  hello.peer = SessionId{in.little(8)};
  hello.max_streams = static_cast<std::uint32_t>(in.little(3));
  hello.initial_credit = static_cast<std::uint32_t>(in.little(2)) * kCreditUnit;
  if (!in.good() || hello.session == SessionId{} || (flags & (kServer | kClient)) == 0) return std::nullopt;
  read_fields(in, start, hello);
  return hello;
}

}  // namespace serialtcp::wire
