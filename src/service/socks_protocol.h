// What a SOCKS client says and hears: version 5 (RFC 1928) without authentication, version 4 and 4a (the
// memos of NEC and of Ying-Da Lee). Pure: bytes in, replies and one request out. Knows neither sockets nor
// streams.
//
//   start --05--> methods --one is "no authentication"--> request --CONNECT, UDP ASSOCIATE--> asked
//     |              |                                       |
//     04             +--> refused                            +--> refused: BIND, odd commands and addresses
//     +--> request (one message, that is all there is)
#pragma once

#include <cstdint>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "service/proxy_conversation.h"
#include "wire/address.h"

namespace serialtcp::io {

enum class SocksVersion : std::uint8_t { v4 = 4, v5 = 5 };

/// The reply codes of version 5. Version 4 knows only "granted" and "refused".
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

/// The answer to a request. `bound`: where the connection comes from, or the relay of datagrams is; zeros if
/// there is none. A name is none.
Bytes socks_answer(SocksVersion version, SocksReply reply, const wire::Address& bound = {});

/// One client's half of the conversation, until it has asked for something.
class SocksConversation final : public ProxyConversation {
 public:
  /// Characters of a user and of a name in a request of version 4a, which gives no lengths. So no more than
  /// some 520 bytes are kept of a conversation that has not asked.
  static constexpr std::size_t kMaxText = 255;

  std::string_view protocol() const override { return "SOCKS"; }
  Heard hear(ByteView bytes) override;
  ByteView rest() const override { return heard_; }
  Bytes granted(const wire::Address& bound) const override;
  Bytes failed(ResetReason reason, std::string_view why) const override;

  /// Of a conversation that has asked.
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
