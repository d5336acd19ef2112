// PrefaceStream: a stream whose first bytes are awaited: a request, or the answer to one. Reads no byte after
// them. Does not know what they mean.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "driver/stream_handler.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"
#include "serialtcp/time.h"
#include "wire/forwarding.h"

namespace serialtcp::io {

class Connections;

class PrefaceStream final : public StreamHandler, public std::enable_shared_from_this<PrefaceStream> {
 public:
  /// A preface, which may be malformed, or why there is none; then the id is not valid any more.
  using Done = std::move_only_function<void(std::expected<Bytes, ResetReason>)>;

  /// Waits for `head` bytes and an address after them, at most for `patience`, if given; then the stream is
  /// reset. `done` is called once from the loop, never directly from this call, and not at all after
  /// abandon() or cancel(). The connections must outlive this object.
  static std::shared_ptr<PrefaceStream> begin(Connections& connections, StreamId id, std::size_t head,
                                              std::optional<Duration> patience, Done done);

  /// The preface is not needed any more: resets the stream.
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
  Alarm alarm_;
};

/// Waits for the request of a stream that the peer has opened; if none comes, this is logged. `asked` is
/// called with the number of the connection and the preface, which may be malformed.
void await_request(Connections& connections, StreamId id, std::size_t head, Duration patience,
                   std::move_only_function<void(std::uint64_t number, ByteView preface)> asked);

/// Reads and drops unexpected input of a stream. True when its end was reached.
bool discard_input(Connections& connections, StreamId id);

}  // namespace serialtcp::io
