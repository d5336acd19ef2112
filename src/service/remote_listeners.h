// RemoteListeners: listens where the other end requests it (services::kListen), as far as that is permitted,
// and hands its connections over to the other end. A listener lasts as long as the stream that requested it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "net/tcp_listener.h"
#include "serialtcp/time.h"
#include "service/allow_list.h"
#include "service/forward_targets.h"

namespace serialtcp::io {

class RemoteListener;

class RemoteListeners final : public StreamService {
 public:
  /// Maximum at the same time, including those that are being requested.
  static constexpr std::size_t kMaxListeners = 64;

  struct Config {
    AllowList allowed;
    Family family = Family::any;  ///< of the addresses of names
    Duration patience = kRequestPatience;
  };

  /// The connections must outlive this object.
  RemoteListeners(Connections& connections, Config config)
      : connections_(connections), config_(std::move(config)) {}

  void opened(StreamId id) override;
  void pause() override;
  void go_on() override;
  void resume() override;
  void refuse_clients() override;
  void stop() override { listeners_.clear(); }

 private:
  friend class RemoteListener;

  void asked(StreamId id, ByteView preface);
  void refuse(StreamId id, ResetReason reason, std::string_view why);
  void over(StreamId id) { listeners_.erase(id); }

  Connections& connections_;
  Config config_;
  /// Null until the request has arrived.
  std::unordered_map<StreamId, std::shared_ptr<RemoteListener>> listeners_;
};

}  // namespace serialtcp::io
