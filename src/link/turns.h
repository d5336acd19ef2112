// Turns: who may talk on a line on which only one end can talk at a time. docs/protocol.md, "Turns".
//
//            a frame with TURN arrives                     nothing left to say, or the turn's time is over:
//   peer's ---------------------------> ours  (talk)  ---------------------------------> peer's
//     |                                   |                 the last frame has TURN
//     | silence for too long              | nothing to say, and no answer is owed
//     v                                   v
//   free: whoever has something to say begins
//
// Turns are numbered, so that two turns that began at the same time become one again: the higher number counts,
// and of equal ones the one for the end with the lower session. With a peer that knows no TURN, this end alone
// keeps to turns: its last frame asks for an answer, and it talks when the peer has been quiet.
// It knows no frames or bytes, and draws no randomness: a number for the next wait is given to it.
#pragma once

#include <cstdint>
#include <optional>

#include "link/air.h"
#include "serialtcp/time.h"

namespace serialtcp::link {

class Turns {
 public:
  enum class Use : std::uint8_t {
    off,     ///< both ends may talk at any time
    agreed,  ///< both ends take turns
    alone,   ///< the peer does not know turns
  };
  enum class Holder : std::uint8_t { us, peer, nobody };
  enum class Session : std::uint8_t { lower, higher };  ///< ours, of the two

  Turns() : air_(1) {}

  void begin(Use use, Holder first, Session session, std::uint64_t nominal_rate, Time now);
  void end() { use_ = Use::off; }
  Use use() const { return use_; }
  bool in_use() const { return use_ != Use::off; }

  // ---- May this end talk? ----

  bool may_talk(Time now) const { return in_use() && talk_due() <= now; }
  /// When it may, if nothing is heard until then.
  Time talk_due() const;
  /// When it may because the peer, whose turn it is, has been silent for too long; kNever if it is not so.
  Time silence_due() const { return holder_ == Holder::peer ? talk_due() : kNever; }

  // ---- This end's turn ----

  /// The first byte is about to go; `position` counts all bytes.
  void talk(std::uint64_t position, Time now);
  bool talking() const { return talking_; }
  /// The peer gave the turn, and waits to have it back even if there is nothing to say.
  bool answer_owed() const { return holder_ == Holder::us && answer_owed_; }
  /// Enough was said in this turn; `leaves` is when all that was handed over will have left.
  bool over(std::uint64_t position, Time leaves, Air::Typing typing) const;

  /// How many bytes more it may have.
  std::size_t bytes_left(std::uint64_t position, Air::Typing typing) const;

  enum class More : std::uint8_t {
    no,   ///< an answer is not needed
    yes,  ///< this end wants the turn back
  };
  enum class Awaits : std::uint8_t { nothing, answer };
  struct Said {
    std::uint8_t number = 0;
    More more = More::no;
    bool taken = false;         ///< the turn was not given but taken, after silence
    std::uint16_t longest = 0;  ///< ms that a turn of the one who says so may last
  };
  /// The turn ends with the frame that says so. `random` in [0, 1) makes the two ends' patience unlike.
  /// Without anything to wait for, nobody has the turn then.
  Said hand_over(More more, Awaits awaits, Air::Typing typing, double random);
  /// As hand_over(), where the peer cannot be told: the last frame asks for an answer.
  void await_answer(double random);
  /// The turn ends, and there is no answer to wait for.
  void fall_silent(Time leaves);
  /// Its last byte has been handed to the line.
  void left(std::uint64_t position, Time leaves);

  // ---- The peer's ----

  void heard_bytes(std::size_t count, Time now);
  /// They were our own.
  void heard_itself() { incoming_ = {}; }
  /// How the peer's turn came in so far.
  Air::Measured measured() const { return {incoming_.bytes, incoming_.last - incoming_.first}; }
  /// What is known of the first frame of this end's last turn.
  enum class FirstFrame : std::uint8_t { unknown, arrived, lost };
  struct Heard {
    std::size_t bytes = 0;  ///< of a frame that ends now
    std::size_t lost = 0;   ///< bytes of our last turn that its ack calls lost
    FirstFrame first_frame = FirstFrame::unknown;
    std::optional<Said> turn = {};               ///< if it hands the turn over
    std::optional<Air::Measured> measured = {};  ///< how the peer heard our last turn
  };
  void heard_frame(const Heard& heard, Time now);

  const Air& air() const { return air_; }
  /// How long one end may have to wait for the other's answer because of its own turn.
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
  std::uint8_t number_ = 0;  // the highest said or heard
  bool we_said_it_ = false;
  bool answer_owed_ = false;

  // Ours.
  bool talking_ = false;
  bool taken_ = false;
  bool given_to_us_ = false;  // by the peer, who may have been deaf as it began
  std::uint64_t began_position_ = 0;
  std::size_t burst_ = 0;
  Time began_{};
  std::uint64_t end_position_ = 0;
  Time left_{};                             // when the last turn's last byte left
  bool leaving_ = false;                    // its last bytes have not been handed over
  Time given_{};                            // when the turn became ours
  std::optional<Duration> answered_after_;  // from its first byte

  // The peer's.
  Time last_heard_{};
  Time since_{};          // when it became the peer's
  bool answered_ = true;  // somebody was heard since our last turn
  bool judged_ = true;    // whether the guard before it was long enough
  std::uint16_t peer_longest_ = 0;
  int failures_ = 0;  // turns taken in a row without a frame in between
  double random_ = 0;

  struct Incoming {
    bool begun = false;
    Time first{};
    Time last{};
    std::size_t bytes = 0;  // behind the first ones
  };
  Incoming incoming_;

  // How long to wait before the first byte: the peer's transceiver may be deaf for a while after it talked.
  Duration guard_{};
  bool guard_proven_ = false;
  int guard_failures_ = 0;  // in a row
  int guard_successes_ = 0;
  int guard_lasts_ = 0;  // so many successes before less is tried
};

}  // namespace serialtcp::link
