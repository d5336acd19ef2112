// ServedTerminal: a pty that programs of this machine open like a serial port, and what they do with it: when they open
// and close it, the bytes, and the settings that they choose. It does not know what is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/descriptor_posix.h"
#include "port/pty_device.h"
#include "port/serial_settings.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ServedTerminal {
 public:
  /// Bytes that one read() returns at most.
  static constexpr std::size_t kChunk = 4096;
  /// Whether somebody has opened it is looked at in this interval, where the kernel cannot say it.
  static constexpr Duration kLook = std::chrono::milliseconds(100);

  /// What happens at the other side. Called from the loop, never from within a function of ServedTerminal; may call all of
  /// them, and may destroy it.
  class User {
   public:
    virtual ~User() = default;
    /// A program has opened it; while it has, others may, too, without a further call.
    virtual void terminal_opened() = 0;
    /// The last program has closed it, and all that it had written was read.
    virtual void terminal_closed() = 0;
    /// A program has chosen other settings than were known. Those before bytes that read() has not returned yet, also
    /// if some of these were written earlier.
    virtual void terminal_set(const SerialSettings& settings) = 0;
    /// A program has dropped what it has not read yet (tcflush, TCIFLUSH).
    virtual void terminal_dropped() = 0;
  };

  /// `path`: the symbolic link to be made. `settings` are those that it shows to begin with. Of these, the kernel keeps
  /// neither data bits nor even parity for a pty: as long as a program chooses no other parity (odd, mark, space), both
  /// are reported as they are here. Pins and RS-485 are none of its settings. `user` outlives it.
  ServedTerminal(asio::io_context& context, std::string path, const SerialSettings& settings, User& user);
  ~ServedTerminal() { stop(); }
  ServedTerminal(const ServedTerminal&) = delete;
  ServedTerminal& operator=(const ServedTerminal&) = delete;

  /// Makes the pty and the link, in the place of one that an earlier run has left behind, and of nothing else. The error is
  /// a whole sentence.
  std::expected<void, std::string> start();
  /// For programs that have it open, it disappears. The link is removed. start() may follow.
  void stop();

  const std::string& path() const { return device_.path(); }
  /// Whether a program has it open, or something is left of what the last one has written.
  bool is_open() const { return state_ != State::closed; }
  /// As they were reported last.
  const SerialSettings& settings() const { return settings_; }

  /// The port that it stands for has these now: programs find them in the pty, too. Not reported.
  void show(const SerialSettings& settings);

  /// Bytes that programs have written; 0 if there are none now. At most kChunk.
  std::size_t read(MutableByteView into);
  /// Returns how many of the bytes were accepted; 0 while no program has it open, and while a program does not read (the
  /// kernel holds some 4 kB for it, and 64 kB more).
  std::size_t write(ByteView bytes);
  /// Calls `ready` once; while no program has it open, later. A second call replaces the first.
  void when_readable(Line::Ready ready);
  void when_writable(Line::Ready ready);

 private:
  enum class State : std::uint8_t {
    closed,
    open,
    left,  ///< nobody has it open any more, and something may be left to be read
  };

  void set_up();
  void watch_openings();
  void openings_changed();
  void look();
  void look_again();
  void opened();
  void left();
  void closed();
  void wait_for_news();
  void news();
  void take_news();
  void take_status(Byte status);
  void tell_status();
  void look_at_settings();
  void arm();
  SerialSettings read_settings();

  asio::io_context& context_;
  PtyDevice device_;
  Descriptor openings_;  ///< inotify(7)
  SerialSettings initial_;
  SerialSettings settings_;
  User& user_;
  State state_ = State::closed;
  std::string watched_;   ///< the slave that openings_ watches
  bool packets_ = false;  ///< read() finds a byte of status before the data
  Byte status_ = 0;       ///< of packets that were read and not told yet
  bool ending_ = false;   ///< closed() is on its way
  bool news_wait_ = false;
  bool read_wait_ = false;
  bool write_wait_ = false;
  Line::Ready readable_;
  Line::Ready writable_;
  Bytes packet_;
  Alarm look_alarm_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
