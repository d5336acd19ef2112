// Reads no more than belongs to the preface, so that what follows remains in the stream.
#include "service/preface_stream.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "driver/connections.h"
#include "os/clock.h"

namespace serialtcp::io {

std::shared_ptr<PrefaceStream> PrefaceStream::begin(Connections& connections, StreamId id, std::size_t head,
                                                    std::optional<Duration> patience, Done done) {
  std::shared_ptr<PrefaceStream> stream(new PrefaceStream(connections, id, head, std::move(done)));
  connections.hold(id, stream);
  if (patience) stream->wait(*patience);
  return stream;
}

PrefaceStream::PrefaceStream(Connections& connections, StreamId id, std::size_t head, Done done)
    : connections_(connections),
      id_(id),
      collected_(head),
      done_(std::move(done)),
      alarm_(connections.context()) {}

void PrefaceStream::wait(Duration patience) {
  alarm_.start(patience, [self = shared_from_this()] {
    if (self->done_) self->fail(ResetReason::timed_out);
  });
}

void PrefaceStream::readable() {
  std::array<Byte, wire::kMaxAddress + 2> buffer;
  while (const std::size_t missing = collected_.missing()) {
    const auto room = MutableByteView(buffer).first(missing);
    const auto read = connections_.endpoint().read(id_, room, now());
    if (!read) return;  // it has just been reset; the event is pending
    collected_.add(room.first(read->count));
    if (read->end && collected_.missing() > 0) return fail(ResetReason::failed);
    if (read->count == 0) return;
  }
  connections_.let_go(id_);
  finish(collected_.bytes());
}

/// For reasons of this end.
void PrefaceStream::fail(ResetReason reason) {
  connections_.endpoint().reset(id_, reason, now());
  connections_.kick();
  connections_.let_go(id_);
  finish(std::unexpected(reason));
}

void PrefaceStream::reset(ResetReason reason) {
  finish(std::unexpected(reason));
}

void PrefaceStream::finish(std::expected<Bytes, ResetReason> result) {
  Done done = std::exchange(done_, nullptr);
  alarm_.cancel();
  if (done) done(std::move(result));
}

void PrefaceStream::cancel() {
  if (!done_) return;
  done_ = nullptr;
  fail(ResetReason::aborted);
}

void PrefaceStream::abandon() {
  done_ = nullptr;
  alarm_.cancel();
}

void await_request(Connections& connections, StreamId id, std::size_t head, Duration patience,
                   std::move_only_function<void(std::uint64_t number, ByteView preface)> asked) {
  const std::uint64_t number = connections.next_number();
  PrefaceStream::begin(
      connections, id, head, patience,
      [&connections, number, asked = std::move(asked)](std::expected<Bytes, ResetReason> preface) mutable {
        if (preface) return asked(number, *preface);
        connections.observer().connection_over(
            number, Observer::Ending::failed,
            fmt::format("reset before its destination was known: {}", describe(preface.error())));
      });
}

bool discard_input(Connections& connections, StreamId id) {
  std::array<Byte, 64> ignored;
  for (;;) {
    const auto read = connections.endpoint().read(id, ignored, now());
    if (!read) return false;  // it has just been reset; the event is pending
    connections.kick();
    if (read->end) return true;
    if (read->count == 0) return false;
  }
}

}  // namespace serialtcp::io
