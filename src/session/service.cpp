// Whether a session is allowed, and whether there is room, is answered in the session, so that the other end can say it.
#include "session/service.h"

#include <fmt/format.h>

#include <utility>

#include "net/connector.h"
#include "os/error_text.h"

namespace serialtcp::io::session {

using wire::session::Reason;
using wire::session::Refused;

SessionService::SessionService(Connections& connections, const ProcessShares& shares, Config config)
    : connections_(connections),
      watcher_(shares.watcher),
      config_(std::move(config)),
      voice_(std::make_shared<Observer*>(&connections.observer())),
      share_(shares.programs, [this] { return running(); }) {}

void SessionService::opened(StreamId id) {
  const std::uint64_t number = connections_.next_number();
  connections_.reach(id, number,
                     {.target = "a session (serialtcp shell, cp, console)", .when_gone = Gone::is_end},
                     [this, number](BackEnd::Done done) { return begin(number, std::move(done)); });
}

std::shared_ptr<Attempt> SessionService::begin(std::uint64_t number, BackEnd::Done done) {
  auto end = std::make_shared<FarEnd>(connections_.context(), config_of(number));
  std::expected<StreamSocket, ResetReason> result = std::unexpected(ResetReason::failed);
  if (auto socket = end->begin()) {
    sessions_.push_back(end);
    result = std::move(*socket);
  } else {
    connections_.observer().connection(number,
                                       fmt::format("could not begin: {}", plain_text(socket.error())));
    result = std::unexpected(connect_reason(socket.error()));
  }
  asio::post(connections_.context(), [end, result = std::move(result), done = std::move(done)]() mutable {
    done(std::move(result));
  });
  return end;
}

FarEnd::Config SessionService::config_of(std::uint64_t number) {
  FarEnd::Config config{.watcher = watcher_,
                        .repertoire = config_.repertoire,
                        .patience = config_.patience,
                        .tell = [voice = voice_, number](const std::string& text) {
                          if (*voice != nullptr) (*voice)->connection(number, text);
                        }};
  if (config_.shells == Config::Shells::refused) {
    config.refusal =
        Refused{Reason::not_allowed, fmt::format("not allowed: start this end with {}", kAllowingOption)};
  } else if (running() >= kMostSessions || !share_.may_add()) {
    config.refusal = Refused{Reason::too_many, fmt::format("{} sessions run already", running())};
  }
  return config;
}

std::size_t SessionService::running() {
  std::erase_if(sessions_, [](const auto& weak) {
    const auto end = weak.lock();
    return !end || end->over();
  });
  return sessions_.size();
}

}  // namespace serialtcp::io::session
