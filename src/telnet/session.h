// Session: the client's end of a telnet connection, with or without a serial port behind it (RFC 2217). Bytes go in and
// come out; it does no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bucket.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "telnet/codes.h"
#include "telnet/coding.h"
#include "telnet/com_port.h"
#include "telnet/negotiator.h"

namespace serialtcp::telnet {

/// What the user may want to know. The functions return quickly and do not call the session.
class Listener {
 public:
  virtual ~Listener() = default;
  /// WILL, WONT, DO or DONT.
  enum class Way : std::uint8_t { sent, received };
  virtual void negotiated(Way way, Byte verb, Byte option) = 0;
  virtual void port_told(const ComPort::Heard& heard) = 0;
};

class Session {
 public:
  /// Answers that a peer can cause: so many at once, and a second. A peer that causes more negotiates for ever.
  static constexpr std::uint64_t kMaxAnswers = 500;
  static constexpr std::uint64_t kMaxAnswersPerSecond = 10;
  /// No data is accepted while this much is pending.
  static constexpr std::size_t kMaxPending = 16 * 1024;
  /// The peer causes answers and does not read them, once this much is pending.
  static constexpr std::size_t kMaxUnread = 32 * 1024;

  /// With a wish, there is a serial port. `listener` outlives it.
  Session(std::optional<PortWish> wish, Listener& listener, Time now);

  /// Asks for the options. Called once.
  void start();
  /// Asks for all settings of the port.
  void set_port();
  /// Asks for what differs from what was asked for last.
  void change(const PortWish& wish);
  /// Of the serial port; without one, the key "break" of a terminal, which is one pulse and has no end.
  void set_break(bool on);
  /// Discards what stands in the queues of the port: kPurgeReceived, kPurgeToSend or kPurgeBoth.
  void purge(Byte what = com_port::kPurgeBoth);
  void ask_for_pins();

  /// Appends what is data to `data`, which grows by one byte more than there are in `bytes` at most.
  void receive(ByteView bytes, Time now, Bytes& data);
  /// Encodes data, and returns how much of it: nothing while much is pending, or the server wants none.
  std::size_t send(ByteView data);

  /// What is to be sent, and that so much of it was.
  ByteView pending() const { return ByteView(out_).subspan(sent_); }
  void sent(std::size_t count);

  /// All options on which the bytes depend have been answered. (QEMU never answers about the others.)
  bool negotiated() const;
  /// Something of telnet has been received.
  bool speaks_telnet() const { return speaks_telnet_ || parser_.is_in_command(); }
  /// Of the direction to the peer, and from it.
  Mode mode(Side sender) const;
  bool has_port() const;
  /// The server wants no data for now.
  bool suspended() const { return port_ && port_->suspended(); }
  const ComPort* port() const { return port_ ? &*port_ : nullptr; }
  bool sends_bare_cr() const { return parser_.sends_bare_cr(); }
  bool sends_bare_iac() const { return parser_.sends_bare_iac(); }

  enum class Failure : std::uint8_t { none, endless_negotiation, endless_subnegotiation, answers_not_read };
  /// Nothing is understood any more.
  Failure failure() const { return failure_; }

 private:
  void ask(Side side, Byte option);
  void handle(const Parser::Item& item, Time now, Bytes& data);
  void negotiate(Byte verb, Byte option, Time now);
  void hear_port(ByteView value, Time now);
  void answered(Time now);
  void queue(Byte verb, Byte option);

  Listener& listener_;
  std::optional<ComPort> port_;
  Parser parser_;
  Negotiator negotiator_;
  base::Bucket answers_;
  Bytes out_;
  std::size_t sent_ = 0;  ///< of out_
  bool speaks_telnet_ = false;
  Failure failure_ = Failure::none;
};

}  // namespace serialtcp::telnet
