// ForwardRequest: a connection to an address at the other end, from asking for it until the other end has
// made it; then a socket is tied to it. Owns its stream until then. Does not know who wants it.
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
  /// Where the other end made the connection from, and then attach() is due; or why it did not make it, and
  /// then the request is over. May destroy the request.
  using Answered = std::move_only_function<void(std::expected<wire::Address, ResetReason>)>;

  /// Asks. `answered` is called once from the loop, never from within this call, and not at all after
  /// cancel() or when all connections are abandoned. The connections outlive this.
  static std::expected<std::unique_ptr<ForwardRequest>, StreamError> open(Connections& connections,
                                                                          const Purpose& purpose,
                                                                          const wire::Address& to,
                                                                          Answered answered);
  /// Cancels what nobody has taken.
  ~ForwardRequest() { cancel(); }
  ForwardRequest(const ForwardRequest&) = delete;
  ForwardRequest& operator=(const ForwardRequest&) = delete;

  /// The connection's, for the log.
  std::uint64_t number() const { return number_; }

  /// From within a good answer: bytes move between this socket and the other end from now on. `first` has
  /// been read from it already.
  void attach(StreamSocket socket, const Shapers& shapers, Bytes first);

  /// Nobody wants it any more: resets a stream that nothing was attached to.
  void cancel();

  /// Why it was not made, for the log.
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
