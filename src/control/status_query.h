// StatusQuery: asks a process for its whole status, in as many requests as its connections need. Never waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "control/client.h"
#include "control/request.h"
#include "control/status.h"

namespace serialtcp::control {

class StatusQuery {
 public:
  /// A process has fewer; more is not a status.
  static constexpr std::size_t kMaxLinks = 1024;
  static constexpr std::size_t kMaxConnectionsOfAll = 65'536;

  /// With a name, only of the links that are called so. `client` must have no request that is not answered.
  StatusQuery(Client& client, std::string link) : client_(client), link_(std::move(link)) {}

  std::expected<void, Failure> begin();
  /// To be called after begin(), and whenever the client's socket is readable: the status, once it is complete. If the
  /// process ends in the middle, without the connections that are missing.
  std::expected<std::optional<ProcessStatus>, Failure> advance();

 private:
  std::expected<void, Failure> post(const StatusRequest& request);
  std::expected<std::optional<ProcessStatus>, Failure> take();
  bool take_first(ProcessStatus answer);
  void take_more(ProcessStatus answer);
  bool ask_for_more();

  Client& client_;
  std::string link_;
  std::optional<ProcessStatus> status_ = {};  ///< what has been answered
  std::size_t at_ = 0;                        ///< the link whose connections are asked for
  std::uint64_t after_ = 0;                   ///< those with greater numbers
  std::size_t connections_ = 0;               ///< of all links
};

}  // namespace serialtcp::control
