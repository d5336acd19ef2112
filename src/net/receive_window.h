// ReceiveWindow: how much of a connection's input the kernels may hold, fitted to what its stream gets of the line.
//
// Two things pull at it. What a program has written when it closes a socket with unread input is lost, unless it has
// reached our kernel by then: so the first window must hold a whole short answer. But what the kernels take at once,
// the program believes delivered, and then it must wait so long until it may write again that its own timeouts strike
// (nginx: 60 s). The sender's kernel makes that worse: its buffer holds two (CUBIC) or three (BBR) congestion windows,
// and a congestion window that has grown in the first burst never shrinks.
//
//   first -> fitted <-> automatic     first: some seconds of what the stream may expect
//     ^         |                     fitted: kShare of a second of what it gets, once the stream has been full
//     +---------+                     automatic: that is more than kMostFitted; the kernel measures better
//   not full for kRestAfter
#pragma once

#include <cstdint>

#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ReceiveWindow {
 public:
  /// Fitted: one segment at least.
  static constexpr std::size_t kLeast = 1500;
  static constexpr std::size_t kMostFitted = 128 * 1024;
  /// Of a second. It bridges the time until the sender has heard that there is room; the stream has a buffer, too.
  static constexpr double kShare = 0.25;
  /// The first window, asked of the kernel, which makes 1.7 times as much of it: kFirstSeconds of the rate less
  /// kFirstLess bytes, and at least kFirstLeast. Measured on Linux 6.18 with nginx behind 9600 to 115200 baud.
  static constexpr double kFirstSeconds = 5;
  static constexpr double kFirstLess = 2000;
  static constexpr double kFirstLeast = 10000;
  /// Of a stream that has been full and is so slow that a segment takes this long, more than one segment is not read
  /// before the kernel has acknowledged them by its own timer (40 ms).
  static constexpr Duration kSlowSegment = std::chrono::milliseconds(300);
  static constexpr Duration kAcknowledged = std::chrono::milliseconds(60);
  /// How soon it may grow, and shrink to the half; and how long a stream is not full until it is as new.
  static constexpr Duration kGrowAfter = std::chrono::milliseconds(500);
  static constexpr Duration kShrinkAfter = std::chrono::seconds(2);
  static constexpr Duration kRestAfter = std::chrono::seconds(5);

  /// For a TCP socket that is going to connect or to listen, whose connection may expect `rate` bytes per second.
  static void prepare(int fd, std::uint64_t rate);

  /// The socket is connected, and prepared. Other kinds than TCP are left alone.
  void begin(StreamSocket& socket, std::uint64_t rate, Time now);

  /// Is what the socket holds to be left there for kAcknowledged before it is read?
  bool holds(std::size_t unread) const;

  enum class Stream : std::uint8_t { takes_more, is_full };
  /// So many bytes were read from the socket. `line`: bytes per second that the whole line carries: what a stream
  /// takes in a burst is no measure, and a send buffer that has grown for it does not shrink again.
  void read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line, Time now);

  /// What is asked of the kernel; 0: it decides.
  std::size_t size() const { return size_; }

 private:
  void set(StreamSocket& socket, std::size_t size);
  void measure(StreamSocket& socket, double line, Time now);
  void start_over(Time now);
  void delay_acknowledgements(StreamSocket& socket) const;

  bool tcp_ = false;
  std::size_t size_ = 0;
  std::size_t first_ = 0;
  double rate_ = 0;          ///< bytes per second that the stream gets, or may expect
  bool was_full_ = false;    ///< the stream, at some time since_
  Time full_at_ = {};        ///< the last time; it is as new kRestAfter later
  std::uint64_t count_ = 0;  ///< read since_
  Time since_ = {};
};

}  // namespace serialtcp::io
