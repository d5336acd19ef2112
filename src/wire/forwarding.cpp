// Each preface is its own head and an address.
#include "wire/forwarding.h"

#include <array>
#include <utility>

#include "base/check.h"

namespace serialtcp::wire {

namespace {

constexpr std::uint64_t kAnswerWanted = 0x01;

/// The head is a little-endian number of `size` bytes.
Bytes write(std::uint64_t head, std::size_t size, const Address& address) {
  std::array<Byte, kMaxAddress + 2> buffer;
  base::Writer out(buffer);
  out.little(head, size);
  write_address(address, out);
  return {out.written().begin(), out.written().end()};
}

struct Read {
  std::uint64_t head = 0;
  Address address;
};

std::optional<Read> read(ByteView bytes, std::size_t head_size) {
  base::Reader in(bytes);
  const std::uint64_t head = in.little(head_size);
  auto address = read_address(in);
  if (!address || !in.empty()) return std::nullopt;
  return Read{head, std::move(*address)};
}

}  // namespace

Bytes preface(const Forward& request) {
  return write(request.answer == Answer::wanted ? kAnswerWanted : 0, Forward::kHead, request.to);
}

Bytes preface(const Listen& request) {
  return write(request.number, Listen::kHead, request.at);
}

Bytes preface(const Forwarded& connection) {
  return write(connection.number, Forwarded::kHead, connection.from);
}

Bytes preface(const Address& answer) {
  return write(0, 0, answer);
}

std::optional<Forward> read_forward(ByteView bytes) {
  auto found = read(bytes, Forward::kHead);
  if (!found) return std::nullopt;
  return Forward{std::move(found->address),
                 (found->head & kAnswerWanted) != 0 ? Answer::wanted : Answer::none};
}

std::optional<Listen> read_listen(ByteView bytes) {
  auto found = read(bytes, Listen::kHead);
  if (!found) return std::nullopt;
  return Listen{static_cast<std::uint16_t>(found->head), std::move(found->address)};
}

std::optional<Forwarded> read_forwarded(ByteView bytes) {
  auto found = read(bytes, Forwarded::kHead);
  if (!found) return std::nullopt;
  return Forwarded{static_cast<std::uint16_t>(found->head), std::move(found->address)};
}

std::optional<Address> read_answer(ByteView bytes) {
  auto found = read(bytes, 0);
  if (!found) return std::nullopt;
  return std::move(found->address);
}

std::size_t Collected::missing() const {
  if (bytes_.size() < head_) return head_ - bytes_.size() + 1;
  return missing_of_address(ByteView(bytes_).subspan(head_));
}

void Collected::add(ByteView piece) {
  CHECK(piece.size() <= missing());
  bytes_.insert(bytes_.end(), piece.begin(), piece.end());
}

}  // namespace serialtcp::wire
