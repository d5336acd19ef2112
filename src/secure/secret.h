// Secret: keys in memory of their own, which is excluded from swap and core dumps where the system permits
// it, is surrounded by guard pages, and is wiped at the end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/check.h"
#include "serialtcp/bytes.h"

namespace serialtcp::secure {

inline constexpr std::size_t kKeySize = 32;
using KeyView = std::span<const Byte, kKeySize>;
using MutableKeyView = std::span<Byte, kKeySize>;

class Secret {
 public:
  /// Memory for `keys` keys, all zero.
  explicit Secret(std::size_t keys);
  Secret(const Secret& other);
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;

  KeyView key(std::size_t index) const {
    CHECK(index < keys_);
    return KeyView(memory_.get() + index * kKeySize, kKeySize);
  }
  MutableKeyView key(std::size_t index) {
    CHECK(index < keys_);
    return MutableKeyView(memory_.get() + index * kKeySize, kKeySize);
  }
  MutableByteView all() { return {memory_.get(), keys_ * kKeySize}; }

 private:
  struct Free {
    void operator()(Byte* memory) const noexcept;
  };

  std::size_t keys_;
  std::unique_ptr<Byte, Free> memory_;
};

}  // namespace serialtcp::secure
