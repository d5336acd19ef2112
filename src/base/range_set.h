// RangeSet: a set of 64-bit offsets kept as disjoint, sorted, non-touching ranges [begin, end).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace serialtcp::base {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

class RangeSet {
 public:
  bool empty() const { return ranges_.empty(); }
  std::size_t count() const { return ranges_.size(); }
  void clear() { ranges_.clear(); }

  /// The lowest range; the set must not be empty.
  Range front() const { return {ranges_.begin()->first, ranges_.begin()->second}; }
  /// The highest range; the set must not be empty.
  Range back() const { return {ranges_.rbegin()->first, ranges_.rbegin()->second}; }

  void add(Range range);
  void remove(Range range);
  /// True when all of `range` is in the set.
  bool contains(Range range) const;
  /// The end of the run of offsets that all are, or all are not, in the set like `offset`: the next offset
  /// that differs from it; the greatest number if there is none.
  std::uint64_t stretch_end(std::uint64_t offset) const;

  /// begin -> end, ascending.
  const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;
};

}  // namespace serialtcp::base
