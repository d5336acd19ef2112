// Progress: a line on a terminal that says how far the copy of a file is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "serialtcp/time.h"

namespace serialtcp::io::copy {

/// "x.bin  42%  1.2 MB  11 kB/s  1:05 left", not longer than `columns`. `rate` in bytes a second; 0: not known yet.
std::string progress_text(std::string_view name, std::uint64_t there, std::uint64_t size, double rate,
                          std::size_t columns);

class Progress {
 public:
  /// Writes to that descriptor if it is a terminal.
  explicit Progress(int fd);

  /// `there` of `size` bytes (record.h: kUnknownSize) of `path` have arrived.
  void show(const std::string& path, std::uint64_t there, std::uint64_t size);
  /// Before something else is written, and at the end of a file.
  void clear();

 private:
  int fd_;
  bool on_;
  std::string path_ = {};
  Time begun_ = {};
  Time shown_ = {};
  std::uint64_t first_ = 0;
  bool on_screen_ = false;
};

}  // namespace serialtcp::io::copy
