// The HTTP proxy protocol (RFC 9110 and 9112): CONNECT host:port, after which bytes are transferred in both
// directions; or a request for an absolute URI (GET http://host/path), which is changed to the form that the
// origin server expects.
//
// One connection serves one origin. The request is sent with "Connection: close", so the server closes after
// its answer, and the client opens a new connection for its next request. What follows the head of the
// request is not examined.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "service/proxy_conversation.h"

namespace serialtcp::io {

class HttpConversation final : public ProxyConversation {
 public:
  /// Maximum size of a request's head in bytes: its first line and its header fields, up to the empty line.
  static constexpr std::size_t kMaxHead = 32 * 1024;

  std::string_view protocol() const override { return "HTTP"; }
  Heard hear(ByteView bytes) override;
  ByteView rest() const override { return heard_; }
  Bytes granted(const wire::Address& bound) const override;
  Bytes failed(ResetReason reason, std::string_view why) const override;

 private:
  enum class Method : unsigned char { connect, head, other };

  std::size_t find_end();
  Heard take(std::size_t end);
  Bytes answer(std::string_view status, std::string_view body) const;

  Bytes heard_;
  std::size_t looked_at_ = 0;  ///< the head does not end before this position
  bool over_ = false;
  Method method_ = Method::other;
  std::string address_;  ///< as the client wrote it
};

/// Whether this can be the first byte of a request.
constexpr bool begins_http(Byte first) {
  return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
}

}  // namespace serialtcp::io
