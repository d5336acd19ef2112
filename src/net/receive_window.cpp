#include "net/receive_window.h"

#include <algorithm>

#include "net/window_options.h"

namespace serialtcp::io {

namespace {

/// As long as segments are on Ethernet (net/window_options).
constexpr std::size_t kSegment = 1380;

ReceiveWindow::Sender sender_at(SocketHandle handle) {
  return may_send_by_bbr(handle) ? ReceiveWindow::Sender::maybe_bbr : ReceiveWindow::Sender::other;
}

std::size_t first_window(double rate, ReceiveWindow::Sender sender) {
  using Window = ReceiveWindow;
  const double usual = rate * Window::kFirstSeconds - Window::kFirstLess;
  const double slow = rate * Window::kFirstSecondsBbr - Window::kFirstLessBbr;
  return static_cast<std::size_t>(
      std::max(sender == Window::Sender::maybe_bbr ? std::min(usual, slow) : usual, Window::kFirstLeast));
}

/// Whether a segment takes this long.
bool is_slow(double rate, Duration segment) {
  return static_cast<double>(kSegment) / std::max(rate, 1.0) > to_seconds(segment);
}

}  // namespace

void ReceiveWindow::prepare(SocketHandle handle, std::uint64_t rate) {
  prepare_window(handle, std::min(first_window(static_cast<double>(rate), sender_at(handle)), kMostFitted));
}

void ReceiveWindow::begin(StreamSocket& socket, std::uint64_t rate, Time now) {
  tcp_ = is_tcp(socket.native_handle());
  since_ = now;
  rate_ = static_cast<double>(rate);
  if (tcp_) sender_ = sender_at(socket.native_handle());
  first_ = first_window(rate_, sender_);
  if (!tcp_) return;
  set(socket, first_);
  delay_acknowledgements(socket);
}

bool ReceiveWindow::is_careful() const {
  return sender_ == Sender::maybe_bbr && size_ != 0 && is_slow(rate_, kSlowSegmentBbr);
}

/// Quick acknowledgements make a sender with BBR believe that the line is as fast as the network.
void ReceiveWindow::delay_acknowledgements(StreamSocket& socket) const {
  if (is_careful() || (was_full_ && size_ != 0)) io::delay_acknowledgements(socket.native_handle());
}

bool ReceiveWindow::holds(std::size_t unread) const {
  if (size_ == 0 || unread <= kSegment) return false;
  return is_careful() || (was_full_ && is_slow(rate_, kSlowSegment));
}

/// There must be space for what may be in flight, but for no more.
void ReceiveWindow::before_hold(StreamSocket& socket) {
  delay_acknowledgements(socket);
  if (!is_careful() || size_ != first_) return;
  set_receive_buffer(socket.native_handle(), first_ * 3 / 5);
}

std::size_t ReceiveWindow::before_read(StreamSocket& socket) const {
  delay_acknowledgements(socket);
  return is_careful() ? kSegment : SIZE_MAX;
}

void ReceiveWindow::set(StreamSocket& socket, std::size_t size) {
  if (size > kMostFitted) {
    size_ = 0;
    return free_window(socket.native_handle());
  }
  size_ = std::max(size, kLeast);
  // When the first bytes arrive, the kernel finds that its buffer holds more of them than it had assumed. A window that
  // has become larger would be told at once.
  const std::size_t buffer = is_careful() && size_ == first_ ? size_ * 3 / 5 + 2000 : size_;
  fix_window(socket.native_handle(), size_, buffer);
}

void ReceiveWindow::read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line,
                         Time now) {
  if (!tcp_) return;
  read_at_ = now;
  count_ += count;
  if (stream == Stream::is_full) {
    // What it accepted before is not a measure of the line.
    if (now - full_at_ >= kRestAfter || !was_full_) start_over(now);
    was_full_ = true;
    full_at_ = now;
  }
  delay_acknowledgements(socket);
  // More than a short answer is on its way: no second burst.
  if (is_careful() && count == kSegment && size_ == first_) set(socket, kLeast);
  if (was_full_) {
    if (now - full_at_ < kRestAfter) return measure(socket, static_cast<double>(line), now);
    was_full_ = false;
    if (size_ != 0 && size_ < first_) set(socket, first_);
  }
}

void ReceiveWindow::start_over(Time now) {
  count_ = 0;
  since_ = now;
}

void ReceiveWindow::measure(StreamSocket& socket, double line, Time now) {
  const Duration elapsed = now - since_;
  if (elapsed < kGrowAfter) return;
  rate_ = std::min(static_cast<double>(count_) / to_seconds(elapsed), line);
  const auto wanted = static_cast<std::size_t>(rate_ * kShare);
  const std::size_t current = size_ == 0 ? 2 * kMostFitted : size_;
  const bool grows = size_ != 0 && wanted > current + current / 4;
  if (!grows && elapsed < kShrinkAfter) return;
  start_over(now);
  // There must be space for what the peer is already permitted to send, so it is reduced at most to half.
  if (grows || wanted < current / 2) set(socket, std::max(wanted, current / 2));
}

}  // namespace serialtcp::io
