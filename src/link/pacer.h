// Pacer: how many bytes may be handed to the line now, so that the line never runs dry and yet hides hardly
// any queue.
//
// A tty swallows kilobytes at once and does not tell how many it still holds, and its true speed may be a
// hundred times the nominal one, or a tenth. So the pacer keeps a model: "what was handed over will have left
// by `leaves_`", at `rate_` bytes a second, and lets the model's queue be a few milliseconds long: just so
// long that the caller's late wake-ups do not let the line run dry. The peer's acks
// say when a frame's last byte really arrived; how far that strays from the model is the error:
//   error > 0   late. Jitter does that as well, so only when several in a row are late is the line slower
//   than the model:
//               then hold back by as much, and take the rate at which they arrived
//   error < 0   nothing but a faster line does that: it ran dry too early. Hand over more at once and raise
//   the rate,
//               by more each time in a row
// The constant part (latency, the difference between the two clocks) is learned from frames sent on an idle
// line. docs/protocol.md, "Pacing". It knows nothing of frames, streams or descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "link/jitter.h"
#include "serialtcp/time.h"

namespace serialtcp::link {

class Pacer {
 public:
  /// A point in the flow of bytes: taken when the last byte of a frame has been handed over.
  struct Stamp {
    Time handed;                 ///< when
    Time leaves;                 ///< when the model expected it to have left
    Duration correction{};       ///< sum of corrections to the model so far
    Duration held_back{};        ///< of these, the sum of those that held back
    std::uint64_t position = 0;  ///< bytes handed over so far
    Duration busy{};             ///< how long the line was busy with them, by the model
    Time began;                  ///< when the model expected its first byte to begin to leave
    std::uint64_t idle_bytes =
        0;  ///< how many they were, if the line was idle when it began and they were few
  };

  explicit Pacer(std::uint64_t nominal_rate);

  /// Bytes that may be handed over now.
  std::size_t allowance(Time now) const;
  /// When anything at all may be handed over.
  Time any_due() const { return held_due(leaves_ - target()); }
  /// When at least a slice may be handed over (bulk is handed over in slices, so as not to wake for each
  /// byte).
  Time slice_due() const;
  bool slice_allowed(Time now) const { return slice_due() <= now; }

  /// A frame begins; remembered for the stamp of its end.
  void frame_begins(Time now);
  void handed(std::size_t count, Time now);
  /// Bulk waits for nothing but slice_due(). If the line has run dry by the time more is handed over, that
  /// was the caller's late wake-up.
  void bulk_waits() { bulk_waits_ = true; }
  /// Whatever is handed over next, nothing waited for it.
  void nothing_waits() { bulk_waits_ = false; }
  /// Somebody types, for whom no queue is to be kept that bridges late wake-ups; or not.
  void hurry(bool typed) { hurry_ = typed; }
  Stamp stamp(Time now) const;

  /// The frame stamped so arrived at `arrival_ticks` of the peer's clock (link units, modulo 2^24). Heard at
  /// `now`.
  void arrived(const Stamp& stamp, std::uint32_t arrival_ticks, Time now);

  /// On a half-duplex line something else knows how fast it is: from now on, bytes go at this rate, and so many
  /// of them at once. Nothing is measured.
  void follow_air(double rate, std::size_t burst);
  /// A turn begins. The line begins to take bytes after `turn_round`, at the latest.
  void turn_begins(Duration turn_round, Time now);

  /// Another peer, another clock: forgets what was learned but the rate. A rate below the nominal one goes as
  /// well: a peer that was stopped looks like a slow line.
  void next_peer();
  /// The line was opened again: what was queued is gone.
  void line_restored(Time now);

  /// True when the model's offset should be measured anew: let the line run dry and send a short frame.
  bool wants_idle_sample(Time now) const;
  Time idle_sample_due() const;
  /// The frame that has just begun is one: it may be handed over at once, or the pacing would hide how fast
  /// the line is. Wait for the answer before another.
  void idle_sample_begins(Time now);
  /// True until the rate has been confirmed by a measurement.
  bool searching() const { return searching_ && !air_burst_; }

  /// What arrives here usually pauses for so long within a frame.
  void expect_lumps(Duration pause) { expected_jitter_ = pause * 3 / 4; }
  /// Arrival times scatter, or may: frames that are all of one length could keep step with the lumps, and
  /// all seem late, or all in time.
  bool may_be_lumpy(Time now) const;
  /// How much arrival times scatter.
  Duration jitter() const;

  std::uint64_t rate() const { return static_cast<std::uint64_t>(rate_); }
  Time leaves() const { return leaves_; }
  std::uint64_t position() const { return position_; }
  Duration time_for(std::size_t bytes) const;
  std::size_t bytes_in(Duration time) const;

 private:
  /// A frame that came late, and since which all did: the line has had a queue ever since.
  struct Late {
    std::uint64_t position = 0;
    Duration busy{};
    Duration error{};
    Duration least{};  ///< error since
    int count = 0;
  };

  /// When a short frame arrived on the peer's clock, counted from when its first byte began to leave: the
  /// latency, the difference of the clocks, and the time that its bytes took at the line's true rate.
  struct IdleSample {
    Duration delay{};
    std::uint64_t bytes = 0;
  };

  /// Several frames on a line that hands on in lumps, of which the earliest counts. `late` is on the scale
  /// that corrections do not move.
  struct Round {
    int count = 0;
    Duration late{};
    Duration busy{};
    std::uint64_t position = 0;
  };
  enum class LumpsSearch : std::uint8_t { none, under_way };

  void forget_peer();
  Time held_due(Time due) const { return due <= held_until_ ? Time{} : due; }
  Duration target() const;
  Duration slice_time() const;
  std::size_t slice() const;
  void allow_for_late_wake_up(Time now);
  Duration unwrap_arrival(std::uint32_t ticks);
  void idle_sample_arrived(const IdleSample& sample, Time now);
  void learn_offset(const IdleSample& sample, Time now);
  Duration offset_of(const IdleSample& sample) const;
  Duration base_offset() const;
  void follow(Duration error, Time now);
  void frame_was_late(Duration error, const Stamp& stamp, Time now);
  void line_is_faster(Duration error, Time now);
  void correct(Duration by, Time now);

  // ---- pacer_lumps.cpp ----
  bool in_lumps(const Stamp& stamp, Duration late);
  void follow_lumps(const Stamp& stamp, Duration late, Time now);
  void forget_rounds();
  void judge_round(const std::optional<Round>& before, Time now);
  void line_has_a_queue(Duration error, Time now);
  void lumps_line_is_slower(Duration took, Duration grown, Time now);
  Duration lump_tolerance() const;
  Duration search_depth() const;
  void search_lumps(Time now);
  void lumps_line_is_faster(Duration took, Duration grown, Time now);

  const double nominal_rate_;
  double rate_;
  Time leaves_{};
  Duration correction_{};
  Duration held_back_{};
  std::uint64_t position_ = 0;
  Duration busy_{};
  Duration spare_;      ///< how late the caller may wake up without the line's running dry
  Duration scatter_{};  ///< of the model's error, smoothed
  Time spare_since_{};
  bool bulk_waits_ = false;
  bool hurry_ = false;
  bool frame_on_idle_line_ = false;
  std::uint64_t frame_start_position_ = 0;
  bool frame_is_sample_ = false;

  std::optional<std::size_t> air_burst_;
  Time held_until_{};  ///< the line takes nothing before this

  bool searching_ = true;
  int raises_in_a_row_ = 0;
  Time last_raised_{};

  bool heard_ = false;
  std::uint32_t last_ticks_ = 0;
  Duration last_arrival_{};

  // Offset of the peer's clock plus the latency: the least seen on an idle line, of this window and the one
  // before.
  std::optional<IdleSample> least_now_;
  std::optional<IdleSample> least_before_;
  int early_samples_ = 0;
  Time window_started_{};
  Time last_idle_sample_{};
  Time idle_sample_retry_{};

  Late late_;
  Time last_late_{};

  // Lines that hand on in lumps.
  Jitter jitter_;
  Duration expected_jitter_{};
  bool lumpy_ = false;
  Stamp last_{};  // of the last frame that was heard of
  double rate_before_jitter_ = 0;
  int frames_since_rate_ = 0;
  Round round_;
  std::optional<Round> round_before_;
  std::optional<Round> round_before_that_;
  std::uint64_t round_from_ = 0;  // what was handed over before does not count
  LumpsSearch lumps_search_ = LumpsSearch::none;
  Time lumps_searched_{};
};

}  // namespace serialtcp::link
