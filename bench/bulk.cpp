#include "bulk.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace serialtcp::bench {

namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10;
constexpr std::size_t kWriteSize = std::size_t{256} << 10;

}  // namespace

void Source::push(int fd) {
  const ByteView rest = payload_.from(offset_, flow_);
  if (rest.empty()) return;
  const ssize_t count = ::send(fd, rest.data(), std::min(rest.size(), kWriteSize), MSG_NOSIGNAL);
  if (count >= 0) {
    offset_ += static_cast<std::uint64_t>(count);
  } else if (!try_again(errno)) {
    throw Failure(std::string("a bulk connection broke while sending: ") + std::strerror(errno));
  }
}

void Sink::pull(int fd) {
  static std::array<Byte, kReadSize> buffer;
  const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (count > 0) return take(ByteView(buffer).first(static_cast<std::size_t>(count)));
  if (count == 0) throw Failure("flow " + name_ + " ended after " + std::to_string(received_) + " bytes");
  if (!try_again(errno)) throw Failure("flow " + name_ + " broke: " + std::strerror(errno));
}

void Sink::take(ByteView bytes) {
  if (bytes.empty()) return;
  if (!payload_.matches(received_, flow_, bytes)) {
    throw Failure("flow " + name_ + " is corrupt between bytes " + std::to_string(received_) + " and " +
                  std::to_string(received_ + bytes.size()));
  }
  received_ += bytes.size();
  const SteadyTime now = steady_now();
  if (!first_ && now >= window_.begin) {
    first_ = Edge{now, received_};
  } else if (first_ && !last_ && (now >= window_.end || payload_.ends_at(received_))) {
    last_ = Edge{now, received_};
  }
}

void Sink::give_up() {
  if (!first_) first_ = Edge{window_.begin, received_};
  last_ = Edge{steady_now(), received_};
}

BulkClient::BulkClient(std::uint16_t port, Direction direction, unsigned flow, std::optional<Source> source,
                       std::shared_ptr<Sink> sink)
    : socket_(connect_to(port)),
      direction_(direction),
      flow_(flow),
      source_(std::move(source)),
      sink_(std::move(sink)) {}

short BulkClient::events() const {
  const bool sending = !opened_ || (source_ && !source_->done());
  return static_cast<short>((sending ? POLLOUT : 0) | (sink_ ? POLLIN : 0));
}

void BulkClient::ready(short events) {
  if (!opened_) {
    if ((events & (POLLOUT | POLLERR | POLLHUP)) != 0) send_opening();
    return;
  }
  if (source_ && (events & (POLLOUT | POLLERR)) != 0) source_->push(fd());
  if (sink_ && (events & (POLLIN | POLLHUP | POLLERR)) != 0) sink_->pull(fd());
}

void BulkClient::send_opening() {
  const std::array<char, kOpening> opening{static_cast<char>(direction_), static_cast<char>(flow_)};
  if (::send(fd(), opening.data(), opening.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(opening.size()))
    throw Failure(std::string("cannot connect to the near end: ") + std::strerror(errno));
  opened_ = true;
}

}  // namespace serialtcp::bench
