// The answer is a preface of the other direction.
#include "service/forward_request.h"

#include <utility>

#include "base/check.h"
#include "driver/failure_text.h"
#include "net/address.h"
#include "os/clock.h"
#include "service/forward_text.h"

namespace serialtcp::io {

std::expected<std::unique_ptr<ForwardRequest>, StreamError> ForwardRequest::open(Connections& connections,
                                                                                 const Purpose& purpose,
                                                                                 const wire::Address& to,
                                                                                 Answered answered) {
  const auto id = connections.open(purpose, wire::preface(wire::Forward{to, wire::Answer::wanted}));
  if (!id) return std::unexpected(id.error());
  return std::unique_ptr<ForwardRequest>(new ForwardRequest(connections, *id, to, std::move(answered)));
}

ForwardRequest::ForwardRequest(Connections& connections, StreamId id, const wire::Address& to,
                               Answered answered)
    : connections_(connections),
      id_(id),
      number_(connections.next_number()),
      to_(to),
      answered_(std::move(answered)) {
  stream_ = PrefaceStream::begin(connections, id, 0, {},
                                 [this](std::expected<Bytes, ResetReason> preface) { heard(preface); });
}

void ForwardRequest::heard(const std::expected<Bytes, ResetReason>& preface) {
  Answered answered = std::exchange(answered_, nullptr);
  if (!preface) {
    state_ = State::over;
    return answered(std::unexpected(preface.error()));
  }
  state_ = State::answered;
  const auto address = wire::read_answer(*preface);
  if (address) return answered(*address);
  cancel();
  answered(std::unexpected(ResetReason::failed));
}

void ForwardRequest::attach(StreamSocket socket, const Shapers& shapers, Bytes first, std::string client,
                            Connections::Over over) {
  CHECK(state_ == State::answered);
  state_ = State::over;
  std::string what = fmt::format("from {} to {}", client, to_string(to_));
  connections_.tie(id_, number_, std::move(socket),
                   {.shapers = shapers,
                    .first = std::move(first),
                    .option = option(),
                    .client = std::move(client),
                    .target = to_string(to_),
                    .what = std::move(what),
                    .over = std::move(over)});
}

void ForwardRequest::cancel() {
  const State before = std::exchange(state_, State::over);
  if (before == State::asking) return stream_->cancel();
  if (before == State::over) return;
  connections_.endpoint().reset(id_, ResetReason::aborted, now());
  connections_.kick();
}

std::string ForwardRequest::option() const {
  return allowing_option(AllowedTo::connect, to_);
}

std::string ForwardRequest::failure(ResetReason reason) const {
  return request_failure(reason, option());
}

}  // namespace serialtcp::io
