// SaidLines: what a program writes to its standard error, line by line, for the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bucket.h"

namespace serialtcp::io {

class SaidLines {
 public:
  /// Lines that are reported at once and then per second; further lines are counted.
  static constexpr std::size_t kMaxLinesPerSecond = 20;
  /// Longer lines are reported in pieces.
  static constexpr std::size_t kMaxLine = 512;

  /// `said` gets each line, printable.
  explicit SaidLines(std::function<void(std::string_view line)> said)
      : said_(std::move(said)), lines_(kMaxLinesPerSecond, kMaxLinesPerSecond) {}

  void take(std::string_view text);
  /// It has ended, perhaps within a line.
  void end();
  /// Nothing is reported any more.
  void forget() { said_ = nullptr; }

 private:
  void report(std::string_view line);
  void tell_missing();
  void say(std::string_view line) const;

  std::function<void(std::string_view line)> said_;
  base::Bucket lines_;  ///< one token for each line
  std::uint64_t missing_ = 0;
  std::string line_;
};

}  // namespace serialtcp::io
