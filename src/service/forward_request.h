// ForwardRequest: a connection to an address at the other end, from the request until the other end has made
// it; then a socket is tied to it. Owns its stream until then. Does not know for whom it is.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "driver/connections.h"
#include "os/asio.h"
#include "service/preface_stream.h"
#include "wire/forwarding.h"

namespace serialtcp::io {

class ForwardRequest {
 public:
  /// The address that the other end connected from, and then attach() must be called; or the reason of the
  /// failure, and then the request is over. May destroy the request.
  using Answered = std::move_only_function<void(std::expected<wire::Address, ResetReason>)>;

  /// Sends the request. `answered` is called once from the loop, never directly from this call, and not at
  /// all after cancel() or when all connections are abandoned. The connections must outlive this object.
  static std::expected<std::unique_ptr<ForwardRequest>, StreamError> open(Connections& connections,
                                                                          const Purpose& purpose,
                                                                          const wire::Address& to,
                                                                          Answered answered);
  /// Cancels a request that nothing was attached to.
  ~ForwardRequest() { cancel(); }
  ForwardRequest(const ForwardRequest&) = delete;
  ForwardRequest& operator=(const ForwardRequest&) = delete;

  /// The number of the connection, for the log.
  std::uint64_t number() const { return number_; }

  /// To be called within `answered` after a success: bytes are moved between this socket and the other end
  /// from now on. `first` was read from it already. `client` is whose socket it is.
  void attach(StreamSocket socket, const Shapers& shapers, Bytes first, std::string client,
              Connections::Over over = {});

  /// The request is not needed any more: resets its stream, if nothing was attached to it.
  void cancel();

  /// The reason of a failure, for the log.
  std::string failure(ResetReason reason) const;

 private:
  ForwardRequest(Connections& connections, StreamId id, const wire::Address& to, Answered answered);

  void heard(const std::expected<Bytes, ResetReason>& preface);
  std::string option() const;

  enum class State : std::uint8_t { asking, answered, over };

  Connections& connections_;
  StreamId id_;
  std::uint64_t number_;
  wire::Address to_;
  Answered answered_;
  std::shared_ptr<PrefaceStream> stream_;
  State state_ = State::asking;
};

}  // namespace serialtcp::io
