#include "copy/record.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os/error_text.h"

namespace serialtcp::io::copy {

namespace {

constexpr std::size_t kHead = 5;
constexpr std::size_t kRecordsAtOnce = 64 * 1024;
/// Small records are collected up to this.
constexpr std::size_t kWorthWriting = 16 * 1024;
/// What an end that only listens may say meanwhile: more is a violation.
constexpr std::size_t kMostWaiting = 4 * 1024 * 1024;

}  // namespace

Payload& Payload::number(std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) bytes_.push_back(static_cast<Byte>(value >> (8 * i)));
  return *this;
}

Payload& Payload::text(std::string_view text) {
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  return *this;
}

Payload& Payload::raw(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Peer::Peer(int input, int output) : input_(input), output_(output) {
  for (const int fd : {input, output}) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void Peer::send(Type type, ByteView payload) {
  if (payload.size() > kMostPayload) throw Broken{"a name is too long"};
  out_.push_back(static_cast<Byte>(type));
  for (std::size_t i = 0; i < 4; ++i) out_.push_back(static_cast<Byte>(payload.size() >> (8 * i)));
  out_.insert(out_.end(), payload.begin(), payload.end());
  if (out_.size() >= kWorthWriting) exchange(true);
}

void Peer::send(Type type, std::string_view text) {
  text = text.substr(0, kMostPayload);
  send(type, ByteView(reinterpret_cast<const Byte*>(text.data()), text.size()));
}

void Peer::flush() {
  exchange(true);
}

Record Peer::receive() {
  exchange(true);
  for (;;) {
    if (auto record = take()) return std::move(*record);
    if (ended_) throw Broken{"the other end has ended"};
    exchange(false);
  }
}

std::optional<Record> Peer::receive_now() {
  pollfd ready{input_, POLLIN, 0};
  if (!ended_ && ::poll(&ready, 1, 0) > 0) read_some();
  return take();
}

/// Writes all, or waits for something to read; and reads meanwhile.
void Peer::exchange(bool write_all) {
  while (write_all ? !out_.empty() : true) {
    std::array<pollfd, 2> ready{pollfd{ended_ ? -1 : input_, POLLIN, 0},
                                pollfd{out_.empty() ? -1 : output_, POLLOUT, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) {
      const ssize_t count = ::write(output_, out_.data(), out_.size());
      if (count > 0) out_.erase(out_.begin(), out_.begin() + count);
      if (count < 0 && errno != EAGAIN && errno != EINTR) throw Broken{"the other end has ended"};
    }
    if (ready[0].revents != 0) {
      read_some();
      if (!write_all) return;
    }
    if (ended_) {
      if (write_all && !out_.empty()) throw Broken{"the other end has ended"};
      return;
    }
  }
}

void Peer::read_some() {
  std::array<Byte, kRecordsAtOnce> buffer;
  const ssize_t count = ::read(input_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    ended_ = true;
    return;
  }
  in_.insert(in_.end(), buffer.begin(), buffer.begin() + count);
  if (in_.size() > kMostWaiting) throw Broken{"the other end says more than it may"};
}

std::optional<Record> Peer::take() {
  if (in_.size() < kHead) return std::nullopt;
  base::Reader head{ByteView(in_)};
  const auto type = static_cast<Type>(head.u8());
  const auto length = static_cast<std::size_t>(head.little(4));
  if (length > kMostPayload) throw Broken{"what the other end says makes no sense"};
  if (head.size() < length) return std::nullopt;
  const ByteView payload = head.take(length);
  Record record{type, Bytes(payload.begin(), payload.end())};
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(kHead + length));
  return record;
}

}  // namespace serialtcp::io::copy
