// TelnetLine: a terminal server that speaks telnet (RFC 854), perhaps with a serial port that can be set (RFC 2217). It
// is a SocketLine on which telnet is spoken.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/line_controls.h"
#include "port/line_kind.h"
#include "port/socket_line.h"
#include "serialtcp/time.h"
#include "telnet/session.h"

namespace serialtcp::io {

/// What stands behind the '?', as in pyserial 3.5.
struct TelnetOptions {
  /// How long to wait for the answers about the options of telnet, and again for those about the settings.
  Duration timeout = std::chrono::seconds(3);
  bool ignore_set_control = false;
  bool poll_modem = false;
  /// How much of the negotiation is logged.
  enum class Logging : std::uint8_t { debug, info, warning, error } logging = Logging::warning;
};

class TelnetLine final : public Line, private LineControls, private telnet::Listener {
 public:
  static constexpr std::chrono::seconds kMaxTimeout{600};
  /// Data that arrives before the line is open, and is kept; more is dropped.
  static constexpr std::size_t kMaxEarly = 16 * 1024;
  /// Bytes that are read from the socket at once.
  static constexpr std::size_t kReadAtOnce = 4096;
  /// Errors of the far port are logged at growing intervals; this is the first.
  static constexpr Duration kErrorsAgain = std::chrono::seconds(10);
  /// A server that was there and could not be used is connected to again after this time, doubled up to the other one.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);

  /// A server that has not answered about another speed by then has not set it.
  static constexpr Duration kSpeedPatience = std::chrono::milliseconds(500);

  enum class Protocol : std::uint8_t { telnet, rfc2217 };

  /// `observer` outlives it.
  TelnetLine(const LineRequest& request, Target target, Protocol protocol, const TelnetOptions& options);
  ~TelnetLine() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  void when_writable(Ready ready) override;
  std::size_t unsent() const override;
  std::optional<std::string> restore_settings() override;
  bool may_be_dead() const override { return true; }
  std::string opened_as() const override;
  std::uint32_t speed() const override;
  void set_speed(std::uint32_t baud, SpeedSet done) override;
  LineControls* controls() override { return state_ == State::open ? this : nullptr; }
  const std::string& name() const override { return name_; }

 private:
  // The pins of the far port, as far as the server notifies them.
  void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) override;
  Pin dtr() const override { return dtr_.value_or(Pin::high); }
  Pin rts() const override { return rts_.value_or(Pin::high); }
  std::optional<ModemLines> modem_lines() const override;
  void set_break(Break wanted) override;
  Duration last_bytes() const override { return {}; }

  ///   closed -> connecting -> negotiating -> setting -> open      (telnet:// without setting)
  enum class State : std::uint8_t { closed, connecting, negotiating, setting, open };

  void connect();
  void connected();
  void await(State state);
  void await_bytes();
  bool is_opening() const;
  bool take_early();
  bool opened_or_failed();
  void timed_out(State awaited);
  void set_port();
  void finish();
  void fail(OpenError error);
  LineResult receive();
  LineResult flush();
  void arm_flush();
  void wake_writer();
  void post(Ready ready);
  void speed_answered(SpeedAnswer answer);
  void log(TelnetOptions::Logging level, const std::string& text);
  void tell_problems();
  void tell_line_errors(Byte errors);
  void negotiated(Way way, Byte verb, Byte option) override;
  void port_told(const telnet::ComPort::Heard& heard) override;

  asio::io_context& context_;
  std::string name_;
  TelnetOptions options_;
  std::optional<telnet::PortWish> wish_;
  Observer& observer_;
  SocketLine socket_;
  asio::steady_timer timer_;
  LineUse use_;
  std::uint32_t configured_baud_ = 0;  ///< in `wish_`, when the line is opened
  SpeedSet speed_set_;                 ///< while the answer about another speed is awaited
  std::optional<Pin> dtr_;             ///< as they were set here
  std::optional<Pin> rts_;
  Duration pause_{};  ///< before the next attempt to connect
  State state_ = State::closed;
  Opened opened_;
  std::optional<telnet::Session> session_;
  Bytes data_;  ///< received and decoded, not yet read
  Ready writable_;
  bool flushing_ = false;
  bool answers_changed_ = false;
  bool bare_iac_told_ = false;
  std::string blocked_told_;   ///< why the port accepts nothing
  std::string problems_told_;  ///< the same ones are not logged again after a reconnect
  Time errors_since_ = {};
  GrowingInterval errors_again_{kErrorsAgain};
  std::uint64_t generation_ = 0;
  Lifetime lifetime_;
};

/// telnet://HOST:PORT, rfc2217://HOST:PORT
extern const LineKind kTelnetLineKind;
extern const LineKind kRfc2217LineKind;

}  // namespace serialtcp::io
