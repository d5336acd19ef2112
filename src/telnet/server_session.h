// ServerSession: the server's end of a telnet connection, with or without a serial port that the client may set (RFC
// 2217). Bytes go in and come out; it does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "serialtcp/bytes.h"
#include "telnet/codes.h"
#include "telnet/coding.h"
#include "telnet/com_port_server.h"
#include "telnet/negotiator.h"

namespace serialtcp::telnet {

/// What a client's bytes mean, in their order. The functions do not call the session.
class ServerEvents {
 public:
  virtual ~ServerEvents() = default;
  /// The view is not kept.
  virtual void data(ByteView bytes) = 0;
  /// The client has pressed "break": one is to be sent on the line.
  virtual void break_pressed() = 0;
};

class ServerSession {
 public:
  /// Option messages (WILL, WONT, DO, DONT) that it sends, whatever the client sends.
  static constexpr std::size_t kMaxOptionMessages = 12;
  /// A longer subnegotiation of a client is skipped.
  static constexpr std::size_t kMaxSubnegotiation = 64;
  /// What a byte of a client can add to what is to be sent to it.
  static constexpr std::size_t kMaxAnswer = 16;

  /// With a port, the client may set it; `signature` is what it is told on request. Both references outlive it.
  ServerSession(ServerEvents& events, ServedPort* port, const std::string& signature);

  // What is to be sent is appended to `out`, by all of these.

  /// Offers the options. Called once.
  void start(Bytes& out);
  void receive(ByteView bytes, Bytes& out);
  void encode(ByteView data, Bytes& out) const;
  void look_at_pins(Bytes& out);
  void notify_line_state(Byte bits, Bytes& out);

  /// Of the direction to the client, and from it.
  Mode mode(Side sender) const;
  /// The client has sent something of telnet. One that never does expects no telnet.
  bool speaks_telnet() const { return speaks_telnet_; }
  /// It sends the byte FF hex without doubling it: the same, or QEMU.
  bool sends_bare_iac() const { return parser_.sends_bare_iac(); }
  /// The client wants no data for now.
  bool suspended() const { return port_ && port_->suspended(); }
  /// The client and this end have agreed on RFC 2217.
  bool has_port() const { return has_port_; }
  bool watches_pins() const { return port_ && port_->watches_pins(); }
  bool watches_line() const { return port_ && port_->watches_line(); }
  std::optional<std::string> take_signature();
  /// It has sent so many option messages that no more are answered.
  bool negotiates_without_end() const { return negotiator_.messages() >= kMaxOptionMessages; }
  /// A subnegotiation has no end: nothing more is understood, and the connection is to be closed.
  bool failed() const { return failed_; }

 private:
  void handle(const Parser::Item& item, Bytes& out);
  void negotiate(Byte verb, Byte option, Bytes& out);
  void offer(Side side, Byte option, Bytes& out);
  void settle(Bytes& out);

  ServerEvents& events_;
  std::optional<ComPortServer> port_;
  Parser parser_{kMaxSubnegotiation};
  Negotiator negotiator_{{.messages = kMaxOptionMessages, .refusals = Negotiator::Limits::Refusals::once}};
  bool speaks_telnet_ = false;
  bool has_port_ = false;
  bool failed_ = false;
};

}  // namespace serialtcp::telnet
