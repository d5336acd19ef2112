// Forwarding: what the streams of the services with numbers begin with (docs/protocol.md, section 10).
//
//   forward    flags:1  address     connect to address                     flags: 01 an answer is wanted
//   listen     number:2 address     listen at address; always answered
//   forwarded  number:2 address     somebody at address has connected to what listens under `number`
//   answer              address     first bytes back: what was connected from, or is listened at
//
// Values and bytes: knows neither streams nor what becomes of a request.
#pragma once

#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "wire/address.h"

namespace serialtcp::wire {

/// Whether the opener waits for the other end to have connected, and to say so.
enum class Answer : std::uint8_t { none, wanted };

struct Forward {
  static constexpr std::size_t kHead = 1;
  Address to;
  Answer answer = Answer::none;
  bool operator==(const Forward&) const = default;
};

struct Listen {
  static constexpr std::size_t kHead = 2;
  std::uint16_t number = 0;  ///< which the asker chooses, to tell its listeners apart
  Address at;                ///< port 0: any free one
  bool operator==(const Listen&) const = default;
};

struct Forwarded {
  static constexpr std::size_t kHead = 2;
  std::uint16_t number = 0;
  Address from;
  bool operator==(const Forwarded&) const = default;
};

// Names in addresses must be host names.

Bytes preface(const Forward& request);
Bytes preface(const Listen& request);
Bytes preface(const Forwarded& connection);
Bytes preface(const Address& answer);

/// The value of a whole preface and nothing behind it; nothing when it is malformed.
std::optional<Forward> read_forward(ByteView bytes);
std::optional<Listen> read_listen(ByteView bytes);
std::optional<Forwarded> read_forwarded(ByteView bytes);
std::optional<Address> read_answer(ByteView bytes);

/// Collects some bytes and an address behind them as they arrive, in whatever pieces.
class Collected {
 public:
  /// `head`: bytes in front of the address.
  explicit Collected(std::size_t head) : head_(head) {}

  /// How many more bytes belong to it for certain; 0: it is whole, or malformed. At most kMaxAddress more
  /// than the head are ever asked for.
  std::size_t missing() const;
  /// At most missing() bytes.
  void add(ByteView piece);

  const Bytes& bytes() const { return bytes_; }

 private:
  std::size_t head_;
  Bytes bytes_ = {};
};

}  // namespace serialtcp::wire
