#include "line/hello.h"

#include "line/chunk.h"
#include "line/frame.h"

namespace serialtcp::line {

namespace {

constexpr Byte kServer = 0x01;
constexpr Byte kClient = 0x02;
constexpr Byte kUp = 0x04;
constexpr Byte kGoodbye = 0x08;

}  // namespace

void write_hello(const Hello& hello, base::Writer& out) {
  out.u8(kHelloHeader);
  out.u8(hello.version);
  out.u8(static_cast<Byte>((hello.role == Role::server ? kServer : kClient) | (hello.up ? kUp : 0) |
                           (hello.goodbye ? kGoodbye : 0)));
  out.little(hello.session.value, 8);
  out.little(hello.peer.value, 8);
  out.little(hello.max_streams, 3);
  out.little(hello.initial_credit / kCreditUnit, 2);
}

std::optional<Hello> read_hello(base::Reader& in) {
  Hello hello;
  hello.version = in.u8();
  const Byte flags = in.u8();
  hello.session = SessionId{in.little(8)};
  if (hello.version != kProtocolVersion) {
    if (!in.good()) return std::nullopt;
    return hello;
  }
  hello.role = (flags & kServer) != 0 ? Role::server : Role::client;
  hello.up = (flags & kUp) != 0;
  hello.goodbye = (flags & kGoodbye) != 0;
  hello.peer = SessionId{in.little(8)};
  hello.max_streams = static_cast<std::uint32_t>(in.little(3));
  hello.initial_credit = static_cast<std::uint32_t>(in.little(2)) * kCreditUnit;
  if (!in.good() || hello.session == SessionId{} || (flags & (kServer | kClient)) == 0) return std::nullopt;
  return hello;
}

}  // namespace serialtcp::line
