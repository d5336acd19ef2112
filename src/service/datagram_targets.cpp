#include "service/datagram_targets.h"

#include <memory>
#include <utility>

namespace serialtcp::io {

void DatagramTargets::opened(StreamId id) {
  const std::uint64_t number = connections_.next_number();
  if (config_.allowed.empty()) {
    return connections_.reset(id, number, ResetReason::not_allowed,
                              "the other end requests datagrams, but no address is allowed: start this end "
                              "with --allow HOST:PORT for each allowed address");
  }
  if (associations_ >= kMaxAssociations) {
    return connections_.reset(id, number, ResetReason::no_resources,
                              "the other end has too many associations for datagrams at once");
  }
  ++associations_;
  connections_.hold(
      id, std::make_shared<DatagramRelay>(connections_, config_, id, number, [this] { --associations_; }));
  connections_.observer().connection(number, "datagrams for a SOCKS client of the other end");
}

}  // namespace serialtcp::io
