// A client of the proxy, arbitrary bytes in arbitrary pieces, HTTP or SOCKS as the first one says: however they are cut,
// it is heard the same way, within its limits; what it asks for is a host that may be asked for; and what the server of
// an HTTP request gets has one head without control characters.
#include <algorithm>
#include <string>
#include <string_view>

#include "input.h"
#include "service/http_conversation.h"
#include "service/proxy_conversation.h"

namespace serialtcp::fuzz {
namespace {

using io::ProxyConversation;

struct Told {
  ProxyConversation::State state = ProxyConversation::State::talking;
  Bytes reply, rest;
  std::optional<io::ProxyRequest> request;
};

void check(const ProxyConversation& conversation, const ProxyConversation::Heard& heard) {
  using enum ProxyConversation::State;
  demand(heard.request.has_value() == (heard.state == asked), "who has asked has a request");
  demand(heard.why.empty() == (heard.state != refused), "a refusal has a reason");
  if (heard.state != asked) return;
  const auto* const name = std::get_if<std::string>(&heard.request->address.host);
  demand(name == nullptr || wire::is_host_name(*name), "a name is one that can be sent");
  for (const auto reason : {ResetReason::refused, ResetReason::not_allowed, ResetReason::timed_out})
    demand(!conversation.failed(reason, "x").empty(), "a failure is told");
}

/// What an HTTP server gets: lines without control characters up to an empty one, and only one Host.
void check_head(const std::string& sent) {
  const std::size_t end = sent.find("\r\n\r\n");
  demand(end != std::string::npos, "a head has an end");
  const std::string_view head = std::string_view(sent).substr(0, end);
  std::size_t hosts = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    if (head[i] == '\r') demand(head.substr(i, 2) == "\r\n", "a line ends with both");
    if (head[i] == '\n') demand(i > 0 && head[i - 1] == '\r', "a line ends with both");
    demand(byte >= 0x20 || head[i] == '\t' || head[i] == '\r' || head[i] == '\n', "no control characters");
    if (head[i] != '\n') continue;
    std::string name(head.substr(i + 1, 6));
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (name.starts_with("host:")) ++hosts;
    demand(name != "proxy-", "nothing for the proxy is sent on");
  }
  demand(hosts == 1, "there is one Host");
  demand(head.ends_with("\r\nConnection: close"), "the connection is closed after the answer");
}

constexpr std::size_t kLongestPiece = 256;

/// Cut where `cuts` says, or not at all.
Told tell(ByteView bytes, Input* cuts) {
  const auto conversation = io::proxy_conversation(bytes[0]);
  Told told;
  while (!bytes.empty()) {
    const auto heard = conversation->hear(take_piece(bytes, cuts, kLongestPiece));
    if (told.state != ProxyConversation::State::talking) {
      demand(heard.state == ProxyConversation::State::talking && heard.reply.empty(), "it is over once");
      continue;
    }
    check(*conversation, heard);
    told.reply.insert(told.reply.end(), heard.reply.begin(), heard.reply.end());
    told.state = heard.state;
    told.request = heard.request;
  }
  const ByteView rest = conversation->rest();
  if (told.state == ProxyConversation::State::asked) told.rest.assign(rest.begin(), rest.end());
  const bool http = conversation->protocol() == "HTTP";
  demand(told.state != ProxyConversation::State::talking || !http ||
             rest.size() <= io::HttpConversation::kMaxHead,
         "no more is kept than a head");
  if (http && told.state == ProxyConversation::State::asked && conversation->granted({}).empty())
    check_head(std::string(rest.begin(), rest.end()));
  return told;
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  constexpr std::size_t kCuts = 4;
  if (size <= kCuts) return 0;
  const ByteView bytes(data + kCuts, size - kCuts);
  fuzz::Input cuts(data, kCuts);
  const fuzz::Told one = fuzz::tell(bytes, &cuts);
  const fuzz::Told other = fuzz::tell(bytes, nullptr);
  fuzz::demand(one.state == other.state && one.reply == other.reply && one.rest == other.rest,
               "it does not matter how the bytes are cut");
  fuzz::demand(one.request.has_value() == other.request.has_value(),
               "it does not matter how the bytes are cut");
  if (one.request) fuzz::demand(one.request->address == other.request->address, "nor for where it leads");
  return 0;
}
