// The number of a listener is its index in the list of wishes.
#include "service/listen_requests.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "driver/failure_text.h"
#include "net/address.h"
#include "net/connector.h"
#include "os/clock.h"
#include "service/forward_text.h"
#include "service/preface_stream.h"

namespace serialtcp::io {

namespace {

/// A listener at the other end, while it exists.
class FarListener final : public StreamHandler {
 public:
  FarListener(Connections& connections, StreamId id, std::string where)
      : connections_(connections), id_(id), where_(std::move(where)) {}

  /// The other end sends nothing more; if it sends the end, the listener has ended.
  void readable() override {
    if (!discard_input(connections_, id_)) return;
    // Then closed() comes, or a reset.
    [[maybe_unused]] const auto shut = connections_.endpoint().shut_write(id_, now());
    connections_.kick();
  }
  void closed() override { over("it has ended"); }
  void reset(ResetReason reason) override {
    if (reason != ResetReason::link_lost) over(describe(reason));
  }
  void abandon() override {}

 private:
  void over(std::string_view why) {
    connections_.observer().note(fmt::format("the other end no longer listens on {}: {}", where_, why));
  }

  Connections& connections_;
  StreamId id_;
  std::string where_;
};

}  // namespace

void ListenRequests::link_up() {
  for (std::size_t i = 0; i < config_.wishes.size(); ++i) ask(static_cast<std::uint16_t>(i));
}

void ListenRequests::ask(std::uint16_t number) {
  const wire::Address& at = config_.wishes[number].at;
  const auto id = connections_.open(services::kListen, wire::preface(wire::Listen{number, at}));
  if (!id) return failed(number, open_failure(id.error()));
  PrefaceStream::begin(connections_, *id, 0, {},
                       [this, id = *id, number](const std::expected<Bytes, ResetReason>& preface) {
                         answered(id, number, preface);
                       });
}

void ListenRequests::answered(StreamId id, std::uint16_t number,
                              const std::expected<Bytes, ResetReason>& preface) {
  const Wish& wish = config_.wishes[number];
  if (!preface) {
    if (preface.error() == ResetReason::link_lost) return;
    return failed(number, listen_failure(preface.error(), allowing_option(AllowedTo::listen, wish.at)));
  }
  const auto at = wire::read_answer(*preface);
  if (!at) {
    connections_.endpoint().reset(id, ResetReason::failed, now());
    connections_.kick();
    return failed(number, "malformed answer from the other end");
  }
  const std::string where = to_string(*at);
  connections_.hold(id, std::make_shared<FarListener>(connections_, id, where));
  connections_.observer().note(fmt::format(
      "the other end listens on {}: connections there are forwarded to {} here", where, to_string(wish.to)));
  if (const auto warning = exposed_there(*at)) connections_.observer().note(*warning);
}

void ListenRequests::failed(std::uint16_t number, std::string_view why) {
  connections_.observer().note(
      fmt::format("could not listen on {} at the other end: {}", to_string(config_.wishes[number].at), why));
}

void ListenRequests::opened(StreamId id) {
  await_request(connections_, id, wire::Forwarded::kHead, config_.patience,
                [this, id](std::uint64_t number, ByteView preface) { connect(id, number, preface); });
}

void ListenRequests::connect(StreamId id, std::uint64_t connection, ByteView preface) {
  const auto forwarded = wire::read_forwarded(preface);
  if (!forwarded || forwarded->number >= config_.wishes.size()) {
    return connections_.reset(id, connection, ResetReason::failed,
                              "it is for a listener that this end has not requested");
  }
  const Target& to = config_.wishes[forwarded->number].to;
  connections_.reach(
      id, connection,
      {.target = fmt::format("from {} at the other end to {}", to_string(forwarded->from), to_string(to))},
      [&](BackEnd::Done done) {
        return ConnectAttempt::begin(connections_.context(), connections_.resolver(), to,
                                     config_.connect_timeout, std::move(done));
      });
}

}  // namespace serialtcp::io
