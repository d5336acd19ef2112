// Pacer: how many bytes may be handed to the line now, so that the line never becomes idle and its queue
// stays short.
//
// A tty accepts kilobytes at once and does not tell how many it still holds. Its true speed may be a hundred
// times the nominal one, or a tenth. The pacer therefore keeps a model: all bytes handed over will have left
// at `leaves_`, at `rate_` bytes a second. It keeps the model's queue a few milliseconds long, just so long
// that late wake-ups of the caller do not let the line become idle. The acks of the peer tell when the last
// byte of a frame really arrived. The difference from the model is the error:
//
//   error > 0   late. Jitter has the same effect, so only several late frames in a row prove a slower line.
//               Hold back by the error, and adopt the rate at which the frames arrived.
//   error < 0   early. This proves a faster line, which became idle too early. Hand over more at once, and raise the
//               rate, by more each time in a row.
//
// The constant part (the latency, and the difference of the two clocks) is learned from frames that were sent
// on an idle line. docs/protocol.md, "Pacing". The pacer does not know frames, streams or descriptors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "link/jitter.h"
#include "serialtcp/time.h"

namespace serialtcp::link {

class Pacer {
 public:
  /// A position in the flow of bytes, taken when the last byte of a frame has been handed over.
  struct Stamp {
    Time handed;                   ///< when it was handed over
    Time leaves;                   ///< when the model expected it to have left
    Duration correction{};         ///< sum of all corrections of the model so far
    Duration held_back{};          ///< sum of those corrections that held back
    std::uint64_t position = 0;    ///< bytes handed over so far
    Duration busy{};               ///< how long the line was busy with them, by the model
    Time began;                    ///< when the model expected the frame's first byte to leave
    std::uint64_t idle_bytes = 0;  ///< size of the frame, if it is short and began on an idle line, else 0
  };

  explicit Pacer(std::uint64_t nominal_rate);

  /// Bytes that may be handed over now.
  std::size_t allowance(Time now) const;
  /// When at least one byte may be handed over.
  Time any_due() const { return held_due(leaves_ - target()); }
  /// When at least a slice may be handed over. Bulk is handed over in slices, to avoid a wake-up for each
  /// byte.
  Time slice_due() const;
  bool slice_allowed(Time now) const { return slice_due() <= now; }

  /// A frame begins; this is needed for the stamp of its end.
  void frame_begins(Time now);
  void handed(std::size_t count, Time now);
  /// Bulk waits only for slice_due(). If the line is idle by the time that more is handed over, the caller
  /// woke up late.
  void bulk_waits() { bulk_waits_ = true; }
  /// Nothing waits for the pacer before the next bytes are handed over.
  void nothing_waits() { bulk_waits_ = false; }
  /// What is being sent beside bulk, and waits for the queue: `typed` is sparse data of interactive streams, for which
  /// the queue must not be as long as late wake-ups need it; `sparse` is that of others, for which bulk is handed over
  /// in smaller slices.
  enum class Hurry : std::uint8_t { none, sparse, typed };
  void hurry(Hurry hurry) { hurry_ = hurry; }
  Stamp stamp(Time now) const;

  /// The frame with this stamp arrived at `arrival_ticks` on the peer's clock (in wire::kArrivalUnit, modulo
  /// 2^24). Its ack arrived at `now`.
  void arrived(const Stamp& stamp, std::uint32_t arrival_ticks, Time now);

  /// On a half-duplex line, Air knows the rate: from now on bytes are handed over at this rate, `burst` bytes
  /// at once, and nothing is measured.
  void follow_air(double rate, std::size_t burst);
  /// A turn begins. The line begins to transmit after at most `turn_round`.
  void turn_begins(Duration turn_round, Time now);

  /// There is another peer, with another clock. Forgets everything except the rate, and also a rate below the
  /// nominal one, since a peer that was stopped looks like a slow line.
  void next_peer();
  /// The line has another speed, also for what is still queued. What was measured before is forgotten. `measured`: what was
  /// measured when it had this speed before; 0: nothing.
  void line_has_rate(std::uint64_t nominal_rate, std::uint64_t measured, Time now);
  /// The line was reopened: what was queued is lost.
  void line_restored(Time now);

  /// Whether the offset of the model should be measured again: let the line become idle and send a short
  /// frame.
  bool wants_idle_sample(Time now) const;
  Time idle_sample_due() const;
  /// The frame that has just begun is such a sample. It may be handed over at once, since pacing would hide
  /// how fast the line is. Before the next sample, its answer is awaited.
  void idle_sample_begins(Time now);
  /// True until a measurement has confirmed the rate.
  bool searching() const { return searching_ && !air_burst_; }

  /// Bytes that arrive here usually pause this long within a frame.
  void expect_lumps(Duration pause) { expected_jitter_ = pause * 3 / 4; }
  /// Whether arrival times scatter, or may do so. Frames of equal length could then keep step with the lumps,
  /// and all seem late, or all in time.
  bool may_be_lumpy(Time now) const;
  /// How much arrival times scatter.
  Duration jitter() const;

  std::uint64_t rate() const { return static_cast<std::uint64_t>(rate_); }
  Time leaves() const { return leaves_; }
  std::uint64_t position() const { return position_; }
  Duration time_for(std::size_t bytes) const;
  std::size_t bytes_in(Duration time) const;

 private:
  /// The first of several late frames in a row: the line has had a queue since then.
  struct Late {
    std::uint64_t position = 0;
    Duration busy{};
    Duration error{};
    Duration least{};  ///< smallest error since
    int count = 0;
  };

  /// When a short frame arrived on the peer's clock, counted from when its first byte began to leave: the sum
  /// of the latency, the difference of the clocks, and the time of its bytes at the true rate.
  struct IdleSample {
    Duration delay{};
    std::uint64_t bytes = 0;
  };

  /// Several frames on a line that delivers in lumps, of which the earliest counts. `late` is on the scale
  /// that corrections do not change.
  struct Round {
    int count = 0;
    Duration late{};
    Duration busy{};
    std::uint64_t position = 0;
  };
  enum class LumpsSearch : std::uint8_t { none, under_way };

  static constexpr double kMinRate = 10;  ///< bytes a second
  static constexpr double kMaxRate = 1e9;
  /// By how much the rate is raised, each time in a row that the line is found to be faster.
  static constexpr std::array<double, 5> kRaise = {1.0 / 64, 1.0 / 16, 1.0 / 4, 1.0 / 2, 1.0};

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
  void judge_search(Duration took, Duration grown, Time now);
  void lumps_line_is_faster(Duration took, Duration grown, Time now);

  double nominal_rate_;
  double rate_;
  Time leaves_{};
  Duration correction_{};
  Duration held_back_{};
  std::uint64_t position_ = 0;
  Duration busy_{};
  Duration spare_;      ///< how late the caller may wake up without the line becoming idle
  Duration scatter_{};  ///< smoothed size of the model's error
  Time spare_since_{};
  bool bulk_waits_ = false;
  Hurry hurry_ = Hurry::none;
  bool frame_on_idle_line_ = false;
  std::uint64_t frame_start_position_ = 0;
  bool frame_is_sample_ = false;

  std::optional<std::size_t> air_burst_;
  Time held_until_{};  ///< the line does not transmit before this

  bool searching_ = true;
  int raises_in_a_row_ = 0;
  Time last_raised_{};

  bool heard_ = false;
  std::uint32_t last_ticks_ = 0;
  Duration last_arrival_{};

  // Offset of the peer's clock plus the latency: the minimum seen on an idle line, in this window and the one
  // before.
  std::optional<IdleSample> least_now_;
  std::optional<IdleSample> least_before_;
  int early_samples_ = 0;
  Time window_started_{};
  Time last_idle_sample_{};
  Time idle_sample_retry_{};

  Late late_;
  Time last_late_{};

  // For lines that deliver in lumps.
  Jitter jitter_;
  Duration expected_jitter_{};
  bool lumpy_ = false;
  Stamp last_{};  // of the last frame whose arrival is known
  double rate_before_jitter_ = 0;
  int frames_since_rate_ = 0;
  Round round_;
  std::optional<Round> round_before_;
  std::optional<Round> round_before_that_;
  std::uint64_t round_from_ = 0;  // bytes handed over before this position do not count
  LumpsSearch lumps_search_ = LumpsSearch::none;
  Time lumps_searched_{};
};

}  // namespace serialtcp::link
