// First the request, then whether it is permitted, then the addresses of a name, then the listener and the
// answer.
#include "service/remote_listeners.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "net/address.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "service/forward_text.h"
#include "service/preface_stream.h"

namespace serialtcp::io {

/// One listener, and the stream that determines how long it lasts.
class RemoteListener final : public StreamHandler, public std::enable_shared_from_this<RemoteListener> {
 public:
  RemoteListener(RemoteListeners& owner, StreamId id, wire::Listen wish)
      : owner_(owner), id_(id), wish_(std::move(wish)) {}

  void begin() {
    owner_.connections_.hold(id_, shared_from_this());
    const std::string host = host_text(wish_.at);
    const Family family = owner_.config_.family;
    if (const auto known = known_addresses(host, family); !known.empty()) return listen(known);
    ticket_ = owner_.connections_.resolver().look_up(
        host, family, [self = shared_from_this()](const Resolver::Result& result) {
          self->ticket_ = 0;
          if (result) return self->listen(*result);
          self->fail(result.error(), "the name has no address");
        });
  }

  void resume() {
    if (listener_) listener_->resume();
  }

  void pause() {
    paused_ = true;
    if (listener_) listener_->stop();
  }

  void go_on() {
    paused_ = false;
    if (listener_) listener_->start();
  }

  void refuse_clients() {
    if (listener_) listener_->close();
  }

  /// Only the end of the stream is expected.
  void readable() override {
    if (!discard_input(owner_.connections_, id_)) return;
    if (!owner_.connections_.endpoint().shut_write(id_, now())) return;
    owner_.connections_.kick();
    owner_.connections_.let_go(id_);
    end("closed by the other end");
  }

  void reset(ResetReason reason) override { end(describe(reason)); }

  void abandon() override {
    withdraw();
    listener_.reset();
  }

 private:
  void listen(std::vector<asio::ip::address> addresses) {
    const AllowList& allowed = owner_.config_.allowed;
    const AllowList::Verdict verdict = allowed.judge(wish_.at);
    std::erase_if(addresses, [&](const auto& one) { return !allowed.permits(verdict, one, wish_.at.port); });
    if (addresses.empty())
      return fail(ResetReason::not_allowed, not_allowed_text(AllowedTo::listen, wish_.at));
    auto made = TcpListener::listen(owner_.connections_.context(), addresses, wish_.at.port,
                                    owner_.connections_.observer());
    if (!made)
      return fail(listen_reason(error_number(made.error())), listen_text(error_number(made.error())));
    listener_ = std::move(*made);
    const Bytes answer = wire::preface(to_address(listener_->address()));
    if (!owner_.connections_.endpoint().write(id_, answer, now())) return;  // its reset is pending
    owner_.connections_.kick();
    tell_where();
    listener_->on_accepted([this](StreamSocket socket, const std::string& from) {
      const wire::Forwarded forwarded{wish_.number, remote_address(socket)};
      const std::string where = to_string(local_address(socket));
      owner_.connections_.carry({.purpose = services::kForwarded,
                                 .preface = wire::preface(forwarded),
                                 .remark = fmt::format(", accepted on {} for the other end", where)},
                                std::move(socket), from);
    });
    listener_->expect(owner_.connections_.endpoint().rate());
    if (!paused_) listener_->start();
  }

  void tell_where() {
    for (const tcp::endpoint& endpoint : listener_->addresses()) {
      const wire::Address at = to_address(endpoint);
      where_.push_back(to_string(at));
      note(fmt::format("listening on {} as requested by the other end", where_.back()));
      if (const auto warning = exposed_here(at)) note(*warning);
    }
  }

  void fail(ResetReason reason, std::string_view why) {
    owner_.connections_.let_go(id_);
    owner_.refuse(id_, reason,
                  fmt::format("the other end wants to listen on {}: {}", to_string(wish_.at), why));
  }

  void end(std::string_view why) {
    withdraw();
    for (const std::string& where : where_) note(fmt::format("listening on {} has ended: {}", where, why));
    listener_.reset();
    owner_.over(id_);
  }

  void withdraw() {
    if (ticket_ != 0) owner_.connections_.resolver().withdraw(std::exchange(ticket_, 0));
  }

  void note(std::string_view text) { owner_.connections_.observer().note(text); }

  RemoteListeners& owner_;
  StreamId id_;
  wire::Listen wish_;
  Resolver::Ticket ticket_ = 0;
  std::unique_ptr<TcpListener> listener_;
  std::vector<std::string> where_;
  bool paused_ = false;  ///< clients have to wait
};

void RemoteListeners::opened(StreamId id) {
  if (listeners_.size() >= kMaxListeners) {
    return refuse(id, ResetReason::no_resources,
                  fmt::format("the other end wants to listen at more than {} places", kMaxListeners));
  }
  listeners_.emplace(id, nullptr);
  PrefaceStream::begin(connections_, id, wire::Listen::kHead, config_.patience,
                       [this, id](const std::expected<Bytes, ResetReason>& preface) {
                         if (preface) return asked(id, *preface);
                         over(id);
                       });
}

void RemoteListeners::asked(StreamId id, ByteView preface) {
  auto wish = wire::read_listen(preface);
  if (!wish) {
    return refuse(id, ResetReason::failed, "malformed request to listen from the other end");
  }
  if (config_.allowed.judge(wish->at) == AllowList::Verdict::refused) {
    return refuse(id, ResetReason::not_allowed,
                  fmt::format("the other end wants to listen on {}: {}", to_string(wish->at),
                              not_allowed_text(AllowedTo::listen, wish->at)));
  }
  const auto listener = std::make_shared<RemoteListener>(*this, id, std::move(*wish));
  listeners_.insert_or_assign(id, listener);
  listener->begin();
}

void RemoteListeners::refuse(StreamId id, ResetReason reason, std::string_view why) {
  connections_.endpoint().reset(id, reason, now());
  connections_.kick();
  connections_.observer().note(why);
  over(id);
}

void RemoteListeners::refuse_clients() {
  for (const auto& [id, listener] : listeners_) {
    if (listener) listener->refuse_clients();
  }
}

void RemoteListeners::pause() {
  for (const auto& [id, listener] : listeners_) {
    if (listener) listener->pause();
  }
}

void RemoteListeners::go_on() {
  for (const auto& [id, listener] : listeners_) {
    if (listener) listener->go_on();
  }
}

void RemoteListeners::resume() {
  for (const auto& [id, listener] : listeners_) {
    if (listener) listener->resume();
  }
}

}  // namespace serialtcp::io
