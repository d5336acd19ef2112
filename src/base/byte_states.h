// ByteStates: the state of each byte of a range of a stream, two bits each. In contrast to a set of ranges,
// its cost does not depend on the order in which the bytes arrive, so that a peer cannot increase it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace serialtcp::base {

class ByteStates {
 public:
  enum class State : std::uint8_t { missing = 0, plain = 1, packed = 2 };

  /// Everything below it counts as missing, and cannot be set; so does everything from end() on.
  std::uint64_t begin() const { return begin_; }
  /// One past the highest offset that was set.
  std::uint64_t end() const { return end_; }

  void set(std::uint64_t offset, std::size_t count, State state);
  State at(std::uint64_t offset) const;
  /// How many bytes from `offset` on have the same state as the one at `offset`, up to end().
  std::size_t run(std::uint64_t offset) const;

  /// Removes everything below `offset`; frees all memory when nothing is left.
  void drop_below(std::uint64_t offset);
  /// Removes everything; the lowest offset that can be set is then `offset`.
  void restart(std::uint64_t offset);

  /// Bytes of memory.
  std::size_t capacity() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  static constexpr std::size_t kPerWord = 32;

  std::size_t index(std::uint64_t offset) const { return static_cast<std::size_t>(offset - base_); }

  std::vector<std::uint64_t> words_;
  std::uint64_t base_ = 0;  ///< offset of the first state in words_
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace serialtcp::base
