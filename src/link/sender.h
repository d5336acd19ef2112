// Sender: the frames that are under way, what became of each, and when to ask if nothing is heard.
//
// It gives every frame a fresh number (a resend is a new frame) and remembers by tickets what the frame
// carried. An ack turns tickets into "delivered" or "lost"; what to do with those is the caller's. It does
// not know what a ticket means.
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

/// One thing that a frame carried.
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
  std::optional<Beginning> beginning{};  ///< none if its fate says nothing of that
  bool left = false;                     ///< all of it was handed to the line; `stamp` is valid
  Pacer::Stamp stamp;
  std::optional<base::Range>
      settles;  ///< numbers of the peer's frames that need no more reporting once this is acknowledged
  std::vector<Ticket> tickets;
  std::optional<std::uint64_t> fingerprint = std::nullopt;  ///< of a frame that may be mended
};

/// So many frames may be outstanding, mended by the peer and confirmed to it. Any more are sent again.
inline constexpr std::size_t kMostMended = 16;

enum class AckError : std::uint8_t { never_sent, malformed };

class Sender {
 public:
  /// The pacer is the caller's and outlives the sender. `overhead` as for FrameLength.
  explicit Sender(Pacer& pacer, std::size_t overhead = FrameLength::kClearOverhead);

  std::uint64_t next_number() const { return next_number_; }
  /// The highest number that the peer is known to have received.
  std::uint64_t acked() const { return acked_; }
  /// Too much is under way: no new data until something is heard.
  bool full() const;
  /// The peer can say nothing for so long while this end sends.
  void acks_come_after(Duration turn) { turn_ = turn; }

  /// A frame with next_number() is complete in the sense that nothing will be added to it. Returns what an
  /// old frame carried that counts as lost now, because more are under way than anybody will speak of.
  std::vector<Ticket> sent(SentFrame frame);
  /// The peer has not acknowledged anything for so long that its next ack could be misread.
  bool out_of_numbers() const;
  /// Its last byte has been handed to the line.
  void left(std::uint64_t number, const Pacer::Stamp& stamp);

  struct Outcome {
    std::vector<Ticket> delivered;
    std::vector<Ticket> lost;
    std::vector<base::Range> settled;
    std::vector<Beginning> beginnings_delivered;  ///< of frames that are to be acknowledged
    std::vector<Beginning> beginnings_lost;
  };
  /// Applies what the peer says. Feeds the pacer, the round trip and the frame length as a side effect.
  std::optional<AckError> acknowledge(const wire::Ack& ack, Time now, Outcome& outcome);

  // ---- Frames that came damaged and were mended (docs/protocol.md, "Mending") ----

  /// The peer has what this frame may have been. If it is right, the frame stays outstanding, whatever acks
  /// say of it, and is to be confirmed. Called before the ack in the same frame is applied.
  void candidate(std::uint16_t number_low16, std::uint64_t fingerprint);
  bool has_confirmations() const { return confirmations_ > 0; }
  /// The number of the next frame to confirm, which counts as said now. Only if there are any.
  std::uint64_t next_confirmation();
  enum class Fate : std::uint8_t { delivered, lost };
  /// What became of the frame that said so: the mended one shares its fate.
  Outcome confirmation_settled(std::uint64_t number, Fate fate);

  /// When to probe because nothing was heard; kNever while nothing is awaited.
  Time probe_due() const;
  /// Called when that has passed. The last frame, if small, counts as lost (its tickets are returned: sending
  /// it again is the probe), but for pieces of datagrams, which would be given up; otherwise nothing is
  /// returned and the probe is an empty frame that asks for an answer.
  std::vector<Ticket> probe(Time now);
  // ---- Frames that the peer may have received damaged, or not yet in full ----

  /// When what the peer called damaged counts as lost; kNever if nothing is waited for.
  Time suspicion_due() const { return suspicion_.due; }
  /// To be called when that has passed.
  void suspicion_is_over(Time now, Outcome& outcome);

  /// The line was away: what was under way may be lost for that reason.
  void line_was_away();

  /// The next probe is due at once.
  void hurry() {
    probes_in_a_row_ = 0;
    probe_at_once_ = true;
  }

  /// Since anything was heard.
  int probes_in_a_row() const { return probes_in_a_row_; }

  const FrameLength& frame_length() const { return frame_length_; }
  const Rtt& rtt() const { return rtt_; }
  /// How long the oldest frame that an ack speaks of has been under way: on a line that hands on in lumps, much
  /// longer than the newest.
  Duration longest_wait() const { return std::max(rtt_.smoothed(), longest_wait_); }
  std::size_t frames_in_flight() const { return in_flight_.size(); }
  std::size_t frames_unanswered() const { return eliciting_in_flight_; }
  std::uint64_t frames_lost() const { return frames_lost_; }
  std::uint64_t bytes_lost() const { return bytes_lost_; }
  /// What becomes of the frame with this number is remembered; of one frame at a time.
  void watch(std::uint64_t number) { watched_ = {number, {}}; }
  /// Nothing while it is not known.
  std::optional<Fate> watched() const { return watched_.fate; }
  bool awaiting() const { return eliciting_in_flight_ > 0; }
  /// Since when an answer has been awaited in vain; meaningful while awaiting().
  Time awaiting_since() const { return awaiting_since_; }
  /// As if the waiting had only begun.
  void wait_anew(Time now) { awaiting_since_ = now; }

 private:
  /// What an ack says, in whole numbers: all up to `largest` arrived but for `missing`, and what is below
  /// `said_from` is not spoken of.
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

  /// A frame that counts as lost because the peer said that something came damaged. It may have meant another
  /// one, or a frame of which it had heard only a part so far.
  struct Suspect {
    SentFrame frame;
    Time since{};
    std::vector<Ticket> datagrams{};  ///< pieces of them, which do not count as lost yet
    bool counts = false;              ///< as a loss of its own, in frame_length_
  };
  /// One that the peer's word does not yet suffice for: it was wrong before.
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
  std::deque<Suspect> suspects_;  // oldest first, until the peer says what became of them
  Suspicion suspicion_;
  Duration doubt_{};               // how long after such a word a frame may still turn out to have arrived
  std::size_t confirmations_ = 0;  // of mended_, the last ones: not said yet
  std::uint64_t newest_mended_ = 0;
  std::uint64_t newest_candidate_ = 0;  // in the frame at hand; 0: none
  std::uint64_t next_number_ = 1;
  std::uint64_t acked_ = 0;
  std::uint64_t acked_position_ = 0;
  std::size_t eliciting_in_flight_ = 0;
  std::uint64_t frames_lost_ = 0;
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
  Time last_heard_{};
  Time last_probe_{};
  Time awaiting_since_{};
};

}  // namespace serialtcp::link
