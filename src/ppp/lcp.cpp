#include "ppp/lcp.h"

#include <algorithm>
#include <array>

#include "ppp/fcs.h"
#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

using Kind = Judgement::Kind;

constexpr std::size_t kNumberSize = 4;
constexpr std::size_t kMruSize = 2;
constexpr std::uint16_t kKinMark = 0x5354;

/// The value of the authentication option.
Bytes proof_value(Proof proof) {
  if (proof == Proof::pap) return number_bytes(protocol::kPap, 2);
  Bytes value = number_bytes(protocol::kChap, 2);
  value.push_back(kChapMd5);
  return value;
}

Judgement accept_if(bool good) {
  return {good ? Kind::accept : Kind::reject};
}

std::uint16_t kin_mark(std::uint32_t magic) {
  const std::array<Byte, 2> upper{static_cast<Byte>(magic >> 24U), static_cast<Byte>(magic >> 16U)};
  return fcs16(kKinMark, upper);
}

}  // namespace

bool LcpOptions::is_kin(std::uint32_t magic) {
  return magic != 0 && (magic & 0xFFFFU) == kin_mark(magic);
}

std::uint32_t LcpOptions::new_magic() {
  std::uint32_t magic = 0;
  while ((magic >> 16U) == 0) magic = static_cast<std::uint32_t>(dice_.number());
  return (magic & 0xFFFF0000U) | kin_mark(magic);
}

void LcpOptions::reset() {
  ours_ = {std::min(config_.mru, limits::kDefaultMru),
           config_.map,
           new_magic(),
           config_.short_headers,
           config_.short_headers,
           config_.accepts.empty() ? Proof::none : Proof::chap};
  mru_refused_ = map_refused_ = false;
  demands_ = 0;
  problem_.clear();
}

void LcpOptions::append_wanted(Bytes& out) const {
  if (ours_.mru != limits::kDefaultMru && !mru_refused_)
    append_option(lcp_option::kMru, ours_.mru, kMruSize, out);
  if (!map_refused_) append_option(lcp_option::kMap, ours_.map, kNumberSize, out);
  if (ours_.proof != Proof::none) append_option(lcp_option::kAuthentication, proof_value(ours_.proof), out);
  if (ours_.magic != 0) append_option(lcp_option::kMagic, ours_.magic, kNumberSize, out);
  if (ours_.short_protocol) append_option(lcp_option::kProtocolCompression, ByteView{}, out);
  if (ours_.no_address) append_option(lcp_option::kAddressCompression, ByteView{}, out);
}

Judgement LcpOptions::judge(const Option& option) {
  switch (option.type) {
    case lcp_option::kMru:
      return judge_mru(option.value);
    case lcp_option::kMap:
      return judge_map(option.value);
    case lcp_option::kAuthentication:
      return judge_proof(option.value);
    case lcp_option::kMagic:
      return judge_magic(option.value);
    case lcp_option::kProtocolCompression:
      peers_.short_protocol = option.value.empty();
      return accept_if(option.value.empty());
    case lcp_option::kAddressCompression:
      peers_.no_address = option.value.empty();
      return accept_if(option.value.empty());
    default:
      return {Kind::reject};
  }
}

Judgement LcpOptions::judge_mru(ByteView value) {
  if (value.size() != kMruSize) return {Kind::reject};
  const std::uint64_t mru = number(value);
  if (mru < limits::kLeastMru) return {Kind::nak, number_bytes(limits::kLeastMru, kMruSize)};
  peers_.mru = mru;
  return {Kind::accept};
}

Judgement LcpOptions::judge_map(ByteView value) {
  if (value.size() != kNumberSize) return {Kind::reject};
  peers_.map = static_cast<std::uint32_t>(number(value));
  return {Kind::accept};
}

Judgement LcpOptions::judge_magic(ByteView value) {
  if (value.size() != kNumberSize) return {Kind::reject};
  const auto magic = static_cast<std::uint32_t>(number(value));
  if (magic == 0) return {Kind::nak, number_bytes(new_magic(), kNumberSize)};
  if (magic != ours_.magic) {
    loops_ = 0;
    peers_.magic = magic;
    return {Kind::accept};
  }
  if (++loops_ >= kLoops) {
    problem_ =
        "The line is a loop: this end receives what it has sent. Look for TX connected to RX, a loopback plug, or a "
        "device that echoes.";
  }
  return {Kind::nak, number_bytes(new_magic(), kNumberSize)};
}

Judgement LcpOptions::judge_proof(ByteView value) {
  if (value.size() < 2) return {Kind::reject};
  if (!config_.login) {
    // Some servers only ask. One that insists asks again after the Reject.
    if (++demands_ > kDemands) problem_ = kNoLogin;
    return {Kind::reject};
  }
  if (std::ranges::equal(value, proof_value(Proof::chap))) {
    peers_.proof = Proof::chap;
  } else if (std::ranges::equal(value, proof_value(Proof::pap)) && config_.pap) {
    peers_.proof = Proof::pap;
  } else {
    return {Kind::nak, proof_value(Proof::chap)};
  }
  return {Kind::accept};
}

void LcpOptions::naked(const Option& option) {
  switch (option.type) {
    case lcp_option::kMru:
      if (option.value.size() != kMruSize) return;
      ours_.mru = std::clamp<std::size_t>(number(option.value), limits::kLeastMru, limits::kDefaultMru);
      return;
    case lcp_option::kMap:
      if (option.value.size() == kNumberSize) ours_.map |= static_cast<std::uint32_t>(number(option.value));
      return;
    case lcp_option::kAuthentication:
      if (ours_.proof != Proof::none && config_.pap &&
          std::ranges::equal(option.value, proof_value(Proof::pap)))
        ours_.proof = Proof::pap;
      return;
    case lcp_option::kMagic:
      if (ours_.magic != 0) ours_.magic = new_magic();
      return;
    case lcp_option::kProtocolCompression:
    case lcp_option::kAddressCompression:
      return rejected(option.type);
    default:
      return;
  }
}

void LcpOptions::rejected(Byte type) {
  switch (type) {
    case lcp_option::kMru:
      mru_refused_ = true;
      return;
    case lcp_option::kMap:
      map_refused_ = true;
      ours_.map = 0xFFFFFFFF;
      return;
    case lcp_option::kAuthentication:
      problem_ =
          "The other end refuses to say who it is, which this end demands: give it a name and a password.";
      return;
    case lcp_option::kMagic:
      ours_.magic = 0;
      return;
    case lcp_option::kProtocolCompression:
      ours_.short_protocol = false;
      return;
    case lcp_option::kAddressCompression:
      ours_.no_address = false;
      return;
    default:
      return;
  }
}

std::string_view LcpOptions::name(Byte type) const {
  constexpr std::array<std::string_view, 9> kNames{"an unknown option",
                                                   "its largest datagram (MRU)",
                                                   "its escape map (ACCM)",
                                                   "authentication",
                                                   "quality reports",
                                                   "its magic number",
                                                   "an unknown option",
                                                   "short protocol fields (PFC)",
                                                   "frames without address (ACFC)"};
  return type < kNames.size() ? kNames[type] : "an unknown option";
}

}  // namespace serialtcp::ppp
