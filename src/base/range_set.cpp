#include "base/range_set.h"

#include <algorithm>
#include <iterator>

namespace serialtcp::base {

void RangeSet::add(Range range) {
  if (range.begin >= range.end) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second >= range.begin) --it;
  while (it != ranges_.end() && it->first <= range.end) {
    range.begin = std::min(range.begin, it->first);
    range.end = std::max(range.end, it->second);
    it = ranges_.erase(it);
  }
  ranges_.emplace_hint(it, range.begin, range.end);
}

void RangeSet::remove(Range range) {
  if (range.begin >= range.end) return;
  auto it = ranges_.upper_bound(range.begin);
  if (it != ranges_.begin() && std::prev(it)->second > range.begin) --it;
  while (it != ranges_.end() && it->first < range.end) {
    const Range old{it->first, it->second};
    it = ranges_.erase(it);
    if (old.begin < range.begin) ranges_.emplace_hint(it, old.begin, range.begin);
    if (old.end > range.end) ranges_.emplace_hint(it, range.end, old.end);
  }
}

bool RangeSet::contains(Range range) const {
  if (range.begin >= range.end) return true;
  auto it = ranges_.upper_bound(range.begin);
  return it != ranges_.begin() && std::prev(it)->second >= range.end;
}

std::uint64_t RangeSet::stretch_end(std::uint64_t offset) const {
  const auto next = ranges_.upper_bound(offset);
  if (next != ranges_.begin()) {
    if (const std::uint64_t end = std::prev(next)->second; end > offset) return end;
  }
  return next == ranges_.end() ? UINT64_MAX : next->first;
}

}  // namespace serialtcp::base
