// CaptureFile: a file with the bytes that a serial port delivers, as they are, or with the time before each line. It
// never waits for a reader, and never fails: what cannot be written (a full disk) is left out, and a mark in the file says
// how much. Its size is bounded if the user wants that.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "os/line_stamps.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

class CaptureFile {
 public:
  enum class Stamps : std::uint8_t { no, yes };

  struct Settings {
    std::string path = {};
    /// A file that has this size is renamed to PATH.1 in the place of an older one, PATH.1 to PATH.2 and so on, and a new
    /// one is begun. 0: never.
    std::uint64_t most = 0;
    /// How many of the renamed ones are kept.
    unsigned kept = 1;
    Stamps stamps = Stamps::no;

    bool operator==(const Settings&) const = default;
  };

  explicit CaptureFile(Settings settings) : settings_(std::move(settings)) {}
  ~CaptureFile() { close(); }
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  /// Appends to the file from now on; a new one can be read by its owner only. Otherwise why not: completes "could not
  /// write PATH: ...".
  std::optional<std::string> open();
  void close();
  /// After somebody has renamed it (logrotate): what follows goes to a file of this name. If it cannot be opened, the old
  /// one is kept.
  std::optional<std::string> open_again();
  bool is_open() const { return fd_ >= 0; }
  const std::string& path() const { return settings_.path; }
  /// While it is not open.
  void set_path(std::string path) { settings_.path = std::move(path); }

  /// Nothing happens if it is not open.
  void write(ByteView bytes);
  void set_stamps(Stamps stamps) { settings_.stamps = stamps; }

  /// Why bytes are missing, once for each time that this begins: completes "could not write PATH: ...".
  std::optional<std::string> take_problem();

 private:
  int open_file(const std::string& path);
  void put(ByteView bytes, std::size_t content);
  bool put_mark();
  void rotate();
  void lose(std::size_t count, int error);

  Settings settings_;
  int fd_ = -1;
  bool regular_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t lost_ = 0;  ///< bytes that the file does not say yet are missing
  std::optional<std::string> problem_;
  LineStamps lines_;
  Bytes scratch_;
};

}  // namespace serialtcp::io
