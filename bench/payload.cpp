#include "payload.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/prng.h"

namespace serialtcp::bench {

namespace {

constexpr std::size_t kRandomSize = std::size_t{16} << 20;
constexpr std::uint64_t kBetweenFlows = 1'000'003;
constexpr std::uint64_t kSeed = 20240501;

}  // namespace

Payload::Payload(Bytes bytes, Kind kind) : bytes_(std::move(bytes)), kind_(kind) {}

Payload Payload::random() {
  base::Prng prng(kSeed);
  Bytes bytes(kRandomSize);
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t word = prng.next();
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  return {std::move(bytes), Kind::endless};
}

Payload Payload::files(const std::vector<std::string>& paths) {
  Bytes bytes;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path + ": give files that can be read");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto* begin = reinterpret_cast<const Byte*>(text.data());
    bytes.insert(bytes.end(), begin, begin + text.size());
  }
  return {std::move(bytes), Kind::once};
}

ByteView Payload::from(std::uint64_t offset, unsigned flow) const {
  if (kind_ == Kind::once) {
    return ByteView(bytes_).subspan(std::min<std::size_t>(offset, bytes_.size()));
  }
  return ByteView(bytes_).subspan((offset + flow * kBetweenFlows) % bytes_.size());
}

bool Payload::matches(std::uint64_t offset, unsigned flow, ByteView bytes) const {
  while (!bytes.empty()) {
    const ByteView expected = from(offset, flow);
    const std::size_t count = std::min(expected.size(), bytes.size());
    if (count == 0 || std::memcmp(expected.data(), bytes.data(), count) != 0) return false;
    offset += count;
    bytes = bytes.subspan(count);
  }
  return true;
}

bool Payload::ends_at(std::uint64_t offset) const {
  return kind_ == Kind::once && offset == bytes_.size();
}

}  // namespace serialtcp::bench
