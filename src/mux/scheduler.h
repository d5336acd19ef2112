// Scheduler: which stream is served next. Deficit round robin (Shreedhar and Varghese, 1995) with priority
// for sparse flows (as in FQ-CoDel, RFC 8290), but nothing is ever dropped: back-pressure reaches the writer
// instead. A stream that asks for little, such as keystrokes, is sparse and overtakes the others; one that
// asks for more than its share takes turns. A priority overrides this: an interactive stream goes before all
// others of its kind, sparse or in turns, and a bulk one never overtakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "serialtcp/time.h"

namespace serialtcp::mux {

class Stream;

/// How urgent the data of a stream is. More and less urgent data do not share a frame.
enum class Urgency : std::uint8_t {
  interactive,
  sparse,
  interactive_in_turns,
  in_turns,
};

/// The scheduler's state of a stream.
struct ScheduleEntry {
  enum class Queue : std::uint8_t { none, sparse, interactive, bulk };
  Queue queue = Queue::none;
  std::list<Stream*>::iterator place;
  double sparse_allowance = 0;  ///< bytes that it may send as a sparse stream
  std::int64_t deficit = 0;     ///< bytes that it may send in its turn
  Time refilled{};

  /// It asks for much: its data is handed over in slices, and its frames may end early.
  bool in_turns() const { return queue == Queue::interactive || queue == Queue::bulk; }
};

class Scheduler {
 public:
  /// The stream has something to send. No effect if it is active already. `rate`: of the line, in bytes per
  /// second.
  void activate(Stream& stream, std::uint64_t rate, Time now);
  /// It has nothing to send (any more), or ends.
  void deactivate(Stream& stream);

  bool empty() const { return sparse_.empty() && interactive_.empty() && bulk_.empty(); }
  bool has_sparse() const { return !sparse_.empty(); }
  bool only(const Stream& stream) const;
  /// The stream whose turn it is; null when none is active.
  Stream* pick();
  /// It has sent this many bytes, which begin or continue a chunk.
  enum class Of : std::uint8_t { new_chunk, same_chunk };
  void charge(Stream& stream, std::size_t bytes, Of of = Of::new_chunk);
  /// The stream must be active.
  static Urgency urgency(const Stream& stream);
  /// Whether a frame of `current` should end now because a more urgent stream is pending, or because its turn
  /// is over.
  bool preempts(const Stream& current) const;

 private:
  using List = std::list<Stream*>;
  List& list(ScheduleEntry::Queue queue);

  List sparse_;
  List interactive_;
  List bulk_;
};

}  // namespace serialtcp::mux
