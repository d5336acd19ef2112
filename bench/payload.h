// Payload: the bytes that a bulk flow carries, known at both ends so that each arriving byte can be checked.
// Random bytes repeat only after kRandomSize, farther than any compressor looks back; a text ends after its
// last byte. It knows nothing of sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::bench {

class Payload {
 public:
  /// Endless. Flows with different numbers start at different places of it.
  static Payload random();
  /// The files, one after the other, each once. Throws std::runtime_error.
  static Payload files(const std::vector<std::string>& paths);

  /// The bytes from this place on, as many as lie together; none at the end of a text.
  ByteView from(std::uint64_t offset, unsigned flow) const;
  bool matches(std::uint64_t offset, unsigned flow, ByteView bytes) const;
  bool ends_at(std::uint64_t offset) const;

 private:
  enum class Kind : std::uint8_t { endless, once };

  Payload(Bytes bytes, Kind kind);

  Bytes bytes_;
  Kind kind_;
};

}  // namespace serialtcp::bench
