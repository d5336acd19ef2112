// Which options of telnet are in use, by the Q method of RFC 1143: no sequence of requests and answers makes two ends
// negotiate for ever, and both always agree in the end.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "serialtcp/bytes.h"

namespace serialtcp::telnet {

/// Who uses the option. RFC 1143 calls them "us" and "him".
enum class Side : std::uint8_t { us, peer };

class Negotiator {
 public:
  /// The names of RFC 1143; `opposite`: the queue is not empty.
  enum class State : std::uint8_t { no, yes, want_no, want_no_opposite, want_yes, want_yes_opposite };

  /// What a peer that asks again and again can cause.
  struct Limits {
    std::size_t messages = std::numeric_limits<std::size_t>::max();  ///< in all; then nothing more is sent
    /// A peer that asks again for an option that was refused is answered each time, as RFC 854 has it, or not.
    enum class Refusals : std::uint8_t { each, once } refusals = Refusals::each;
  };

  Negotiator() = default;
  explicit Negotiator(const Limits& limits) : limits_(limits) {}

  /// The peer's requests for this option are accepted from now on.
  void accept(Side side, Byte option) { accepted_[index(side)].set(option); }

  /// Asks for an option to be used or not. Returns what is to be sent, if anything.
  std::optional<Byte> enable(Side side, Byte option);
  std::optional<Byte> disable(Side side, Byte option);

  /// WILL, WONT, DO or DONT has arrived. Returns the answer, if there is to be one.
  std::optional<Byte> receive(Byte verb, Byte option);

  /// Messages that were returned to be sent.
  std::size_t messages() const { return messages_; }

  State state(Side side, Byte option) const { return states_[index(side)][option]; }
  bool in_use(Side side, Byte option) const { return state(side, option) == State::yes; }
  /// No answer is awaited.
  bool decided(Side side, Byte option) const {
    const State now = state(side, option);
    return now == State::no || now == State::yes;
  }

 private:
  static constexpr std::size_t kOptions = 256;
  static std::size_t index(Side side) { return static_cast<std::size_t>(side); }

  std::optional<Byte> wanted(Side side, Byte option);
  std::optional<Byte> unwanted(Side side, Byte option);
  std::optional<Byte> refuse(Side side, Byte option);
  bool may_say() const { return messages_ < limits_.messages; }
  std::optional<Byte> say(Byte verb);

  Limits limits_ = {};
  std::size_t messages_ = 0;
  std::array<std::array<State, kOptions>, 2> states_ = {};
  std::array<std::bitset<kOptions>, 2> accepted_ = {};
  std::array<std::bitset<kOptions>, 2> refused_ = {};
};

}  // namespace serialtcp::telnet
