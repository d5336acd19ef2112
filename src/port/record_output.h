// RecordOutput: where the bytes of a line are written for somebody to read: a file, replaced before it is large, or
// standard error. It never waits for a reader, and what it cannot write is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace serialtcp::io {

class RecordOutput {
 public:
  static constexpr std::uint64_t kMaxSize = 16 * 1024 * 1024;
  static constexpr std::size_t kMostOldFiles = 100;

  struct Rules {
    /// A file that has this size is renamed to FILE.1, and that to FILE.2 before. Of standard error, the dump ends after
    /// this.
    std::uint64_t most = kMaxSize;
    /// How many of these are kept; 0: the file begins anew.
    std::size_t old_files = 1;
    /// What becomes of what is in the file already.
    enum class Before : std::uint8_t { replaced, kept } before = Before::replaced;
    /// What is written, with the number in the place of {}, where bytes were dropped.
    std::string mark = "({} bytes of this dump were dropped: nobody has read them in time)\n";

    bool operator==(const Rules&) const = default;
  };

  /// Without a path: standard error. Opens nothing.
  RecordOutput(std::string path, Rules rules) : path_(std::move(path)), rules_(std::move(rules)) {}
  explicit RecordOutput(std::string path) : RecordOutput(std::move(path), Rules{}) {}
  ~RecordOutput() { close(); }
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;

  /// Unless it is open. A new file is made, which only its owner can read.
  void open();
  bool is_open() const { return file_ >= 0; }
  /// The file at that path, which may be another one now: it was renamed.
  void open_again();
  /// Nothing happens if it is not open. While the disk is full, it is dropped.
  void write(std::string_view text);

  /// What is wrong, a sentence, once.
  std::optional<std::string> take_problem();

 private:
  void close();
  void fail(int error);
  void refused(int error);
  bool make_room(std::size_t size);
  int rename_all() const;

  std::string path_;
  Rules rules_;
  int file_ = -1;  ///< RecordFile::number
  bool regular_ = false;
  bool over_ = false;
  bool full_told_ = false;
  bool renewed_ = false;  ///< it was renamed by make_room(): what is there now is not kept
  std::uint64_t size_ = 0;
  std::uint64_t dropped_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace serialtcp::io
