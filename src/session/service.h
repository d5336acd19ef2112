// SessionService: serves the streams by which the other end runs something here (services::kSession), if that is allowed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/fair_share.h"
#include "driver/connections.h"
#include "driver/stream_service.h"
#include "net/process_shares.h"
#include "serialtcp/time.h"
#include "session/allowing_option.h"
#include "session/far_end.h"

namespace serialtcp::io::session {

class SessionService final : public StreamService {
 public:
  /// Sessions of one link at the same time.
  static constexpr std::size_t kMostSessions = 32;

  struct Config {
    enum class Shells : bool { refused, allowed } shells = Shells::refused;
    Repertoire repertoire = {};
    Duration patience{};  ///< for what is to run, after the stream was opened
  };

  /// The connections outlive it.
  SessionService(Connections& connections, const ProcessShares& shares, Config config);
  ~SessionService() override { *voice_ = nullptr; }
  SessionService(const SessionService&) = delete;
  SessionService& operator=(const SessionService&) = delete;

  void opened(StreamId id) override;

 private:
  std::shared_ptr<Attempt> begin(std::uint64_t number, BackEnd::Done done);
  FarEnd::Config config_of(std::uint64_t number);
  std::size_t running();

  Connections& connections_;
  std::shared_ptr<ProgramWatcher> watcher_;
  Config config_;
  std::shared_ptr<Observer*> voice_;  ///< shared with the sessions, which may live longer
  std::vector<std::weak_ptr<FarEnd>> sessions_ = {};
  base::FairShare::Member share_;
};

}  // namespace serialtcp::io::session
