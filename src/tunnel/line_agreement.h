// LineAgreement: finds out which byte values a line carries in each direction, and agrees with the other end how
// bytes are coded. It decides what is sent for that and when; CodedLine (coded_line.h) sends it. docs/protocol.md,
// "Lines that do not carry all bytes".
//
//   this end                                    the other end
//   probe      ------------------------------>
//              <------------------------------  report: nothing has arrived yet
//   sweep ...  ------------------------------>
//              <------------------------------  report: these have arrived
//   sweep of the others                         and the same in the other direction
//   announce   ------------------------------>  both now know what both directions carry
//
// Noise changes other values in each sweep, so a value is bad only if it did not arrive in two sweeps.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"
#include "wire/line_coding.h"
#include "wire/line_message.h"

namespace serialtcp::tunnel {

class LineAgreement {
 public:
  LineAgreement(const CleanLine& clean, std::uint64_t rate, std::uint64_t seed);

  /// Bytes have arrived for a while and no hello. Harmless to call again.
  void begin(Time now);
  /// Nothing more is asked.
  void stop();
  void link_is_up();
  /// No search begins earlier.
  Time again_from() const { return again_from_; }
  /// The link was lost: everything is learned again.
  void forget();
  /// These must not be sent either, in both directions.
  void avoid(const wire::ByteSet& values);
  /// What follows must be announced again, since the other end may have lost it.
  void announce_again() { announce_ = coding_.mode != wire::LineMode::plain; }

  void heard(const wire::LineMessage& message, Time now);
  /// A complete sweep of the other end.
  void heard_sweep(ByteView sweep, Time now);
  bool is_own(const wire::LineMessage& message) const { return message.token == token_; }

  /// When compose() is to be called; kNever if it has nothing to send.
  Time due() const;
  /// The next thing to be sent. Empty if there is none.
  Bytes compose(Time now);
  bool announces_next() const { return announce_ && !report_ && !sweep_; }

  /// How this end sends, once it has announced it; and how the other end does.
  const wire::LineCoding& coding() const { return coding_; }
  const wire::LineCoding& coding_of_peer() const { return coding_of_peer_; }
  Bytes announcement() const;
  Bytes filler() const {
    return wire::write_line_message({.kind = wire::LineMessage::Kind::filler, .token = token_});
  }
  /// To be followed by XON.
  Bytes go_on() const {
    return wire::write_line_message({.kind = wire::LineMessage::Kind::go_on, .token = token_});
  }
  bool searching() const { return searching_; }
  /// What the line does to values, found since the last call.
  std::vector<ByteChange> take_changes();
  /// True once after it was found that the line carries too few values for any coding.
  bool take_hopeless() { return std::exchange(hopeless_, false); }

 private:
  struct Direction {
    wire::ByteSet arrived = {};
    int sweeps = 0;
    bool complete = false;
  };

  void meet(wire::LineToken token);
  void heard_report(const wire::LineMessage& message, Time now);
  void adopt(const wire::LineCoding& coding);
  void decide(Time now);
  void pause(Time now);
  void try_again(Time now);
  Duration patience() const;
  bool waits_for_turn(Time now) const;

  const CleanLine clean_;
  const std::uint64_t rate_;
  base::Prng random_;
  wire::LineToken token_;
  wire::LineCoding coding_;
  wire::LineCoding coding_of_peer_;
  wire::ByteSet required_;

  bool searching_ = false;
  int tries_ = 0;
  Time due_ = kNever;
  Time again_from_{};
  Duration pause_{};
  bool echo_ = false;
  std::optional<wire::LineToken> peer_;
  std::optional<wire::LineToken> announced_by_;
  std::optional<wire::LineToken> told_;  ///< an end that has asked was sent an announcement
  Direction in_;
  Direction out_;

  // What is to be sent.
  bool probe_ = false;
  bool report_ = false;
  bool reported_ = false;
  bool announce_ = false;
  std::optional<wire::ByteSet> sweep_;
  Time turn_until_{};

  std::vector<ByteChange> changes_;
  bool hopeless_ = false;
};

}  // namespace serialtcp::tunnel
