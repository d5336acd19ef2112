// Scheduler: which stream goes next. Deficit round robin (Shreedhar and Varghese, 1995) with priority for
// sparse flows (as in FQ-CoDel, RFC 8290), but nothing is ever dropped: back-pressure reaches the writer
// instead. A stream that asks for little, such as somebody typing, is sparse and overtakes the others; one
// that asks for more than its share takes turns. A priority overrides that: an interactive stream goes before
// all others of its kind, sparse or in turns, and a bulk one never overtakes anybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "serialtcp/time.h"

namespace serialtcp::mux {

class Stream;

/// How little what a stream sends can wait. What is more urgent does not share a frame with what is less.
enum class Urgency : std::uint8_t {
  interactive,
  sparse,
  interactive_in_turns,
  in_turns,
};

/// The scheduler's part of a stream.
struct ScheduleEntry {
  enum class Queue : std::uint8_t { none, sparse, interactive, bulk };
  Queue queue = Queue::none;
  std::list<Stream*>::iterator place;
  double sparse_allowance = 0;  ///< bytes that it may send as a sparse stream
  std::int64_t deficit = 0;     ///< bytes that it may send in its turn
  Time refilled{};

  /// It asks for much: what it sends goes in slices, and may be cut short.
  bool in_turns() const { return queue == Queue::interactive || queue == Queue::bulk; }
};

class Scheduler {
 public:
  /// The stream has something to send. Harmless when it is known already. `rate`: of the line, bytes per
  /// second.
  void activate(Stream& stream, std::uint64_t rate, Time now);
  /// It has nothing to send (any more), or ends.
  void deactivate(Stream& stream);

  bool empty() const { return sparse_.empty() && interactive_.empty() && bulk_.empty(); }
  bool has_sparse() const { return !sparse_.empty(); }
  bool only(const Stream& stream) const;
  /// The stream whose turn it is; null when none is active.
  Stream* pick();
  /// It sent so many bytes, with which a chunk begins or goes on.
  enum class Of : std::uint8_t { new_chunk, same_chunk };
  void charge(Stream& stream, std::size_t bytes, Of of = Of::new_chunk);
  /// Of an active stream.
  static Urgency urgency(const Stream& stream);
  /// Should a frame of `current` end now because somebody more urgent waits, or because its turn is over?
  bool preempts(const Stream& current) const;

 private:
  using List = std::list<Stream*>;
  List& list(ScheduleEntry::Queue queue);

  List sparse_;
  List interactive_;
  List bulk_;
};

}  // namespace serialtcp::mux
