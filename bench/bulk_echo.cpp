#include "bulk_echo.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace serialtcp::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostAtOnce = std::size_t{64} << 10;
constexpr auto kLookForWindow = 1ms;

}  // namespace

BulkEcho::BulkEcho(std::uint16_t port, std::uint64_t bytes, const Payload& payload, const Window& window,
                   Samples& samples)
    : socket_(connect_to(port)), bytes_(bytes), payload_(payload), window_(window), samples_(samples) {}

bool BulkEcho::may_send() const {
  return !asked_ || (began_ && sent_ < bytes_);
}

short BulkEcho::events() const {
  return static_cast<short>((may_send() ? POLLOUT : 0) | (asked_ ? POLLIN : 0));
}

SteadyTime BulkEcho::due() const {
  return established_ && !began_ ? steady_now() + kLookForWindow : SteadyTime::max();
}

void BulkEcho::tick() {
  if (established_ && !began_ && steady_now() >= window_.begin) began_ = steady_now();
}

void BulkEcho::ready(short events) {
  if ((events & POLLOUT) != 0 && may_send()) send();
  if (asked_ && (events & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
}

void BulkEcho::send() {
  const char ask = kEchoByte;
  const ByteView rest = payload_.from(sent_, kFlow);
  const std::size_t most = std::min<std::uint64_t>({rest.size(), bytes_ - sent_, kMostAtOnce});
  const ssize_t count =
      asked_ ? ::send(fd(), rest.data(), most, MSG_NOSIGNAL) : ::send(fd(), &ask, 1, MSG_NOSIGNAL);
  if (count < 0 && !try_again(errno))
    throw Failure(std::string("the echo of bulk broke: ") + std::strerror(errno));
  if (count < 0) return;
  if (asked_) sent_ += static_cast<std::uint64_t>(count);
  asked_ = true;
}

void BulkEcho::receive() {
  static std::array<Byte, kMostAtOnce> buffer;
  const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), 0);
  if (count < 0 && try_again(errno)) return;
  if (count <= 0) throw Failure("the connection of the echo of bulk ended");
  ByteView bytes(buffer.data(), static_cast<std::size_t>(count));
  if (!established_) {
    established_ = true;
    bytes = bytes.subspan(1);
  }
  if (!bytes.empty() && !payload_.matches(received_, kFlow, bytes))
    throw Failure("the echo of bulk is corrupt");
  received_ += bytes.size();
  if (began_ && received_ == bytes_)
    samples_.push_back(std::chrono::duration<double, std::milli>(steady_now() - *began_).count());
}

}  // namespace serialtcp::bench
