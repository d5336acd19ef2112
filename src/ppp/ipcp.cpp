#include "ppp/ipcp.h"

#include <algorithm>

#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

using Kind = Judgement::Kind;

constexpr std::size_t kAddressSize = 4;
constexpr std::size_t kCompressionSize = 4;

Bytes address_value(std::uint32_t address) {
  return number_bytes(address, kAddressSize);
}

}  // namespace

void IpcpOptions::reset() {
  ours_ = config_.ours;
  dns_ = {};
  asks_dns_ = {config_.asks_dns, config_.asks_dns};
  receives_ = {config_.vj, kLastSlot, true};
  address_refused_ = false;
  offered_ = insisted_ = 0;
  peer_insists_ = 0;
}

void IpcpOptions::append_wanted(Bytes& out) const {
  if (receives_.used) {
    Bytes value = number_bytes(protocol::kVjCompressed, 2);
    value.push_back(receives_.last_slot);
    value.push_back(receives_.omits_slot ? 1 : 0);
    append_option(ipcp_option::kCompression, value, out);
  }
  if (!address_refused_) append_option(ipcp_option::kAddress, ours_, kAddressSize, out);
  if (asks_dns_[0]) append_option(ipcp_option::kDns, dns_[0], kAddressSize, out);
  if (asks_dns_[1]) append_option(ipcp_option::kSecondDns, dns_[1], kAddressSize, out);
}

void IpcpOptions::begin_peer() {
  peers_ = 0;
  sends_ = {};
  address_said_ = false;
}

Judgement IpcpOptions::judge(const Option& option) {
  switch (option.type) {
    case ipcp_option::kCompression:
      return judge_compression(option.value);
    case ipcp_option::kAddress:
      address_said_ = true;
      return judge_address(option.value);
    case ipcp_option::kDns:
      return judge_dns(option.value, config_.dns[0]);
    case ipcp_option::kSecondDns:
      return judge_dns(option.value, config_.dns[1] != 0 ? config_.dns[1] : config_.dns[0]);
    default:
      return {Kind::reject};
  }
}

Judgement IpcpOptions::judge_address(ByteView value) {
  if (value.size() != kAddressSize) return {Kind::reject};
  const auto wanted = static_cast<std::uint32_t>(number(value));
  const std::uint32_t given = config_.peers;
  if (wanted == 0 || (given == 0 && wanted == ours_)) {
    return {Kind::nak, address_value(given != 0 ? given : spare())};
  }
  if (given != 0 && wanted != given) {
    insisted_ = wanted;
    ++peer_insists_;
    const bool may_have_it = config_.yields && peer_insists_ > kInsists && wanted != ours_;
    if (!may_have_it) return {Kind::nak, address_value(given)};
  }
  peers_ = wanted;
  return {Kind::accept};
}

std::uint32_t IpcpOptions::spare() {
  // Another one each time: two ends that ask each other would never stop giving the same.
  const auto address = static_cast<std::uint32_t>(kSpares + 1 + dice_.number() % 253U);
  return address != ours_ ? address : address + 1;
}

Judgement IpcpOptions::judge_dns(ByteView value, std::uint32_t given) const {
  if (value.size() != kAddressSize || given == 0) return {Kind::reject};
  if (number(value) != given) return {Kind::nak, address_value(given)};
  return {Kind::accept};
}

Judgement IpcpOptions::judge_compression(ByteView value) {
  if (!config_.vj || value.size() < 2) return {Kind::reject};
  if (value.size() != kCompressionSize || number(value.first(2)) != protocol::kVjCompressed) {
    Bytes wanted = number_bytes(protocol::kVjCompressed, 2);
    wanted.insert(wanted.end(), {kLastSlot, 1});
    return {Kind::nak, wanted};
  }
  sends_ = {true, value[2], value[3] != 0};
  return {Kind::accept};
}

void IpcpOptions::append_missing(Bytes& out) {
  if (!address_said_ && config_.peers != 0)
    append_option(ipcp_option::kAddress, config_.peers, kAddressSize, out);
}

void IpcpOptions::naked(const Option& option) {
  if (option.value.size() != kAddressSize) return;
  const auto value = static_cast<std::uint32_t>(number(option.value));
  switch (option.type) {
    case ipcp_option::kAddress:
      if (config_.ours == 0) {
        ours_ = value;
      } else {
        offered_ = value;
      }
      return;
    case ipcp_option::kDns:
      dns_[0] = value;
      return;
    case ipcp_option::kSecondDns:
      dns_[1] = value;
      return;
    case ipcp_option::kCompression:
      if (number(option.value.first(2)) != protocol::kVjCompressed) return rejected(option.type);
      receives_ = {receives_.used, std::min(option.value[2], kLastSlot),
                   receives_.omits_slot && option.value[3] != 0};
      return;
    default:
      return;
  }
}

void IpcpOptions::rejected(Byte type) {
  switch (type) {
    case ipcp_option::kCompression:
      receives_ = {};
      return;
    case ipcp_option::kAddress:
      address_refused_ = true;
      return;
    case ipcp_option::kDns:
      asks_dns_[0] = false;
      dns_[0] = 0;
      return;
    case ipcp_option::kSecondDns:
      asks_dns_[1] = false;
      dns_[1] = 0;
      return;
    default:
      return;
  }
}

std::string IpcpOptions::problem() const {
  if (!address_refused_) return {};
  if (offered_ != 0) return dispute();
  if (ours_ != 0) return {};
  return "The other end gives no IP address, and this end has none: give it one.";
}

std::string IpcpOptions::dispute() const {
  if (both_give())
    return "Both ends give IP addresses, and they disagree: let one of them ask for its address.";
  if (insisted_ != 0) {
    return "The other end insists on the IP address " + address_text(insisted_) + ", and this end gives it " +
           address_text(config_.peers) + ": let it ask for its address, or give it that one.";
  }
  if (offered_ == 0) return {};
  return "The other end does not accept that this end has the IP address " + address_text(ours_) +
         " and gives it " + address_text(offered_) + ": let this end ask for its address.";
}

std::string_view IpcpOptions::name(Byte type) const {
  switch (type) {
    case ipcp_option::kCompression:
      return "header compression";
    case ipcp_option::kAddress:
      return "an IP address";
    case ipcp_option::kDns:
    case ipcp_option::kSecondDns:
      return "a name server";
    default:
      return "an unknown option";
  }
}

}  // namespace serialtcp::ppp
