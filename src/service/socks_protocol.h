// The SOCKS protocol: version 5 (RFC 1928) without authentication, version 4 and 4a (the memos of NEC and of
// Ying-Da Lee). Bytes are passed in; replies and one request come out. Does not know sockets or streams.
//
//   start --05--> methods --one is "no authentication"--> request --CONNECT, UDP ASSOCIATE--> asked
//     |              |                                       |
//     04             +--> refused                            +--> refused: BIND, unknown commands and addresses
//     +--> request (the only message)
#pragma once

#include <cstdint>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "service/proxy_conversation.h"
#include "wire/address.h"

namespace serialtcp::io {

enum class SocksVersion : std::uint8_t { v4 = 4, v5 = 5 };

/// The reply codes of version 5. Version 4 has only "granted" and "refused".
enum class SocksReply : std::uint8_t {
  granted = 0,
  failed = 1,
  not_allowed = 2,
  network_unreachable = 3,
  host_unreachable = 4,
  refused = 5,
  timed_out = 6,  ///< "TTL expired"
  command_not_supported = 7,
  address_type_not_supported = 8,
};

SocksReply to_socks_reply(ResetReason reason);

/// The reply to a request. `bound`: the address that was connected from, or that of the relay for datagrams;
/// zeros if there is none, or if it is a name.
Bytes socks_answer(SocksVersion version, SocksReply reply, const wire::Address& bound = {});

/// The conversation with one client, until it has made a request.
class SocksConversation final : public ProxyConversation {
 public:
  /// Maximum of characters of a user and of a name in a request of version 4a, which has no lengths. At most
  /// some 520 bytes are thus kept before a request is complete.
  static constexpr std::size_t kMaxText = 255;

  std::string_view protocol() const override { return "SOCKS"; }
  Heard hear(ByteView bytes) override;
  ByteView rest() const override { return heard_; }
  Bytes granted(const wire::Address& bound) const override;
  Bytes failed(ResetReason reason, std::string_view why) const override;

  /// Only after a request.
  SocksVersion version() const { return version_; }

 private:
  enum class Step : std::uint8_t { start, request, over };

  bool take_greeting(Heard& heard);
  bool take_request(Heard& heard);
  bool take_request_of_version_4(Heard& heard);
  void keep_rest(const base::Reader& in);

  Step step_ = Step::start;
  SocksVersion version_ = SocksVersion::v5;
  Bytes heard_;
};

}  // namespace serialtcp::io
