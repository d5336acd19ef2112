// PtyStream: one connection of a program that has opened a pty: its bytes go to a socket and come from there, as they are,
// or by telnet to a serial port that gets the settings that the program chooses (RFC 2217).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/serial_settings.h"
#include "port/served_terminal.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "telnet/session.h"

namespace serialtcp::io {

class PtyStream final : private telnet::Listener {
 public:
  /// What the socket has not accepted: then the program is not read.
  static constexpr std::size_t kMostPending = 16 * 1024;
  /// For the answers of the far port to what it is asked for first.
  static constexpr Duration kAnswers = std::chrono::seconds(10);
  /// A program that is to be hung up has this time to read what came before.
  static constexpr Duration kBeforeHangUp = std::chrono::milliseconds(300);
  /// After the program has closed the pty, the other end has this time to close the stream.
  static constexpr Duration kDraining = std::chrono::seconds(30);

  enum class Far : std::uint8_t { raw, rfc2217 };
  enum class Over : std::uint8_t {
    done,     ///< after closed()
    hang_up,  ///< the program has to be told that there is nobody any more
  };
  struct Calls {
    /// It is over; `why` completes "X is hung up: ...". From the loop; may destroy this object.
    std::function<void(Over how, const std::string& why)> over;
    /// Something that the user should know; completes "WARNING: X: ...".
    std::function<void(const std::string& text)> problem;
  };

  /// `terminal` outlives it, or its closed().
  PtyStream(ServedTerminal& terminal, StreamSocket socket, Far far, Calls calls);

  void start();
  /// The program has chosen other settings, has dropped what it has not read, has closed the pty.
  void set(const SerialSettings& settings);
  void dropped();
  void closed();
  bool is_closed() const { return terminal_ == nullptr; }

 private:
  void carry_up();
  bool take_from_program();
  void carry_down();
  bool take_from_socket();
  void wait_for_socket();
  void flush();
  std::size_t encode(ByteView data);
  ByteView pending() const;
  void sent(std::size_t count);
  void look_at_answers();
  void tell_problems();
  void far_ended(const std::string& why);
  void end(Over how, const std::string& why);

  void negotiated(Way, Byte, Byte) override {}
  void port_told(const telnet::ComPort::Heard& heard) override;

  ServedTerminal* terminal_;  ///< null when the program has closed it
  StreamSocket socket_;
  Calls calls_;
  std::optional<telnet::Session> session_;
  bool ready_ = true;       ///< data may be sent: the far port is set
  bool asked_ = false;      ///< it was asked for its settings
  bool far_ended_ = false;  ///< and has nothing more to say
  bool over_ = false;
  bool read_wait_ = false;
  bool write_wait_ = false;
  bool half_closed_ = false;
  std::string why_;
  std::string problems_told_;
  Bytes up_;    ///< of the program, not encoded yet
  Bytes out_;   ///< for the socket, if it is raw
  Bytes down_;  ///< for the program
  Alarm alarm_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
