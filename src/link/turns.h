// Turns: which end may send on a half-duplex line. docs/protocol.md, "Turns".
//
//             a frame with TURN arrives                     nothing left to send, or the turn's time is over:
//    peer's ---------------------------> ours  (send)  ---------------------------------> peer's
//      |                                   |                 the last frame has TURN
//      | silence for too long              | nothing to send, and no answer is required
//      v                                   v
//    nobody's: the first end that has something to send begins
//
// Turns are numbered, so that two turns that began at the same time become one again: the higher number
// counts, and of equal numbers the one for the end with the lower session. If the peer does not support TURN,
// this end takes turns by itself: its last frame requests an answer, and it sends again when the peer has
// been silent.
//
// It does not know frames or bytes, and draws no random numbers: a number for the next wait is passed in.
#pragma once

#include <cstdint>
#include <optional>

#include "link/air.h"
#include "serialtcp/time.h"

namespace serialtcp::link {

class Turns {
 public:
  enum class Use : std::uint8_t {
    off,     ///< both ends may send at any time
    agreed,  ///< both ends take turns
    alone,   ///< the peer does not support turns
  };
  enum class Holder : std::uint8_t { us, peer, nobody };
  enum class Session : std::uint8_t { lower, higher };  ///< our session, compared with the peer's

  Turns() : air_(1) {}

  void begin(Use use, Holder first, Session session, std::uint64_t nominal_rate, Time now);
  void end() { use_ = Use::off; }
  Use use() const { return use_; }
  bool in_use() const { return use_ != Use::off; }

  // ---- May this end send? ----

  bool may_talk(Time now) const { return in_use() && talk_due() <= now; }
  /// When it may, if nothing is received until then.
  Time talk_due() const;
  /// When it may because the peer, whose turn it is, has been silent for too long; kNever if it is not the
  /// peer's turn.
  Time silence_due() const { return holder_ == Holder::peer ? talk_due() : kNever; }

  // ---- This end's turn ----

  /// The first byte is about to be sent; `position` counts all bytes so far.
  void talk(std::uint64_t position, Time now);
  bool talking() const { return talking_; }
  /// The peer has passed the turn on, and requests it back even if there is nothing to send.
  bool answer_owed() const { return holder_ == Holder::us && answer_owed_; }
  /// The turn has reached its maximum; `leaves` is when all bytes handed over will have left.
  bool over(std::uint64_t position, Time leaves, Air::Typing typing) const;

  /// How many more bytes the turn may have.
  std::size_t bytes_left(std::uint64_t position, Air::Typing typing) const;

  enum class More : std::uint8_t {
    no,   ///< an answer is not needed
    yes,  ///< this end requests the turn back
  };
  enum class Awaits : std::uint8_t { nothing, answer };
  struct Said {
    std::uint8_t number = 0;
    More more = More::no;
    bool taken = false;         ///< the turn was not passed on but taken, after silence
    std::uint16_t longest = 0;  ///< longest time, in ms, that a turn of this sender may last
  };
  /// The turn ends with the frame that contains the result. `random`, in [0, 1), makes the patience of the
  /// two ends different. If there is nothing to wait for, the turn is then nobody's.
  Said hand_over(More more, Awaits awaits, Air::Typing typing, double random);
  /// As hand_over(), for a peer that does not support TURN: the last frame requests an answer.
  void await_answer(double random);
  /// The turn ends, and no answer is awaited.
  void fall_silent(Time leaves);
  /// The last byte of the turn has been handed to the line.
  void left(std::uint64_t position, Time leaves);

  // ---- The peer's turn ----

  void heard_bytes(std::size_t count, Time now);
  /// The bytes received were our own.
  void heard_itself() { incoming_ = {}; }
  /// How the peer's turn has arrived so far.
  Air::Measured measured() const { return {incoming_.bytes, incoming_.last - incoming_.first}; }
  /// What is known of the first frame of this end's last turn.
  enum class FirstFrame : std::uint8_t { unknown, arrived, lost };
  struct Heard {
    std::size_t bytes = 0;  ///< of the frame that ends now
    std::size_t lost = 0;   ///< bytes of our last turn that its ack reports as lost
    FirstFrame first_frame = FirstFrame::unknown;
    std::optional<Said> turn = {};               ///< if it passes the turn on
    std::optional<Air::Measured> measured = {};  ///< how our last turn arrived at the peer
  };
  void heard_frame(const Heard& heard, Time now);

  const Air& air() const { return air_; }
  /// How long an end may have to wait for an answer of the other one because of its own turn.
  Duration longest_turn() const;

 private:
  void take_after_silence();
  void release(double random);
  void learn(const Heard& heard, Time now);
  Air::Turn last_turn(const Heard& heard) const;
  void judge_guard(const Heard& heard);
  void heard_turn(const Said& said, Time now);
  void guard_failed();
  void guard_held();
  Duration patience() const;

  Use use_ = Use::off;
  Holder holder_ = Holder::nobody;
  Session session_ = Session::lower;
  Air air_;
  std::uint8_t number_ = 0;  // the highest number sent or received
  bool we_said_it_ = false;
  bool answer_owed_ = false;

  // Of this end's turn.
  bool talking_ = false;
  bool taken_ = false;
  bool given_to_us_ = false;  // by the peer, whose receiver may not have been ready at its beginning
  std::uint64_t began_position_ = 0;
  std::size_t burst_ = 0;
  Time began_{};
  std::uint64_t end_position_ = 0;
  Time left_{};                             // when the last byte of the last turn left
  bool leaving_ = false;                    // its last bytes have not been handed over yet
  Time given_{};                            // when the turn became ours
  std::optional<Duration> answered_after_;  // from its first byte

  // Of the peer's turn.
  Time last_heard_{};
  Time since_{};          // when it became the peer's
  bool answered_ = true;  // something was received since our last turn
  bool judged_ = true;    // it is known whether the guard time before our last turn was long enough
  std::uint16_t peer_longest_ = 0;
  int failures_ = 0;  // turns taken in a row without a frame in between
  double random_ = 0;

  struct Incoming {
    bool begun = false;
    Time first{};
    Time last{};
    std::size_t bytes = 0;  // after the first ones
  };
  Incoming incoming_;

  // The guard time before the first byte: the peer's transceiver may be unable to receive for a while after
  // it sent.
  Duration guard_{};
  bool guard_proven_ = false;
  int guard_failures_ = 0;  // in a row
  int guard_successes_ = 0;
  int guard_lasts_ = 0;  // number of successes before a shorter guard time is tried
};

}  // namespace serialtcp::link
