// ByteStates: what is known of each byte of a stretch of a stream, in two bits a byte. Unlike a set of ranges
// it costs the same however the bytes arrive, so that nobody can make it cost more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace serialtcp::base {

class ByteStates {
 public:
  enum class State : std::uint8_t { missing = 0, plain = 1, packed = 2 };

  /// Below it everything is missing, and cannot be set; as is everything above end().
  std::uint64_t begin() const { return begin_; }
  /// One past the highest offset that was set.
  std::uint64_t end() const { return end_; }

  void set(std::uint64_t offset, std::size_t count, State state);
  State at(std::uint64_t offset) const;
  /// How many bytes from `offset` on have the same state as the first, up to end().
  std::size_t run(std::uint64_t offset) const;

  /// Forgets everything below `offset`; all memory when nothing is left.
  void drop_below(std::uint64_t offset);
  /// Forgets everything; the first that can be set is at `offset`.
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
