// Sender: the frames in flight, their fate, and when to send a probe because no ack arrives.
//
// Every frame gets a new number (a retransmission is a new frame). Tickets record what a frame carried. An
// ack makes its tickets delivered or lost; the caller decides what to do with these. The sender does not know
// what a ticket means.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/range_set.h"
#include "link/frame_length.h"
#include "link/lead_in.h"
#include "link/pacer.h"
#include "link/rtt.h"
#include "serialtcp/ids.h"
#include "serialtcp/time.h"
#include "wire/frame.h"

namespace serialtcp::link {

/// One item that a frame carried.
struct Ticket {
  enum class Kind : std::uint8_t {
    repeated,   ///< sent again as soon as its frame may be lost
    datagram,   ///< a piece of one: never sent again, so it is lost only when that is certain
    confirmed,  ///< confirms a frame that was repaired: settled only once
  };
  Kind kind = Kind::repeated;
  // What follows means something to whoever sent it.
  StreamId stream;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint8_t speaker = 0;
};

struct SentFrame {
  std::uint64_t number = 0;
  std::size_t wire_size = 0;
  bool eliciting = false;  ///< the peer will acknowledge it
  bool answer_at_once = false;
  bool trial = false;  ///< sent at a speed that is not proven: that it is lost shows nothing about the line
  std::optional<Beginning> beginning{};  ///< empty if its fate shows nothing about lead-ins
  bool left = false;                     ///< all of it was handed to the line; `stamp` is valid
  Pacer::Stamp stamp;
  /// Numbers of the peer's frames that need not be reported again once this frame is acknowledged.
  std::optional<base::Range> settles;
  std::vector<Ticket> tickets;
  std::optional<std::uint64_t> fingerprint = std::nullopt;  ///< of a frame that the peer may repair
};

/// Frames that the peer has repaired and that are not yet settled. Any more are retransmitted.
inline constexpr std::size_t kMostMended = 16;

enum class AckError : std::uint8_t { never_sent, malformed };

class Sender {
 public:
  /// The pacer is owned by the caller and must outlive the sender. `overhead` as in FrameLength.
  explicit Sender(Pacer& pacer, std::size_t overhead = FrameLength::kClearOverhead);

  std::uint64_t next_number() const { return next_number_; }
  /// The highest number that the peer is known to have received.
  std::uint64_t acked() const { return acked_; }
  /// Too much is in flight: no new data until an ack arrives.
  bool full() const;
  /// The peer cannot send acks for this time while this end sends.
  void acks_come_after(Duration turn) { turn_ = turn; }

  /// The frame has next_number(), and nothing will be added to it. Returns the tickets of an old frame that
  /// counts as lost now, because there are more frames in flight than acks can cover.
  std::vector<Ticket> sent(SentFrame frame);
  /// The peer has not acknowledged anything for so long that its next ack would be ambiguous.
  bool out_of_numbers() const;
  /// The last byte of the frame has been handed to the line.
  void left(std::uint64_t number, const Pacer::Stamp& stamp);

  struct Outcome {
    std::vector<Ticket> delivered;
    std::vector<Ticket> lost;
    std::vector<base::Range> settled;
    std::vector<Beginning> beginnings_delivered;  ///< of frames that the peer must acknowledge
    std::vector<Beginning> beginnings_lost;
  };
  /// Applies an ack. As a side effect, updates the pacer, the round trip and the frame length.
  std::optional<AckError> acknowledge(const wire::Ack& ack, Time now, Outcome& outcome);

  // ---- Frames that arrived damaged and were repaired (docs/protocol.md, "Repair") ----

  /// The peer has a guess what this frame was. If it is right, the frame remains in flight, whatever acks say
  /// about it, and must be confirmed. Called before the ack in the same frame is applied.
  void candidate(std::uint16_t number_low16, std::uint64_t fingerprint);
  bool has_confirmations() const { return confirmations_ > 0; }
  /// The number of the next frame to confirm, which then counts as confirmed. Only if has_confirmations()
  /// (CHECK).
  std::uint64_t next_confirmation();
  enum class Fate : std::uint8_t { delivered, lost };
  /// The fate of the frame that confirmed it, which is also that of the repaired frame.
  Outcome confirmation_settled(std::uint64_t number, Fate fate);

  /// When a probe is due because no ack arrived; kNever while none is awaited.
  Time probe_due() const;
  /// To be called when probe_due() has passed. If the last frame is small, it counts as lost and its tickets
  /// are returned: retransmitting them is the probe. Pieces of datagrams are excepted, since they would be
  /// dropped. Otherwise nothing is returned, and the probe is an empty frame that requests an answer.
  /// `random`, 0 to 1, makes the time to the next probe shorter, so that probes of both ends do not meet again and again.
  std::vector<Ticket> probe(double random, Time now);
  // ---- Frames that the peer may have received damaged, or incomplete so far ----

  /// When the frame that the peer reported as damaged counts as lost; kNever if there is none.
  Time suspicion_due() const { return suspicion_.due; }
  /// To be called when suspicion_due() has passed.
  void suspicion_is_over(Time now, Outcome& outcome);

  /// The line was away: frames in flight may be lost for this reason.
  void line_was_away();

  /// Makes the next probe due at once.
  void hurry() {
    probes_in_a_row_ = 0;
    probe_at_once_ = true;
  }

  /// Since the last ack.
  /// The next probes are sent in another way: their intervals begin to grow anew.
  void probes_differ() { probes_in_a_row_ = std::min(probes_in_a_row_, 1); }
  int probes_in_a_row() const { return probes_in_a_row_; }
  Time last_probe() const { return last_probe_; }

  const FrameLength& frame_length() const { return frame_length_; }
  const Rtt& rtt() const { return rtt_; }
  /// How long the oldest frame that an ack covers was in flight. On a line that delivers in lumps this is
  /// much longer than the time of the newest.
  Duration longest_wait() const { return std::max(rtt_.smoothed(), longest_wait_); }
  std::size_t frames_in_flight() const { return in_flight_.size(); }
  std::size_t frames_unanswered() const { return eliciting_in_flight_; }
  std::uint64_t frames_lost() const { return frames_lost_; }
  std::uint64_t frames_delivered() const { return frames_delivered_; }
  std::uint64_t bytes_lost() const { return bytes_lost_; }
  /// Records the fate of the frame with this number; of one frame at a time.
  void watch(std::uint64_t number) { watched_ = {number, {}}; }
  /// Empty while it is not known.
  std::optional<Fate> watched() const { return watched_.fate; }
  bool awaiting() const { return eliciting_in_flight_ > 0; }
  /// Since when an answer has been awaited; valid while awaiting().
  Time awaiting_since() const { return awaiting_since_; }
  /// Restarts that time at `now`.
  void wait_anew(Time now) { awaiting_since_ = now; }

 private:
  /// The content of an ack in full numbers: all frames up to `largest` arrived except `missing`; those below
  /// `said_from` are not covered.
  struct Heard {
    std::uint64_t largest = 0;
    std::uint64_t said_from = 0;
    base::RangeSet missing;

    bool lost(std::uint64_t number) const {
      return number < said_from || missing.contains({number, number + 1});
    }
  };

  std::optional<std::uint64_t> full_largest(const wire::Ack& ack) const;
  void settle(SentFrame& frame, Fate fate, Outcome& outcome);
  void left_flight(const SentFrame& frame);
  bool count_lost(const SentFrame& frame, Outcome& outcome);
  void suspect_damaged(std::uint64_t largest, Time now, Outcome& outcome);
  void count_suspect(std::deque<SentFrame>::iterator frame, Time since, Outcome& outcome);
  void judge_suspects(const Heard& heard, Time now, Outcome& outcome);
  void doubt_reports(Duration arrived_after);
  void note_wait(std::uint64_t largest, Time now);
  void measure(const wire::Ack& ack, const SentFrame& newest, Time now);
  Duration probe_patience() const;

  /// A frame that counts as lost because the peer reported damage. The report may concern another frame, or
  /// one that had arrived only in part.
  struct Suspect {
    SentFrame frame;
    Time since{};
    std::vector<Ticket> datagrams{};  ///< pieces of datagrams, which do not count as lost yet
    bool counts = false;              ///< as a separate loss, in frame_length_
  };
  /// A frame for which a report of damage is not yet believed, because an earlier one was wrong.
  struct Suspicion {
    std::uint64_t number = 0;
    Time since{};
    Time due = kNever;
  };

  Pacer& pacer_;
  Rtt rtt_;
  FrameLength frame_length_;
  std::deque<SentFrame> in_flight_;
  std::deque<SentFrame> mended_;
  std::deque<Suspect> suspects_;  // oldest first, until an ack covers them
  Suspicion suspicion_;
  Duration doubt_{};  // how long after a report of damage a frame may still turn out to have arrived
  std::size_t confirmations_ = 0;  // of mended_, the last ones: not confirmed yet
  std::uint64_t newest_mended_ = 0;
  std::uint64_t newest_candidate_ = 0;  // in the current frame; 0: none
  std::uint64_t next_number_ = 1;
  std::uint64_t acked_ = 0;
  std::uint64_t acked_position_ = 0;
  std::size_t eliciting_in_flight_ = 0;
  std::uint64_t frames_lost_ = 0;
  std::uint64_t frames_delivered_ = 0;
  Duration longest_wait_{};
  Duration turn_{};
  std::uint64_t bytes_lost_ = 0;
  struct Watched {
    std::uint64_t number = 0;
    std::optional<Fate> fate = {};
  };
  Watched watched_;
  int probes_in_a_row_ = 0;
  bool probe_at_once_ = false;
  double probe_earlier_ = 0;
  Time last_heard_{};
  Time last_probe_{};
  Time awaiting_since_{};
};

}  // namespace serialtcp::link
