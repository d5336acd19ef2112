#include "legacy/code.h"

#include "base/byte_runs.h"

namespace serialtcp::legacy {

namespace {

constexpr Byte kLiteralEscape[] = {kEscape};

}  // namespace

std::optional<int> sync_number(Byte code, Role role) {
  const Byte base = role == Role::server ? code::kServerSync : code::kClientSync;
  const int lowest = role == Role::server ? 0 : 1;
  const int number = code - base;
  if (number < lowest || number > kLastSync) return std::nullopt;
  return number;
}

Byte sync_code(int number, Role role) {
  return static_cast<Byte>((role == Role::server ? code::kServerSync : code::kClientSync) + number);
}

void append_code(Byte code, Bytes& out) {
  out.push_back(kEscape);
  out.push_back(code);
}

Encoded encode(ByteView data, MutableByteView out) {
  Encoded done;
  while (done.taken < data.size()) {
    const Byte byte = data[done.taken];
    const std::size_t size = byte == kEscape ? 2 : 1;
    if (out.size() - done.filled < size) break;
    if (byte == kEscape) out[done.filled++] = kEscape;
    out[done.filled++] = byte;
    ++done.taken;
  }
  return done;
}

std::optional<Decoder::Item> Decoder::next(ByteView& bytes) {
  if (bytes.empty()) return std::nullopt;
  if (escaped_) {
    escaped_ = false;
    const Byte code = bytes[0];
    bytes = bytes.subspan(1);
    if (code == kEscape) return Item{std::nullopt, kLiteralEscape};
    return Item{code, {}};
  }
  const ByteView data = bytes.first(base::run_before(bytes, kEscape));
  bytes = bytes.subspan(data.size());
  if (!data.empty()) return Item{std::nullopt, data};
  bytes = bytes.subspan(1);
  escaped_ = true;
  return next(bytes);
}

}  // namespace serialtcp::legacy
