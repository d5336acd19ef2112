// The prefaces of streams that carry their own destination (docs/protocol.md, section 10).
//
//   forward    flags:1  address     connect to address (flags: 01 an answer is requested)
//   listen     number:2 address     listen at address; always answered
//   forwarded  number:2 address     address has connected to the listener with this number
//   answer              address     first bytes of the other direction: the address that was connected from, or that
//                                   is listened at
//
// Only values and bytes: it does not know streams, and does not execute requests.
#pragma once

#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "wire/address.h"

namespace serialtcp::wire {

/// Whether the opener waits for the answer that the other end has connected.
enum class Answer : std::uint8_t { none, wanted };

struct Forward {
  static constexpr std::size_t kHead = 1;
  Address to;
  Answer answer = Answer::none;
  bool operator==(const Forward&) const = default;
};

struct Listen {
  static constexpr std::size_t kHead = 2;
  std::uint16_t number = 0;  ///< chosen by the opener to distinguish its listeners
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

/// The value of a complete preface with nothing after it; empty if it is malformed.
std::optional<Forward> read_forward(ByteView bytes);
std::optional<Listen> read_listen(ByteView bytes);
std::optional<Forwarded> read_forwarded(ByteView bytes);
std::optional<Address> read_answer(ByteView bytes);

/// Collects a head and the address after it, in whatever pieces they arrive.
class Collected {
 public:
  /// `head`: number of bytes before the address.
  explicit Collected(std::size_t head) : head_(head) {}

  /// How many more bytes are needed at least; 0 if it is complete or malformed. The total is at most the head
  /// and kMaxAddress.
  std::size_t missing() const;
  /// At most missing() bytes (CHECK).
  void add(ByteView piece);

  const Bytes& bytes() const { return bytes_; }

 private:
  std::size_t head_;
  Bytes bytes_ = {};
};

}  // namespace serialtcp::wire
