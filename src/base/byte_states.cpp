#include "base/byte_states.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace serialtcp::base {

namespace {

constexpr unsigned kBits = 2;

/// A word in which every byte has this state.
std::uint64_t filled_with(ByteStates::State state) {
  constexpr std::uint64_t kOnes = 0x5555'5555'5555'5555;
  return kOnes * static_cast<std::uint64_t>(state);
}

/// The bits of `count` states from `first` on.
std::uint64_t mask(std::size_t first, std::size_t count) {
  const std::uint64_t bits = count >= 32 ? ~std::uint64_t{0} : (std::uint64_t{1} << (kBits * count)) - 1;
  return bits << (kBits * first);
}

}  // namespace

void ByteStates::set(std::uint64_t offset, std::size_t count, State state) {
  CHECK(offset >= begin_);
  if (count == 0) return;
  if (words_.empty()) {
    base_ = begin_;
    end_ = begin_;
  }
  end_ = std::max(end_, offset + count);
  const std::size_t words = (index(end_) + kPerWord - 1) / kPerWord;
  if (words > words_.capacity()) words_.reserve(words + words / 4);
  if (words > words_.size()) words_.resize(words);
  for (std::size_t i = index(offset), left = count; left > 0;) {
    const std::size_t first = i % kPerWord;
    const std::size_t here = std::min(left, kPerWord - first);
    std::uint64_t& word = words_[i / kPerWord];
    word = (word & ~mask(first, here)) | (filled_with(state) & mask(first, here));
    i += here;
    left -= here;
  }
}

ByteStates::State ByteStates::at(std::uint64_t offset) const {
  if (offset < begin_ || offset >= end_) return State::missing;
  const std::size_t i = index(offset);
  return static_cast<State>((words_[i / kPerWord] >> (kBits * (i % kPerWord))) & 3U);
}

std::size_t ByteStates::run(std::uint64_t offset) const {
  if (offset < begin_ || offset >= end_) return 0;
  const std::uint64_t same = filled_with(at(offset));
  const std::size_t last = index(end_);
  const std::size_t start = index(offset);
  for (std::size_t i = start; i < last;) {
    const std::size_t first = i % kPerWord;
    const std::uint64_t differs = (words_[i / kPerWord] ^ same) & mask(first, kPerWord - first);
    if (differs != 0) {
      const std::size_t found = i - first + static_cast<std::size_t>(std::countr_zero(differs)) / kBits;
      return std::min(found, last) - start;
    }
    i += kPerWord - first;
  }
  return last - start;
}

void ByteStates::drop_below(std::uint64_t offset) {
  if (offset <= begin_) return;
  if (offset >= end_) return restart(offset);
  begin_ = offset;
  // Words are moved only when most of them are removed, so that each is moved only a few times.
  const std::size_t gone = index(begin_) / kPerWord;
  if (gone < words_.size() / 2) return;
  words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(gone));
  base_ += gone * kPerWord;
}

void ByteStates::restart(std::uint64_t offset) {
  std::vector<std::uint64_t>().swap(words_);
  base_ = offset;
  begin_ = offset;
  end_ = offset;
}

}  // namespace serialtcp::base
