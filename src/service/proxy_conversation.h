// ProxyConversation: what a client of a dynamic forward (-D) sends until it has made a request, and the
// replies. Bytes are passed in; replies and one request come out. Does not know sockets or streams. The first
// byte determines the protocol of a client: proxy_conversation() has the list.
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
    refused,  ///< `reply` is the refusal, if the protocol has one; the connection must be closed
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
  /// Processes bytes from the client, and takes all of them.
  virtual Heard hear(ByteView bytes) = 0;
  /// After a request: what must be sent to the other end first. It contains what the client has sent without
  /// waiting for the answer.
  virtual ByteView rest() const = 0;
  /// The reply after a success. `bound`: the address that was connected from, or that of the relay for
  /// datagrams; zeros if there is none.
  virtual Bytes granted(const wire::Address& bound) const = 0;
  /// The reply after a failure; `why` is for the user.
  virtual Bytes failed(ResetReason reason, std::string_view why) const = 0;
};

/// The conversation of a client whose first byte is this.
std::unique_ptr<ProxyConversation> proxy_conversation(Byte first);

}  // namespace serialtcp::io
