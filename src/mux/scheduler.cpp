#include "mux/scheduler.h"

#include <algorithm>

#include "mux/stream.h"

namespace serialtcp::mux {

namespace {

// What a stream may send in its turn while others wait: a frame of 1 % overhead.
constexpr std::int64_t kQuantum = 1024;
// Bytes that a stream may send at once as a sparse one, after a pause.
constexpr double kSparseBurst = 512;
// A stream that uses no more than this part of the line stays sparse.
constexpr double kSparseShare = 0.25;
// What a chunk costs beside its bytes.
constexpr std::size_t kChunkCost = 10;

double seconds(Duration d) {
  return static_cast<double>(d.count()) / 1e9;
}

}  // namespace

void Scheduler::activate(Stream& stream, std::uint64_t rate, Time now) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue != ScheduleEntry::Queue::none) return;
  const double earned = seconds(now - entry.refilled) * static_cast<double>(rate) * kSparseShare;
  entry.sparse_allowance = std::min(kSparseBurst, entry.sparse_allowance + earned);
  entry.refilled = now;
  const bool sparse = entry.sparse_allowance > 0;
  std::list<Stream*>& list = sparse ? sparse_ : bulk_;
  entry.queue = sparse ? ScheduleEntry::Queue::sparse : ScheduleEntry::Queue::bulk;
  entry.place = list.insert(list.end(), &stream);
}

void Scheduler::deactivate(Stream& stream) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue == ScheduleEntry::Queue::none) return;
  (entry.queue == ScheduleEntry::Queue::sparse ? sparse_ : bulk_).erase(entry.place);
  entry.queue = ScheduleEntry::Queue::none;
}

bool Scheduler::only(const Stream& stream) const {
  return stream.schedule.queue != ScheduleEntry::Queue::none && sparse_.size() + bulk_.size() == 1;
}

Stream* Scheduler::pick() {
  if (!sparse_.empty()) return sparse_.front();
  if (bulk_.empty()) return nullptr;
  while (bulk_.front()->schedule.deficit <= 0) {
    bulk_.front()->schedule.deficit += kQuantum;
    if (bulk_.front()->schedule.deficit > 0) break;
    bulk_.splice(bulk_.end(), bulk_, bulk_.begin());
  }
  return bulk_.front();
}

void Scheduler::charge(Stream& stream, std::size_t bytes) {
  ScheduleEntry& entry = stream.schedule;
  if (entry.queue == ScheduleEntry::Queue::sparse) {
    entry.sparse_allowance -= static_cast<double>(bytes + kChunkCost);
    if (entry.sparse_allowance > 0) return;
    entry.deficit = 0;
    entry.queue = ScheduleEntry::Queue::bulk;
    bulk_.splice(bulk_.end(), sparse_, entry.place);
    return;
  }
  if (entry.queue != ScheduleEntry::Queue::bulk) return;
  entry.deficit -= static_cast<std::int64_t>(bytes);
  if (entry.deficit > 0) return;
  // Alone, it owes nobody.
  if (bulk_.size() == 1) entry.deficit = 0;
  bulk_.splice(bulk_.end(), bulk_, entry.place);
}

bool Scheduler::preempts(const Stream& current) const {
  if (current.schedule.queue == ScheduleEntry::Queue::sparse) return false;
  if (!sparse_.empty()) return true;
  return bulk_.size() > 1 && bulk_.front() != &current;
}

}  // namespace serialtcp::mux
