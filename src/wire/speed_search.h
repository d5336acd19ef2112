// SpeedSearch finds the speed of the peer on a line whose speed nobody has given (BAUDRATE auto). docs/protocol.md,
// "Speed".
//
// At home, 115200 baud, it first listens, then calls: two ends that search meet there. What arrives at a wrong speed tells
// the right one (wire/speed_guess); it goes there and listens again. Only where it has read frames of a peer does it let
// this end speak: a console at a speed that is not known never gets a byte at a wrong one from this search.
//
// Pure: bytes, time and the state of the link come in; the speed that the line should have, and whether this end may
// send, come out.
//
//   listens --silence--> calls          both at home
//      '---bytes----+------'
//                   v
//                 looks (at a high speed, if the peer is faster) --> tries --frames, or text--> found
//                                                                    ^  |none fits: listens      |
//                                                                    '---bytes, without a link---'
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/speed_guess.h"

namespace serialtcp::wire {

class SpeedSearch {
 public:
  /// Where it begins, and where two ends that search meet.
  static constexpr std::uint32_t kHome = 115200;
  /// When it is reported that nothing was found.
  static constexpr Duration kTellNothing = std::chrono::seconds(8);

  explicit SpeedSearch(std::uint64_t seed);

  /// The line was opened, at speed().
  void begin(Time now);
  /// The line is not there any more.
  void line_lost();
  /// The line has delivered this.
  void heard(ByteView bytes, Time now);
  enum class Peer : std::uint8_t {
    none,    ///< no link
    away,    ///< there is one, and the peer does not answer
    linked,  ///< it does
  };
  /// To be called when it may have changed. `last_heard`: when a correct frame of a peer has arrived.
  void see_peer(Peer peer, Time last_heard, Time now);
  /// The driver of the line cannot do speed().
  void cannot(Time now);
  void tick(Time now);
  Time deadline() const;

  /// The speed that the line should have.
  std::uint32_t speed() const { return speed_; }
  /// Whether this end may send anything.
  bool may_speak() const { return state_ == State::calls || state_ == State::found; }

  enum class Found : std::uint8_t {
    peer,     ///< it speaks speed()
    text,     ///< something writes text at speed(): probably a console
    silence,  ///< nothing, since nothing was received
    noise,    ///< nothing, though something was received
  };
  /// What is to be told, once.
  std::optional<Found> take_finding();

 private:
  enum class State : std::uint8_t { away, listens, calls, looks, tries, reads, found };

  void enter(State state, std::uint32_t speed, Time until);
  void go(State state, std::uint32_t speed, Time now);
  void drop_visit();
  void listen(Time now);
  void judge(Time now);
  void choose(Time now);
  void look_elsewhere(Time now);
  void try_next(Time now);
  bool is_tentative() const { return state_ == State::found && until_ != kNever; }
  void tell(Found what);
  void tell_nothing();
  void forget();
  bool was_tried(std::uint32_t speed) const;
  bool is_wanted(std::uint32_t speed) const;
  Duration dwell() const;
  std::uint32_t base() const;

  base::Prng random_;
  SpeedGuess guess_;
  State state_ = State::away;
  std::uint32_t speed_ = kHome;
  Time until_ = kNever;
  Peer peer_ = Peer::none;
  Time peer_heard_{};
  std::optional<std::uint32_t> last_found_;  ///< where the last link was
  bool at_last_ = false;                     ///< the base is there

  Bytes visit_;             ///< what was received at this speed, and may still be judged
  std::size_t judged_ = 0;  ///< so much of it was
  int stays_ = 0;           ///< how often it seemed that this is the right speed
  Time last_byte_{};
  Time entered_{};            ///< when this speed was set
  bool midway_ = false;       ///< what arrives had begun before that
  std::size_t evidence_ = 0;  ///< bytes that the guess knows
  std::vector<std::uint32_t> tried_;
  std::size_t tries_ = 0;                  ///< in this round
  int rounds_ = 0;                         ///< that have found nothing
  std::vector<std::uint32_t> impossible_;  ///< for the driver
  bool looked_ = false;
  Time stays_until_{};  ///< whatever is heard
  Time nothing_due_ = kNever;
  Time look_due_ = kNever;
  bool heard_any_ = false;
  std::optional<Found> finding_;
  std::optional<Found> told_;
  std::uint32_t told_speed_ = 0;
};

}  // namespace serialtcp::wire
