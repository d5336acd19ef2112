// PtyDevice: a serial device made of a pty, under a name of the user's choice. It owns the pty's master and a
// symbolic link to its slave, which any program can open as it would open /dev/ttyUSB0. It can be pulled and
// plugged in again. It knows nothing of speeds and cables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "emulator/pty_modes.h"
#include "os/asio.h"
#include "os/path_claim.h"
#include "port/descriptor.h"
#include "port/serial_modes.h"
#include "serialtcp/bytes.h"

namespace serialtcp::io {

enum class Holder : std::uint8_t { nobody, somebody };

class PtyDevice {
 public:
  /// `path` is where the symbolic link will be.
  PtyDevice(asio::io_context& context, std::string path) : path_(std::move(path)), master_(context) {}
  ~PtyDevice() { unplug(); }
  PtyDevice(const PtyDevice&) = delete;
  PtyDevice& operator=(const PtyDevice&) = delete;

  /// Makes the pty, raw and at 115200 baud the first time, as it was left later on. Replaces a link that an
  /// earlier run left behind, and nothing else. The error is a whole sentence.
  std::expected<void, std::string> plug();
  /// Whoever holds the device finds it gone. The link is removed if it still leads here.
  void unplug();

  bool is_plugged() const { return master_.is_open(); }
  const std::string& path() const { return path_; }
  int fd() { return master_.fd(); }

  /// The rest is for a device that is plugged in.
  /// Whether a program has it open now, of which reading and writing say nothing.
  Holder holder();
  /// Call it when the last holder has left: what it had not read is thrown away, so that the next one does
  /// not find it, and an exclusive lock that it forgot is lifted.
  void holder_left();

  /// What its holders have written; 0 if nothing for now.
  std::size_t read(MutableByteView into);
  /// Returns how many of the bytes its holders' queue has taken.
  std::size_t write(ByteView bytes);
  void when_readable(Line::Ready ready) { master_.when_readable(std::move(ready)); }
  void when_writable(Line::Ready ready) { master_.when_writable(std::move(ready)); }
  std::optional<PtyModes> modes() { return read_pty_modes(master_.fd()); }

 private:
  std::expected<void, std::string> free_path() const;
  std::expected<void, std::string> make_pty();
  std::optional<int> open_slave();

  std::string path_;
  std::string slave_name_;
  Descriptor master_;
  PathClaim claim_;
  std::optional<SavedModes> modes_;  // while unplugged: how it was left
};

}  // namespace serialtcp::io
