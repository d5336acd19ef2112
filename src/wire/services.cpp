#include "wire/services.h"

#include "base/check.h"
#include "base/cursor.h"
#include "serialtcp/service.h"

namespace serialtcp::wire {

namespace {

constexpr Byte kWanted = 0x80;
constexpr Byte kDatagramsFlag = 0x40;
constexpr Byte kLengthMask = 0x3F;
// Type, length (of two bytes at most), part, parts.
constexpr std::size_t kHead = 5;
constexpr std::size_t kMaxNames = kMaxServicesChunk - kHead;

void append(const std::string& name, Byte kind, std::vector<Bytes>& parts) {
  CHECK(name.size() <= limits::kMaxServiceName);
  if (parts.empty() || parts.back().size() + 1 + name.size() > kMaxNames) parts.emplace_back();
  parts.back().push_back(static_cast<Byte>(kind | name.size()));
  parts.back().insert(parts.back().end(), name.begin(), name.end());
}

}  // namespace

std::vector<Bytes> write_services(const ServiceNames& services) {
  std::vector<Bytes> parts;
  for (const std::string& name : services.offered) append(name, 0, parts);
  for (const std::string& name : services.wanted) append(name, kWanted, parts);
  for (const std::string& name : services.datagrams_offered) append(name, kDatagramsFlag, parts);
  for (const std::string& name : services.datagrams_wanted) append(name, kDatagramsFlag | kWanted, parts);
  CHECK(parts.size() <= kMaxServicesParts);
  return parts;
}

std::optional<ServiceNames> read_services(ByteView names) {
  ServiceNames services;
  base::Reader in(names);
  while (!in.empty()) {
    const Byte head = in.u8();
    const ByteView bytes = in.take(head & kLengthMask);
    if (!in.good()) return std::nullopt;
    std::string name(bytes.begin(), bytes.end());
    if (!name.empty() && !is_service_name(name)) return std::nullopt;
    const bool wanted = (head & kWanted) != 0;
    if ((head & kDatagramsFlag) != 0) {
      (wanted ? services.datagrams_wanted : services.datagrams_offered).push_back(std::move(name));
    } else {
      (wanted ? services.wanted : services.offered).push_back(std::move(name));
    }
  }
  return services;
}

}  // namespace serialtcp::wire
