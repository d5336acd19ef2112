// SpyOutput: where the bytes of a line are written for somebody to read: a file, replaced before it is large, or
// standard error. It never waits for a reader, and what it cannot write is dropped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace serialtcp::io {

class SpyOutput {
 public:
  /// A file that has this size is renamed to FILE.1, in the place of an older one, so both have twice this at most. Of
  /// standard error, the dump ends after this.
  static constexpr std::uint64_t kMaxSize = 16 * 1024 * 1024;

  /// Without a path: standard error. Opens nothing. `most` is kMaxSize except in tests.
  explicit SpyOutput(std::string path, std::uint64_t most = kMaxSize) : path_(std::move(path)), most_(most) {}
  ~SpyOutput() { close(); }
  SpyOutput(const SpyOutput&) = delete;
  SpyOutput& operator=(const SpyOutput&) = delete;

  /// Unless it is open. A new file is made, which only its owner can read.
  void open();
  /// Nothing happens if it is not open.
  void write(std::string_view text);

  /// Why nothing more is written, a sentence, once.
  std::optional<std::string> take_problem();

 private:
  void close();
  void fail(int error);
  bool make_room(std::size_t size);

  std::string path_;
  std::uint64_t most_;
  int fd_ = -1;
  bool regular_ = false;
  bool over_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t dropped_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace serialtcp::io
