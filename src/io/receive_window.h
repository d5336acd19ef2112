// ReceiveWindow: how much of a connection's input the kernels may hold, fitted to what its stream gets of the line.
// What they take at once, the program that sent it believes delivered; then it waits for so long until it may send
// again that its own time-outs strike. The window and its own kernel's send buffer follow ours.
//
//   fitted <-> automatic      fitted: kShare of a second of what the stream gets, at least kLeast
//                             automatic: that is more than kMostFitted; the kernel measures better
#pragma once

#include <cstdint>

#include "io/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ReceiveWindow {
 public:
  /// One segment. With two, BBR takes the line for a fast one, and its send buffer grows.
  static constexpr std::size_t kLeast = 1500;
  static constexpr std::size_t kMostFitted = 128 * 1024;
  /// Of a second. It bridges the time until the sender has heard that there is room; the stream has a buffer, too.
  static constexpr double kShare = 0.25;
  /// A full stream's socket is read a little at a time, as often as this, and so much faster than needed. In larger
  /// pieces, the window would open at once and the sender fill it at once, which BBR takes for a fast line.
  static constexpr Duration kPause = std::chrono::milliseconds(50);
  static constexpr double kHaste = 1.5;
  /// How soon it may grow, and shrink to the half.
  static constexpr Duration kGrowAfter = std::chrono::milliseconds(500);
  static constexpr Duration kShrinkAfter = std::chrono::seconds(2);

  /// For a TCP socket that is going to connect or to listen: the first window is small, but can grow.
  static void prepare(int fd);

  /// The socket is connected. `rate`: bytes per second that the stream may expect. Other kinds than TCP are left
  /// alone.
  void begin(StreamSocket& socket, std::uint64_t rate, Time now);

  enum class Stream : std::uint8_t { takes_more, is_full };
  /// So many bytes were read from the socket. `line`: bytes per second that the whole line carries: what a stream
  /// takes in a burst is no measure, and a send buffer that has grown for it does not shrink again.
  void read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line, Time now);

  /// The most to read at once, and how long to wait after that; no bounds while the stream has never been full or
  /// the kernel decides.
  std::size_t most() const { return paced() ? most_ : SIZE_MAX; }
  bool paced() const { return was_full_ && size_ != 0; }

  /// What is asked of the kernel; 0: it decides.
  std::size_t size() const { return size_; }

 private:
  void set(StreamSocket& socket, std::size_t size);
  void pace(double rate);

  bool tcp_ = false;
  std::size_t size_ = 0;
  bool was_full_ = false;  ///< the stream; what it takes before is no measure of the line
  std::size_t most_ = SIZE_MAX;
  std::uint64_t count_ = 0;  ///< read since_
  Time since_ = {};
};

}  // namespace serialtcp::io
