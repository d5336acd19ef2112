#include "ppp/ipv6cp.h"

#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

constexpr std::size_t kIdSize = 8;

}  // namespace

std::uint64_t Ipv6cpOptions::new_id() {
  // Not one that is made of a hardware address, and so unique in the world (RFC 4291 appendix A).
  constexpr std::uint64_t kUniversal = 0x0200000000000000;
  std::uint64_t id = 0;
  while (id == 0) id = dice_.number() & ~kUniversal;
  return id;
}

void Ipv6cpOptions::reset() {
  if (ours_ == 0) ours_ = new_id();
  if (given_ == 0) given_ = new_id();
  refused_ = false;
}

void Ipv6cpOptions::append_wanted(Bytes& out) const {
  if (!refused_) append_option(ipv6cp_option::kInterfaceId, ours_, kIdSize, out);
}

Judgement Ipv6cpOptions::judge(const Option& option) {
  if (option.type != ipv6cp_option::kInterfaceId || option.value.size() != kIdSize) return {};
  const std::uint64_t wanted = number(option.value);
  if (wanted == 0 || wanted == ours_) return {Judgement::Kind::nak, number_bytes(given_, kIdSize)};
  peers_ = wanted;
  return {Judgement::Kind::accept};
}

void Ipv6cpOptions::append_missing(Bytes& out) {
  if (peers_ == 0) append_option(ipv6cp_option::kInterfaceId, given_, kIdSize, out);
}

void Ipv6cpOptions::naked(const Option& option) {
  if (option.type != ipv6cp_option::kInterfaceId || option.value.size() != kIdSize) return;
  const std::uint64_t wanted = number(option.value);
  ours_ = wanted != 0 ? wanted : new_id();
}

void Ipv6cpOptions::rejected(Byte type) {
  if (type == ipv6cp_option::kInterfaceId) refused_ = true;
}

std::string Ipv6cpOptions::problem() const {
  if (!refused_) return {};
  return "The other end refuses an interface identifier, without which there is no IPv6.";
}

std::string_view Ipv6cpOptions::name(Byte type) const {
  return type == ipv6cp_option::kInterfaceId ? "an interface identifier" : "an unknown option";
}

}  // namespace serialtcp::ppp
