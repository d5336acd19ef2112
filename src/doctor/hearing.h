// Hearing: what the other end sends without being asked: nothing, text of some kind, or bytes that make no sense. It is fed with
// what the line delivers; it has no clock and sends nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"
#include "wire/console_watch.h"

namespace serialtcp::doctor {

/// What it was, at the end.
struct Overheard {
  std::uint64_t bytes = 0;
  std::uint64_t zeros = 0;              ///< of them: a line without voltage, or at a wrong speed, gives these
  std::optional<Console> console = {};  ///< it was text
  wire::Prompt prompt = wire::Prompt::none;
  bool kernel = false;       ///< messages of a Linux kernel were among it
  bool noise = false;        ///< there was enough, and most of it was not text
  bool frames = false;       ///< ends of frames of our own protocol, or codes of the original's
  std::string excerpt = {};  ///< a line of the text, printable
};

class Hearing {
 public:
  /// What is kept, to be looked at again.
  static constexpr std::size_t kMostKept = 4096;

  void heard(ByteView bytes, Time now);
  /// Evaluates what has arrived.
  Overheard result(Time now);

 private:
  Bytes kept_;  ///< the first bytes
  std::uint64_t bytes_ = 0;
  std::uint64_t zeros_ = 0;
  wire::ConsoleWatch console_;
};

}  // namespace serialtcp::doctor
