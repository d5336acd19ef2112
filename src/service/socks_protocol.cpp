// Parsing, one message at a time: each is parsed from its beginning until it is complete.
#include "service/socks_protocol.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/cursor.h"

namespace serialtcp::io {

namespace {

constexpr Byte kNoAuthentication = 0;
constexpr Byte kNoAcceptableMethod = 0xFF;
constexpr Byte kGrantedInVersion4 = 0x5A;
constexpr Byte kRefusedInVersion4 = 0x5B;

constexpr Byte kConnect = 1;
constexpr Byte kUdpAssociate = 3;

/// Why a complete request of version 5 cannot be served.
SocksReply address_problem(Byte type) {
  constexpr std::array<Byte, 3> kTypes{1, 3, 4};
  return std::ranges::find(kTypes, type) != kTypes.end() ? SocksReply::failed
                                                         : SocksReply::address_type_not_supported;
}

/// Text up to a 0, which is taken, too; empty if the 0 has not arrived yet, or if the text is too long.
std::optional<std::string> text_to_zero(base::Reader& in) {
  const ByteView rest = in.rest().first(std::min(in.size(), SocksConversation::kMaxText + 1));
  const auto end = std::ranges::find(rest, Byte{0});
  if (end == rest.end()) return std::nullopt;
  std::string text(rest.begin(), end);
  in.take(text.size() + 1);
  return text;
}

/// 0.0.0.x, and x is not 0: a name follows.
bool announces_name(const wire::Ipv4& address) {
  return address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
}

}  // namespace

SocksReply to_socks_reply(ResetReason reason) {
  switch (reason) {
    case ResetReason::refused:
      return SocksReply::refused;
    case ResetReason::timed_out:
      return SocksReply::timed_out;
    case ResetReason::network_unreachable:
      return SocksReply::network_unreachable;
    case ResetReason::unreachable:
    case ResetReason::name_not_found:
      return SocksReply::host_unreachable;
    case ResetReason::not_allowed:
      return SocksReply::not_allowed;
    case ResetReason::aborted:
    case ResetReason::no_such_service:
    case ResetReason::no_resources:
    case ResetReason::failed:
    case ResetReason::no_such_file:
    case ResetReason::no_permission:
    case ResetReason::link_lost:
      return SocksReply::failed;
  }
  return SocksReply::failed;
}

Bytes socks_answer(SocksVersion version, SocksReply reply, const wire::Address& bound) {
  std::array<Byte, 3 + wire::kMaxAddress> buffer;
  base::Writer out(buffer);
  const bool numeric = !std::holds_alternative<std::string>(bound.host);
  if (version == SocksVersion::v5) {
    out.u8(static_cast<Byte>(SocksVersion::v5));
    out.u8(static_cast<Byte>(reply));
    out.u8(0);
    wire::write_address(numeric ? bound : wire::Address{}, out);
  } else {
    const auto* const v4 = std::get_if<wire::Ipv4>(&bound.host);
    out.u8(0);
    out.u8(reply == SocksReply::granted ? kGrantedInVersion4 : kRefusedInVersion4);
    out.u8(static_cast<Byte>(bound.port >> 8));
    out.u8(static_cast<Byte>(bound.port));
    out.bytes(v4 != nullptr ? *v4 : wire::Ipv4{});
  }
  return {out.written().begin(), out.written().end()};
}

SocksConversation::Heard SocksConversation::hear(ByteView bytes) {
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  Heard heard;
  while (step_ != Step::over) {
    const bool taken = step_ == Step::start ? take_greeting(heard) : take_request(heard);
    if (!taken) break;
  }
  if (heard.state == State::refused) heard.why = "not a request in SOCKS 4, 4a or 5 without authentication";
  return heard;
}

Bytes SocksConversation::granted(const wire::Address& bound) const {
  return socks_answer(version_, SocksReply::granted, bound);
}

Bytes SocksConversation::failed(ResetReason reason, std::string_view) const {
  return socks_answer(version_, to_socks_reply(reason));
}

/// Each of these returns whether a message was complete.
bool SocksConversation::take_greeting(Heard& heard) {
  base::Reader in(heard_);
  const Byte version = in.u8();
  if (!in.good()) return false;
  if (version == static_cast<Byte>(SocksVersion::v4)) return take_request_of_version_4(heard);
  if (version != static_cast<Byte>(SocksVersion::v5)) {
    heard.state = State::refused;  // its protocol has no reply for it
    step_ = Step::over;
    return true;
  }
  const ByteView methods = in.take(in.u8());
  if (!in.good()) return false;
  const bool acceptable = std::ranges::find(methods, kNoAuthentication) != methods.end();
  heard.reply = {version, acceptable ? kNoAuthentication : kNoAcceptableMethod};
  step_ = acceptable ? Step::request : Step::over;
  if (!acceptable) heard.state = State::refused;
  keep_rest(in);
  return true;
}

bool SocksConversation::take_request(Heard& heard) {
  base::Reader in(heard_);
  const Byte version = in.u8();
  const Byte command = in.u8();
  in.u8();
  if (!in.good() || in.empty()) return false;
  const auto refuse = [&](SocksReply reply) {
    heard.state = State::refused;
    const Bytes answer = socks_answer(SocksVersion::v5, reply);
    heard.reply.insert(heard.reply.end(), answer.begin(), answer.end());
    step_ = Step::over;
    return true;
  };
  if (version != static_cast<Byte>(SocksVersion::v5)) return refuse(SocksReply::failed);
  const Byte type = in.rest()[0];
  auto address = wire::read_address(in);
  if (!address && !in.good()) return false;
  if (!address) return refuse(address_problem(type));
  if (command != kConnect && command != kUdpAssociate) return refuse(SocksReply::command_not_supported);
  heard.state = State::asked;
  heard.request =
      ProxyRequest{command == kConnect ? ProxyRequest::Command::connect : ProxyRequest::Command::datagrams,
                   std::move(*address)};
  step_ = Step::over;
  keep_rest(in);
  return true;
}

bool SocksConversation::take_request_of_version_4(Heard& heard) {
  base::Reader in(heard_);
  in.u8();
  const Byte command = in.u8();
  wire::Address address;
  const unsigned high = in.u8();
  address.port = static_cast<std::uint16_t>((high << 8) | in.u8());
  wire::Ipv4 numeric{};
  std::ranges::copy(in.take(numeric.size()), numeric.begin());
  address.host = numeric;
  if (!in.good()) return false;
  const std::optional<std::string> user = text_to_zero(in);
  const bool named = announces_name(numeric);
  const std::optional<std::string> name = user && named ? text_to_zero(in) : std::optional<std::string>("");
  const bool complete = user && name;
  if (!complete && in.size() <= kMaxText) return false;
  step_ = Step::over;
  const bool good = complete && command == kConnect && (!named || wire::is_host_name(*name));
  if (!good) {
    heard.state = State::refused;
    heard.reply = socks_answer(SocksVersion::v4, SocksReply::failed);
    return true;
  }
  if (named) address.host = *name;
  heard.state = State::asked;
  heard.request = ProxyRequest{ProxyRequest::Command::connect, std::move(address)};
  version_ = SocksVersion::v4;
  keep_rest(in);
  return true;
}

/// Removes what has been read.
void SocksConversation::keep_rest(const base::Reader& in) {
  heard_.erase(heard_.begin(), heard_.end() - static_cast<std::ptrdiff_t>(in.size()));
}

}  // namespace serialtcp::io
