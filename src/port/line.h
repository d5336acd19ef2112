// Line: carries bytes in both directions: a serial port, a socket that replaces one, a loop. It never blocks,
// and does not know what the bytes mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

enum class LineStatus : std::uint8_t {
  ok,           ///< `count` bytes were moved, at least one
  would_block,  ///< none were moved; wait
  gone,         ///< the device or the other side is not there any more: call close() and open() again
  ended,        ///< the same, but it cannot come back: call close()
};

struct LineResult {
  LineStatus status = LineStatus::ok;
  std::size_t count = 0;
  std::string reason = {};  ///< for `gone`: completes "lost /dev/ttyUSB0: ..."; for `ended`: a sentence
  bool lent = false;        ///< for `gone`: as in OpenError
};

/// How soon a line that went away is opened again: after `first`. The pause doubles, up to `longest`, while the line goes
/// away before it was of use.
struct Reopening {
  Duration first;
  Duration longest;
  Duration trial;  ///< a line that was open for this long was of use
  /// Whether a line on which the peer was heard was of use, too, and others were not.
  enum class Hearing : std::uint8_t { does_not_count, counts } hearing;
};

/// Why a line could not be opened.
struct OpenError {
  enum class Kind : std::uint8_t {
    missing,   ///< it is not there, and may appear: worth waiting for
    passing,   ///< it is there, and cannot be opened now, but perhaps later: worth waiting for
    unusable,  ///< it is there, or cannot be, and the user has to do something first
  };
  Kind kind = Kind::unusable;
  std::string text;  ///< completes "Could not open serial port X: ...", or "X: ..." if it is open
  enum class Of : std::uint8_t { line, other_end } of = Of::line;
  /// It is in order, and has another use until the other end wants it: that is waited for, and is no trouble. The text
  /// completes "X: ...".
  bool lent = false;
};

class LineControls;

class Line {
 public:
  using Opened = std::move_only_function<void(std::expected<void, OpenError>)>;
  using Ready = std::move_only_function<void()>;

  virtual ~Line() = default;

  /// Opens it, for the first time or again after close(). `opened` is called once, perhaps before open()
  /// returns.
  virtual void open(Opened opened) = 0;

  /// Restores the settings and releases the device at once. What the device has not sent yet may be lost.
  /// Handlers from before are not called any more.
  virtual void close() = 0;

  /// Of a line that is being opened: gives up in order, which may take some seconds, and then calls `left`; close() cuts it
  /// short. False if there is nothing to be done before close().
  virtual bool leave(Ready) { return false; }

  virtual LineResult read(MutableByteView into) = 0;
  virtual LineResult write(ByteView bytes) = 0;

  /// Calls back once, when read() (or write()) is worth trying. There may be one wait of each kind at a time.
  virtual void when_readable(Ready ready) = 0;
  virtual void when_writable(Ready ready) = 0;

  /// Bytes that were written and have not left yet, as far as the device knows.
  virtual std::size_t unsent() const = 0;

  /// Another program may have changed the settings of the device. Sets them again, and returns a sentence
  /// about what was found; empty if they are right. It does not affect the traffic, and is cheap.
  virtual std::optional<std::string> restore_settings() { return {}; }

  /// Whether silence may mean that the line is gone without an error, as with TCP connections.
  virtual bool may_be_dead() const { return false; }

  virtual Reopening reopening() const;

  /// Of an open line that is a serial port, its pins and its break; otherwise null. Valid until close().
  virtual LineControls* controls() { return nullptr; }

  /// The speed of an open line, in bits per second, as its device says; 0 if it has none that can be set.
  virtual std::uint32_t speed() const { return 0; }

  /// Whether an open line is a serial port of this machine that has a driver of its own: no pty, nothing in a network. A console
  /// of the kernel does not count: its messages are read at the speed that was configured.
  virtual bool is_hardware() const { return false; }

  /// What an open line is recognised by the next time, wherever it is plugged in; else where it is. A short, printable text.
  virtual std::string adapter() const { return name(); }

  /// The speed that the device has now, as it says, which need not be the one that was asked for; or why there is none: a
  /// phrase, such as "its driver refuses this".
  using SpeedAnswer = std::expected<std::uint32_t, std::string>;
  using SpeedSet = std::move_only_function<void(SpeedAnswer)>;
  /// Sets another speed on the open line. What was written before should have left: what has not is sent at either speed.
  /// Bytes of a UART that the device still knows of are waited for (TCSADRAIN). `done` is called once, perhaps before this
  /// returns, but not after close(). One change at a time (the caller waits for `done`). A line that is opened again has the
  /// speed that was configured.
  virtual void set_speed(std::uint32_t /*baud*/, SpeedSet done) { done(std::unexpected("it has no speed")); }

  /// Of an open line, how it was opened: completes "X opened ...". Empty if there is nothing to say.
  virtual std::string opened_as() const { return {}; }

  /// The name that the user has given.
  virtual const std::string& name() const = 0;
};

inline Reopening Line::reopening() const {
  using namespace std::chrono_literals;
  if (may_be_dead()) return {150ms, 30s, 8s, Reopening::Hearing::counts};
  return {150ms, 2400ms, 1s, Reopening::Hearing::does_not_count};
}

}  // namespace serialtcp::io
