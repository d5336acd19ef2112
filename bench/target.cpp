#include "target.h"

#include <poll.h>

#include <array>

#include "echo.h"

namespace serialtcp::bench {

namespace {

constexpr std::size_t kReadSize = 4096;

}  // namespace

short Listener::events() const {
  return POLLIN;
}

void Listener::ready(short) {
  while (true) {
    Socket socket(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.fd() < 0) return;
    set_up(socket.fd());
    accepted_(std::move(socket));
  }
}

short TargetConnection::events() const {
  if (finished_) return 0;
  const bool sending = source_ && !source_->done();
  return static_cast<short>((sending ? POLLOUT : 0) | (kind_ == Kind::bulk && !sink_ ? 0 : POLLIN));
}

void TargetConnection::ready(short events) {
  if ((events & POLLOUT) != 0 && source_) source_->push(fd());
  if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  if (sink_) {
    sink_->pull(fd());
  } else {
    receive();
  }
}

void TargetConnection::receive() {
  std::array<Byte, kReadSize> buffer;
  const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), 0);
  if (count < 0 && try_again(errno)) return;
  if (count <= 0 && kind_ != Kind::bulk) {
    finished_ = true;
    socket_ = {};
    return;
  }
  if (count <= 0) throw Failure("a bulk connection ended at the target");
  const ByteView bytes = ByteView(buffer).first(static_cast<std::size_t>(count));
  kind_ == Kind::echo ? echo(bytes) : classify(bytes);
}

void TargetConnection::classify(ByteView bytes) {
  opening_.insert(opening_.end(), bytes.begin(), bytes.end());
  if (static_cast<char>(opening_.front()) == kEchoByte) {
    kind_ = Kind::echo;
    return echo(opening_);
  }
  if (opening_.size() >= kOpening) become_bulk();
}

void TargetConnection::become_bulk() {
  kind_ = Kind::bulk;
  const auto direction = static_cast<Direction>(opening_[0]);
  const auto flow = static_cast<unsigned>(opening_[1]);
  if (direction != Direction::up && direction != Direction::down && direction != Direction::both)
    throw Failure("the opening of a connection is corrupt");
  if (direction != Direction::up) source_.emplace(payload_, flow);
  if (direction == Direction::down) return;
  sink_ = new_sink_(flow);
  sink_->take(ByteView(opening_).subspan(kOpening));
}

void TargetConnection::echo(ByteView bytes) {
  if (::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    finished_ = true;
}

}  // namespace serialtcp::bench
