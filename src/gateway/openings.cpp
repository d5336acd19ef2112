#include "gateway/openings.h"

#include <algorithm>
#include <optional>

namespace serialtcp::gateway {

bool Openings::admits(const ip::Packet& packet, std::size_t sockets, std::size_t most, Time now) {
  const auto tcp = ip::tcp_of(packet);
  if (tcp && (tcp->flags & (ip::tcp_flag::kSyn | ip::tcp_flag::kAck)) != ip::tcp_flag::kSyn) return true;
  std::optional<Sender> sender;
  if (const auto udp = ip::udp_of(packet)) sender.emplace(packet.source, udp->source_port);
  if (sender && knows(*sender, now)) return true;
  if (sockets >= most || !bucket_.try_take(now)) return false;
  if (sender) remember(*sender, now);
  return true;
}

bool Openings::knows(const Sender& sender, Time now) {
  const auto known = senders_.find(sender);
  if (known == senders_.end() || now - known->second >= kSenderLasts) return false;
  known->second = now;
  return true;
}

void Openings::remember(const Sender& sender, Time now) {
  if (senders_.size() >= kMostSenders && !senders_.contains(sender))
    senders_.erase(std::ranges::min_element(senders_, {}, [](const auto& one) { return one.second; }));
  senders_[sender] = now;
}

}  // namespace serialtcp::gateway
