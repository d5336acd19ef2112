// ProxyConversation: what a client of a dynamic forward (-D) says until it has asked for something, and what it is
// answered. Pure: bytes in, replies and one request out. Knows neither sockets nor streams. The first byte decides
// which protocol a client speaks: proxy_conversation() has the list.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "wire/address.h"

namespace serialtcp::io {

struct ProxyRequest {
  enum class Command : std::uint8_t { connect, datagrams };
  Command command = Command::connect;
  wire::Address address = {};
};

class ProxyConversation {
 public:
  enum class State : std::uint8_t {
    talking,  ///< more bytes are needed
    asked,    ///< there is a request to be answered
    refused,  ///< said in `reply`, if there is a way to say it: the connection is to be closed
  };
  struct Heard {
    State state = State::talking;
    Bytes reply = {};  ///< to be sent to the client now
    std::optional<ProxyRequest> request = {};
    std::string why = {};  ///< of a refusal, for the log
  };

  virtual ~ProxyConversation() = default;

  /// The protocol, for the log.
  virtual std::string_view protocol() const = 0;
  /// Takes all that the client has said.
  virtual Heard hear(ByteView bytes) = 0;
  /// Of a conversation that has asked: what the other end is to hear first. It contains what the client has sent
  /// without waiting for the answer.
  virtual ByteView rest() const = 0;
  /// The answer to a request that was carried out. `bound`: where the connection comes from, or the relay of
  /// datagrams is; zeros if there is none.
  virtual Bytes granted(const wire::Address& bound) const = 0;
  /// The answer to a request that could not be; `why` is for the user.
  virtual Bytes failed(ResetReason reason, std::string_view why) const = 0;
};

/// For a client whose first byte is this.
std::unique_ptr<ProxyConversation> proxy_conversation(Byte first);

}  // namespace serialtcp::io
