// PtyDevice: a serial device made of a pty, with a name that the user chooses. It owns the master of the pty
// and a symbolic link to its slave, which any program can open like /dev/ttyUSB0. It can be unplugged and
// plugged in again. It does not know what is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/path_claim.h"
#include "port/descriptor_posix.h"
#include "port/serial_modes.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

enum class PtyHolder : std::uint8_t { nobody, somebody };

class PtyDevice {
 public:
  /// `path`: the symbolic link to be made.
  PtyDevice(asio::io_context& context, std::string path)
      : path_(std::move(path)), master_(context), room_alarm_(context) {}
  ~PtyDevice() { unplug(); }
  PtyDevice(const PtyDevice&) = delete;
  PtyDevice& operator=(const PtyDevice&) = delete;

  /// Makes the pty: raw and at 115200 baud the first time, later as it was before. Replaces a link that an
  /// earlier run has left behind, and nothing else. The error is a whole sentence.
  std::expected<void, std::string> plug();
  /// Why the link could not be made there, as far as that can be seen. Changes nothing.
  static std::optional<std::string> problem_at(const std::string& path);
  /// The device disappears for its holders. The link is removed if it still points here.
  void unplug();

  bool is_plugged() const { return master_.is_open(); }
  const std::string& path() const { return path_; }
  /// The slave, by the name that the kernel has given it. Another one after each plug(), also one within holder_left().
  const std::string& slave_name() const { return slave_name_; }
  int fd() { return master_.fd(); }

  /// The other functions are for a device that is plugged in. This one: whether a program has it open now;
  /// reading and writing do not show that.
  PtyHolder holder();
  /// To be called when the last holder has closed it: discards what that has not read, so that the next
  /// holder does not find it, and removes an exclusive lock that it has left.
  void holder_left();

  /// Bytes that its holders have written; 0 if there are none now. In packet mode, the first one is not theirs.
  std::size_t read(MutableByteView into);
  /// Returns how many of the bytes its holders' queue has accepted.
  std::size_t write(ByteView bytes);
  void when_readable(Line::Ready ready) { master_.when_readable(std::move(ready)); }
  /// A second call replaces the first.
  void when_writable(Line::Ready ready);
  void when_urgent(Line::Ready ready) { master_.when_urgent(std::move(ready)); }

 private:
  std::expected<void, std::string> free_path() const;
  std::expected<void, std::string> make_pty();
  std::optional<int> open_slave();
  void look_for_room();
  void room_found();

  std::string path_;
  std::string slave_name_;
  Descriptor master_;
  Alarm room_alarm_;
  Line::Ready writable_;
  bool write_wait_ = false;
  PathClaim claim_;
  std::optional<SavedModes> modes_;  // while unplugged: its modes before
};

}  // namespace serialtcp::io
