// PrefaceStream: a stream while its first bytes are waited for, which say what is wanted of it, or what has
// become of a request. Takes no byte behind them. Does not know what they mean.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "driver/stream_handler.h"
#include "os/asio.h"
#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"
#include "serialtcp/time.h"
#include "wire/forwarding.h"

namespace serialtcp::io {

class Connections;

class PrefaceStream final : public StreamHandler, public std::enable_shared_from_this<PrefaceStream> {
 public:
  /// A preface that may be malformed, or why there is none; then the id names nothing any more.
  using Done = std::move_only_function<void(std::expected<Bytes, ResetReason>)>;

  /// Waits for `head` bytes and an address behind them, for `patience` at most if there is one; who takes
  /// longer is reset. `done` is called once from the loop, never from within this call, and not at all after
  /// abandon() or cancel(). The connections outlive this.
  static std::shared_ptr<PrefaceStream> begin(Connections& connections, StreamId id, std::size_t head,
                                              std::optional<Duration> patience, Done done);

  /// Nobody waits any more: resets the stream.
  void cancel();

  void readable() override;
  void reset(ResetReason reason) override;
  void abandon() override;

 private:
  PrefaceStream(Connections& connections, StreamId id, std::size_t head, Done done);

  void wait(Duration patience);
  void fail(ResetReason reason);
  void finish(std::expected<Bytes, ResetReason> result);

  Connections& connections_;
  StreamId id_;
  wire::Collected collected_;
  Done done_;
  asio::steady_timer timer_;
};

/// Waits for what a stream of the peer's is wanted for; when there is none, the log says so. `asked` hears
/// the connection's number and the preface, which may be malformed.
void await_request(Connections& connections, StreamId id, std::size_t head, Duration patience,
                   std::move_only_function<void(std::uint64_t number, ByteView preface)> asked);

/// Reads what is not expected on a stream, and throws it away. True when its end was reached.
bool discard_input(Connections& connections, StreamId id);

}  // namespace serialtcp::io
