// PassedListener: a Listener on sockets that the service manager has opened (net/passed_sockets.h). They stay open, and
// clients wait in their queues, when it is closed.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "net/listener.h"

namespace serialtcp::io {

class PassedListener final : public Listener {
 public:
  /// The error completes "Could not listen on X: ...".
  static std::expected<std::unique_ptr<PassedListener>, std::string> listen(asio::io_context& context,
                                                                            const std::vector<int>& sockets,
                                                                            Observer& observer);

  void expect(std::uint64_t rate) override;
  using Listener::endpoints;

 private:
  using Listener::Listener;

  void set_up(StreamSocket& socket) override;
  std::string who(StreamSocket& socket, const StreamEndpoint& from) const override;
};

}  // namespace serialtcp::io
