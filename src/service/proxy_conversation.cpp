#include "service/proxy_conversation.h"

#include <array>

#include "service/http_conversation.h"
#include "service/socks_protocol.h"

namespace serialtcp::io {

namespace {

struct Protocol {
  bool (*begins_with)(Byte first);
  std::unique_ptr<ProxyConversation> (*begin)();
};

template <typename Conversation>
std::unique_ptr<ProxyConversation> begin() {
  return std::make_unique<Conversation>();
}

/// The last one takes everything else, to refuse it.
constexpr std::array kProtocols = {
    Protocol{&begins_http, &begin<HttpConversation>},
    Protocol{[](Byte) { return true; }, &begin<SocksConversation>},
};

}  // namespace

std::unique_ptr<ProxyConversation> proxy_conversation(Byte first) {
  for (const Protocol& protocol : kProtocols) {
    if (protocol.begins_with(first)) return protocol.begin();
  }
  return kProtocols.back().begin();
}

}  // namespace serialtcp::io
