// The bytes of telnet: data with IAC doubled and, unless the direction is binary (RFC 856), CR followed by NUL; and the
// commands between them. A parser is fed in any pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "telnet/codes.h"

namespace serialtcp::telnet {

/// Of one direction.
enum class Mode : std::uint8_t { text, binary };

void append_data(ByteView data, Mode mode, Bytes& out);
/// WILL, WONT, DO or DONT.
void append_negotiation(Byte verb, Byte option, Bytes& out);
void append_subnegotiation(Byte option, ByteView value, Bytes& out);

class Parser {
 public:
  /// A longer subnegotiation is skipped, unless the constructor says otherwise.
  static constexpr std::size_t kMaxSubnegotiation = 256;
  /// After this many bytes, it is taken for one that never ends.
  static constexpr std::size_t kMaxSkipped = 64 * 1024;

  struct Item {
    enum class Kind : std::uint8_t {
      data,            ///< `bytes`
      negotiation,     ///< `verb`, `option`
      subnegotiation,  ///< `option`, `bytes`
      command,         ///< `verb`, without an option: NOP, AYT, GA ...
      endless,         ///< a subnegotiation without an end: nothing more can be understood
    };
    Kind kind = Kind::data;
    ByteView bytes = {};  ///< valid as long as the argument of next(), or until the next call
    Byte verb = 0;
    Byte option = 0;
  };

  explicit Parser(std::size_t max_subnegotiation = kMaxSubnegotiation)
      : max_subnegotiation_(max_subnegotiation) {}

  /// Consumes an item from the front of `bytes`. Empty when everything is consumed and nothing is complete.
  std::optional<Item> next(ByteView& bytes);

  void set_mode(Mode mode);
  Mode mode() const { return mode_; }

  /// What was received last is the beginning of a command.
  bool is_in_command() const { return state_ != State::data; }

  /// The server sends CR as it is, though the direction is not binary. A NUL after a CR is data then.
  bool sends_bare_cr() const { return bare_cr_; }

  /// The server does not double IAC in data (as QEMU does not): it has sent one before a byte that is no command. From
  /// then on, everything is data.
  bool sends_bare_iac() const { return bare_iac_; }

 private:
  enum class State : std::uint8_t { data, iac, negotiation, sub_option, sub, sub_iac };

  std::optional<Item> in_data(ByteView& bytes);
  std::optional<Item> after_iac(Byte byte);
  Item bare_iac_before(Byte byte);
  std::optional<Item> in_subnegotiation(Byte byte);
  std::optional<Item> iac_in_subnegotiation(Byte byte);
  std::optional<Item> add_to_subnegotiation(Byte byte);
  /// Whether this byte of data, which follows a CR, is only padding.
  bool is_padding(Byte byte);

  std::size_t max_subnegotiation_;
  Mode mode_ = Mode::text;
  State state_ = State::data;
  bool after_cr_ = false;
  bool bare_cr_ = false;
  bool bare_iac_ = false;
  std::array<Byte, 2> literal_ = {};  ///< what an item of bare_iac_before() has
  Byte verb_ = 0;
  Byte option_ = 0;
  Bytes sub_ = {};
  std::size_t sub_size_ = 0;  ///< also of what was skipped
};

}  // namespace serialtcp::telnet
