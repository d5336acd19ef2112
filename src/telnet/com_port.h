// The client's part of RFC 2217: what the far serial port is asked for, what it has answered, and what it notifies.
// Values are those of the RFC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"
#include "telnet/codes.h"

namespace serialtcp::telnet {

/// What the far port shall be set to. 0 as a speed, size, parity, stop size or flow control asks for what is in force.
struct PortWish {
  std::uint32_t baud = 115200;
  Byte data_size = 8;
  Byte parity = 1;     ///< 1 none, 2 odd, 3 even, 4 mark, 5 space
  Byte stop_size = 1;  ///< 1, 2; 3 is 1.5
  Byte flow = com_port::kNoFlowControl;
  std::optional<Byte> dtr = {};  ///< kDtrOn, kDtrOff
  std::optional<Byte> rts = {};
  /// The answers about flow control, DTR and RTS are not waited for, and not checked (ign_set_control).
  enum class Control : std::uint8_t { checked, ignored } control = Control::checked;

  bool operator==(const PortWish&) const = default;
};

class ComPort {
 public:
  /// A longer signature is cut off.
  static constexpr std::size_t kMaxSignature = 64;

  struct Setting {
    Byte command = 0;
    std::uint32_t asked = 0;
    std::optional<std::uint32_t> answered = {};
    /// Whether the port may answer what it likes.
    bool checked = true;
    /// Requests whose answers have not come: an answer to one before the last is out of date, and may be another value.
    unsigned awaited = 0;

    /// Whether the answer is what was asked for, or nothing was but the answer.
    bool fulfilled() const { return answered && (asked == 0 || *answered == asked); }
  };

  explicit ComPort(const PortWish& wish);

  /// Forgets the answers, and appends all requests.
  void request_all(Bytes& out);
  /// Appends requests for what differs from what was asked for last. Pins that change together stand together.
  void change(const PortWish& wish, Bytes& out);
  /// A request beside those settings, such as kBreakOn.
  static void request_control(Byte value, Bytes& out);
  /// Discards what stands in the queues of the port: kPurgeReceived, kPurgeToSend or kPurgeBoth.
  static void request_purge(Byte what, Bytes& out);
  /// Asks for the state of the pins, which is notified anyway when it changes.
  static void request_modem_state(Bytes& out);

  /// The value of a subnegotiation. What is not understood is ignored.
  struct Heard {
    enum class Kind : std::uint8_t {
      nothing,
      answer,
      line_state,   ///< `value`: kOverrun ...
      modem_state,  ///< the pins have changed: modem_state()
      suspended,    ///< the server wants no data for now
      resumed,
      signature,          ///< `text`
      signature_request,  ///< an answer was appended to `out`
    };
    Kind kind = Kind::nothing;
    Byte value = 0;
    std::string text = {};
  };
  Heard receive(ByteView value, Bytes& out);

  const std::vector<Setting>& settings() const { return settings_; }
  /// Nothing that is checked lacks its answer.
  bool answered() const;
  bool suspended() const { return suspended_; }
  /// Pins, as last notified: bits of kModemStates.
  std::optional<Byte> modem_state() const { return modem_state_; }

 private:
  static void request(Setting& setting, Bytes& out);
  Heard answer(Byte command, ByteView value);
  Heard flow(Heard::Kind kind);

  std::vector<Setting> settings_;
  bool suspended_ = false;
  std::optional<Byte> modem_state_;
};

}  // namespace serialtcp::telnet
