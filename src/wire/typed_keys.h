// TypedKeys: recognises a key that a person types three times at a line that a link has, which then is a console again.
// Bytes of a link never look like that: they follow each other closely, and others stand between them.
#pragma once

#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::wire {

class TypedKeys {
 public:
  static constexpr int kTimes = 3;
  /// A byte is typed when nothing was received for this time before it. That is more than a byte takes at 300 baud.
  static constexpr Duration kApart = std::chrono::milliseconds(50);
  /// All of them are typed within this time.
  static constexpr Duration kTogether = std::chrono::seconds(5);

  static constexpr std::string_view kInterrupt = "\x03";
  static constexpr std::string_view kEnterOrInterrupt = "\r\n\x03";

  /// Those that count; they outlive it.
  explicit TypedKeys(std::string_view keys) : keys_(keys) {}

  /// What was received at once. True with the third one.
  bool typed(ByteView bytes, Time now) {
    const bool counts =
        bytes.size() == 1 && keys_.find(static_cast<char>(bytes[0])) != std::string_view::npos;
    const bool alone = counts && now - last_ >= kApart;
    last_ = now;
    if (!alone) {
      count_ = 0;
      return false;
    }
    if (count_ == 0 || now - first_ > kTogether) {
      count_ = 0;
      first_ = now;
    }
    return ++count_ == kTimes;
  }

 private:
  std::string_view keys_;
  int count_ = 0;
  Time first_{};
  Time last_{};
};

}  // namespace serialtcp::wire
