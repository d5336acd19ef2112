#include "mux/scheduler.h"

#include <algorithm>

#include "base/check.h"
#include "mux/stream.h"

namespace serialtcp::mux {

namespace {

// What a stream may send in its turn while others are pending: a frame with 1 % overhead.
constexpr std::int64_t kQuantum = 1024;
// Bytes that a stream may send at once as a sparse one, after a pause.
constexpr double kSparseBurst = 256;
// A stream that uses no more than this part of the line stays sparse.
constexpr double kSparseShare = 0.25;
// The cost of a chunk in addition to its bytes.
constexpr std::size_t kChunkCost = 10;

ScheduleEntry::Queue queue_in_turns(const Stream& stream) {
  return stream.key.purpose.priority == Priority::interactive ? ScheduleEntry::Queue::interactive
                                                              : ScheduleEntry::Queue::bulk;
}

}  // namespace

Scheduler::List& Scheduler::list(ScheduleEntry::Queue queue) {
  switch (queue) {
    case ScheduleEntry::Queue::sparse:
      return sparse_;
    case ScheduleEntry::Queue::interactive:
      return interactive_;
    case ScheduleEntry::Queue::bulk:
    case ScheduleEntry::Queue::none:
      break;
  }
  CHECK(queue == ScheduleEntry::Queue::bulk);
  return bulk_;
}

void Scheduler::activate(Stream& stream, std::uint64_t rate, Time now) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue != ScheduleEntry::Queue::none) return;
  const double earned = to_seconds(now - entry.refilled) * static_cast<double>(rate) * kSparseShare;
  entry.sparse_allowance = std::min(kSparseBurst, entry.sparse_allowance + earned);
  entry.refilled = now;
  const bool sparse = entry.sparse_allowance > 0 && stream.key.purpose.priority != Priority::bulk;
  entry.queue = sparse ? ScheduleEntry::Queue::sparse : queue_in_turns(stream);
  List& into = list(entry.queue);
  // After all equally urgent ones, and before the others.
  const auto less_urgent = [&stream](const Stream* other) { return urgency(*other) > urgency(stream); };
  entry.place = into.insert(std::ranges::find_if(into, less_urgent), &stream);
}

void Scheduler::deactivate(Stream& stream) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue == ScheduleEntry::Queue::none) return;
  list(entry.queue).erase(entry.place);
  entry.queue = ScheduleEntry::Queue::none;
}

Urgency Scheduler::urgency(const Stream& stream) {
  const bool interactive = stream.key.purpose.priority == Priority::interactive;
  if (stream.schedule.in_turns()) return interactive ? Urgency::interactive_in_turns : Urgency::in_turns;
  return interactive ? Urgency::interactive : Urgency::sparse;
}

bool Scheduler::only(const Stream& stream) const {
  return stream.schedule.queue != ScheduleEntry::Queue::none &&
         sparse_.size() + interactive_.size() + bulk_.size() == 1;
}

Stream* Scheduler::pick() {
  if (!sparse_.empty()) return sparse_.front();
  List& turns = interactive_.empty() ? bulk_ : interactive_;
  if (turns.empty()) return nullptr;
  while (turns.front()->schedule.deficit <= 0) {
    turns.front()->schedule.deficit += kQuantum;
    if (turns.front()->schedule.deficit > 0) break;
    turns.splice(turns.end(), turns, turns.begin());
  }
  return turns.front();
}

void Scheduler::charge(Stream& stream, std::size_t bytes, Of of) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue == ScheduleEntry::Queue::sparse) {
    entry.sparse_allowance -= static_cast<double>(bytes + (of == Of::new_chunk ? kChunkCost : 0));
    if (entry.sparse_allowance > 0) return;
    entry.deficit = 0;
    entry.queue = queue_in_turns(stream);
    List& into = list(entry.queue);
    into.splice(into.end(), sparse_, entry.place);
    return;
  }
  if (!entry.in_turns()) return;
  entry.deficit -= static_cast<std::int64_t>(bytes);
  if (entry.deficit > 0) return;
  List& turns = list(entry.queue);
  // If it is alone, its deficit does not matter.
  if (turns.size() == 1) entry.deficit = 0;
  turns.splice(turns.end(), turns, entry.place);
}

bool Scheduler::preempts(const Stream& current) const {
  using Queue = ScheduleEntry::Queue;
  if (!sparse_.empty() && urgency(*sparse_.front()) < urgency(current)) return true;
  if (current.schedule.queue == Queue::sparse) return false;
  if (current.schedule.queue == Queue::bulk && !interactive_.empty()) return true;
  const List& turns = current.schedule.queue == Queue::interactive ? interactive_ : bulk_;
  return turns.size() > 1 && turns.front() != &current;
}

}  // namespace serialtcp::mux
