// TypedInterrupts: recognises Ctrl-C that a person types three times at a console that a link has. Bytes of a link never
// look like that: they follow each other closely, and others stand between them.
#pragma once

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class TypedInterrupts {
 public:
  static constexpr int kTimes = 3;
  /// A byte is typed when nothing was received for this time before it. That is more than a byte takes at 300 baud.
  static constexpr Duration kApart = std::chrono::milliseconds(50);
  /// All of them are typed within this time.
  static constexpr Duration kTogether = std::chrono::seconds(5);

  /// What was received at once. True with the third one.
  bool typed(ByteView bytes, Time now) {
    constexpr Byte kCtrlC = 0x03;
    const bool alone = bytes.size() == 1 && bytes[0] == kCtrlC && now - last_ >= kApart;
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
  int count_ = 0;
  Time first_{};
  Time last_{};
};

}  // namespace serialtcp::io
