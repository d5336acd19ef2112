// ReceiveWindow: how much input of a connection the kernels may hold, fitted to the rate of its stream on the
// line.
//
// There are two opposite requirements. What a program has written when it closes a socket with unread input
// is lost, unless it has reached our kernel by then, so the first window must hold a whole short answer. But
// a program believes delivered what the kernels accept at once, and then has to wait so long until it may
// write again that it times out (nginx: 60 s). The sender's kernel makes this worse: its buffer holds two
// (CUBIC) or three (BBR) congestion windows, and a congestion window that has grown in the first burst never
// shrinks.
//
//   first -> fitted <-> automatic     first: some seconds of the expected rate
//     ^         |                     fitted: kShare of a second of the actual rate, once the stream has been full
//     +---------+                     automatic: that is more than kMostFitted; the kernel measures better
//   not full for kRestAfter
#pragma once

#include <cstdint>

#include "net/socket_handle.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ReceiveWindow {
 public:
  /// The smallest fitted window: one segment, and not a byte more, since a sender with TCP_NODELAY would use it. Windows
  /// are multiples of 16.
  static constexpr std::size_t kLeast = 1376;
  static constexpr std::size_t kMostFitted = 128 * 1024;
  /// In seconds. It bridges the time until the sender knows that there is space; the stream has a buffer,
  /// too.
  static constexpr double kShare = 0.25;
  /// The first window that is requested from the kernel, which makes 1.7 times as much of it: kFirstSeconds
  /// of the rate minus kFirstLess bytes, for slow streams and BBR less (the same with kFirstSecondsBbr and kFirstLessBbr),
  /// and at least kFirstLeast. Measured on Linux 6.18 with nginx at 9600 to 115200 baud.
  static constexpr double kFirstSeconds = 5;
  static constexpr double kFirstLess = 2000;
  static constexpr double kFirstSecondsBbr = 6.1;
  static constexpr double kFirstLessBbr = 14'672;
  static constexpr double kFirstLeast = 10000;
  /// If a stream has been full and is so slow that a segment takes this long, more than one segment is read
  /// only after the kernel has acknowledged them by its own timer (40 ms). With BBR also on faster streams, and from the
  /// beginning.
  static constexpr Duration kSlowSegment = std::chrono::milliseconds(300);
  static constexpr Duration kSlowSegmentBbr = std::chrono::milliseconds(125);
  static constexpr Duration kAcknowledged = std::chrono::milliseconds(60);
  /// How soon it may grow, and shrink to half; and how long a stream must not be full to start again like a
  /// new one.
  static constexpr Duration kGrowAfter = std::chrono::milliseconds(500);
  static constexpr Duration kShrinkAfter = std::chrono::seconds(2);
  static constexpr Duration kRestAfter = std::chrono::seconds(5);

  /// What the kernel of the sender uses.
  enum class Sender : std::uint8_t { other, maybe_bbr };

  /// For a TCP socket that is going to connect or to listen, and whose connections may expect `rate` bytes
  /// per second.
  static void prepare(SocketHandle handle, std::uint64_t rate);

  /// The socket is connected, and was prepared. No effect for sockets that are not TCP.
  void begin(StreamSocket& socket, std::uint64_t rate, Time now);

  /// Whether `unread` bytes should stay in the socket for kAcknowledged before they are read.
  bool holds(std::size_t unread) const;
  /// Whether the socket was read just now, and what arrives because of that should stay in it for a while.
  bool too_soon(Time now) const { return was_full_ && is_careful() && now - read_at_ < kAcknowledged; }
  /// To be called when input stays in the socket.
  void before_hold(StreamSocket& socket);

  /// To be called before the socket is read: what arrives because of that is not acknowledged at once. Returns how much
  /// may be read.
  std::size_t before_read(StreamSocket& socket) const;

  enum class Stream : std::uint8_t { takes_more, is_full };
  /// This many bytes were read from the socket. `line`: bytes per second of the whole line. What a stream
  /// accepts in a burst is not a measure of its rate, and a send buffer that has grown for it does not
  /// shrink.
  void read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line, Time now);

  /// The window that is requested from the kernel; 0: the kernel decides.
  std::size_t size() const { return size_; }

 private:
  void set(StreamSocket& socket, std::size_t size);
  void measure(StreamSocket& socket, double line, Time now);
  void start_over(Time now);
  bool is_careful() const;
  void delay_acknowledgements(StreamSocket& socket) const;

  bool tcp_ = false;
  Sender sender_ = Sender::other;
  std::size_t size_ = 0;
  std::size_t first_ = 0;
  double rate_ = 0;          ///< bytes per second of the stream, measured or expected
  bool was_full_ = false;    ///< the stream, at any time since since_
  Time full_at_ = {};        ///< the last time; kRestAfter later it starts again
  Time read_at_ = {};        ///< the last time
  std::uint64_t count_ = 0;  ///< bytes read since since_
  Time since_ = {};
};

}  // namespace serialtcp::io
