// An address is requested like a proxy does, so the answer says whether the other end has connected. The protocol has no
// such answer for services: whether their target refuses is known when the stream is reset.
#include "service/stream_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "driver/failure_text.h"
#include "net/address.h"
#include "os/clock.h"
#include "os/text.h"
#include "service/forward_request.h"

namespace serialtcp::io {

///   asking --answered--> over
///     |  destroyed, or its link ends: the stream is reset
///     +--------------------> over
class StreamRequests::Request : public std::enable_shared_from_this<Request> {
 public:
  Request(StreamRequests& owner, const Wanted& wanted, std::string client, Answered answered, Over over)
      : owner_(&owner),
        wanted_(wanted),
        client_(std::move(client)),
        answered_(std::move(answered)),
        over_(std::move(over)) {}
  ~Request() { reset(); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  bool pending() const { return answered_ != nullptr; }

  /// The reason of a failure.
  std::optional<std::string> begin() {
    if (!wanted_.address) {
      if (wanted_.service.service == ServiceId{} && !is_offered()) {
        return fmt::format(
            "the other end offers no service {}: start it with --client {}HOST:PORT",
            wanted_.service.name.empty() ? "without a name" : fmt::format("'{}'", wanted_.service.name),
            wanted_.service.name.empty() ? "" : wanted_.service.name + "=");
      }
      later([](Request& self) { self.open_service(); });
      return std::nullopt;
    }
    auto forward = ForwardRequest::open(
        owner_->connections_, services::kForward, *wanted_.address,
        [this](const std::expected<wire::Address, ResetReason>& result) { heard(result); });
    if (!forward) return std::string(open_failure(forward.error()));
    forward_ = std::move(*forward);
    return std::nullopt;
  }

  /// Its link ends.
  void end() {
    reset();
    later([](Request& self) { self.answer(std::unexpected(std::string("the link has ended"))); });
    owner_ = nullptr;
  }

 private:
  template <typename Do>
  void later(Do what) {
    asio::post(owner_->connections_.context(), [weak = weak_from_this(), what] {
      const auto self = weak.lock();
      if (self && self->answered_) what(*self);
    });
  }

  /// As far as the other end has announced its services.
  bool is_offered() const {
    const ServiceNames* const services = owner_->connections_.endpoint().peer_services();
    return services == nullptr ||
           std::ranges::find(services->offered, wanted_.service.name) != services->offered.end();
  }

  void heard(const std::expected<wire::Address, ResetReason>& result) {
    const auto self = shared_from_this();
    const std::uint64_t number = forward_->number();
    const std::string what = fmt::format("from {} to {}", client_, to_string(*wanted_.address));
    Observer& observer = owner_->connections_.observer();
    if (!result) {
      std::string why = forward_->failure(result.error());
      observer.connection_over(number, Observer::Ending::failed, fmt::format("{}: {}", what, why));
      return answer(std::unexpected(std::move(why)));
    }
    observer.connection(number, what);
    answer(Opened{number, [this](StreamSocket socket, Bytes first) {
                    const auto forward = std::exchange(forward_, nullptr);
                    forward->attach(std::move(socket), {}, std::move(first), client_,
                                    over(forward->number()));
                  }});
  }

  void open_service() {
    if (owner_ == nullptr) return;
    const auto self = shared_from_this();
    Connections& connections = owner_->connections_;
    const std::uint64_t number = connections.next_number();
    const std::string label =
        wanted_.service.service == ServiceId{} ? service_label(wanted_.service.name) : "a session ";
    const std::string what = fmt::format("{}from {}", label, client_);
    const auto id = connections.open(wanted_.service, {});
    if (!id) {
      std::string why(open_failure(id.error()));
      connections.observer().connection_over(number, Observer::Ending::failed,
                                             fmt::format("{}: {}", what, why));
      return answer(std::unexpected(std::move(why)));
    }
    stream_ = *id;
    connections.observer().connection(number, what);
    answer(Opened{number, [this, number, what](StreamSocket socket, Bytes first) {
                    owner_->connections_.tie(*std::exchange(stream_, std::nullopt), number, std::move(socket),
                                             {.first = std::move(first),
                                              .option = wanted_.option,
                                              .client = client_,
                                              .what = what,
                                              .over = over(number)});
                  }});
  }

  /// A stream to which nothing was attached is reset.
  void answer(std::expected<Opened, std::string> result) {
    std::exchange(answered_, nullptr)(std::move(result));
    reset();
  }

  Connections::Over over(std::uint64_t number) {
    owner_->open_.insert(number);
    return [owner = owner_, number, over = over_](Observer::Ending ending, std::string_view how) {
      const End end{ending, std::string(how)};
      owner->ended(number, end);
      if (over) over(end);
    };
  }

  void reset() {
    forward_.reset();
    if (owner_ == nullptr || !stream_) return;
    owner_->connections_.endpoint().reset(*std::exchange(stream_, std::nullopt), ResetReason::aborted, now());
    owner_->connections_.kick();
  }

  StreamRequests* owner_;  ///< null once its link has ended
  Wanted wanted_;
  std::string client_;
  Answered answered_;
  Over over_;
  std::unique_ptr<ForwardRequest> forward_;
  std::optional<StreamId> stream_;  ///< of a service, until something is attached to it
};

std::expected<std::shared_ptr<StreamRequests::Request>, std::string> StreamRequests::open(
    const Wanted& wanted, std::string client, Answered answered, Over over) {
  if (refuses_) return std::unexpected("the link is ending");
  if (pending() >= kMaxPending)
    return std::unexpected(fmt::format("{} requests wait for the other end: try again later", kMaxPending));
  auto request =
      std::make_shared<Request>(*this, wanted, std::move(client), std::move(answered), std::move(over));
  if (auto problem = request->begin()) return std::unexpected(std::move(*problem));
  requests_.push_back(request);
  return request;
}

std::size_t StreamRequests::pending() {
  std::erase_if(requests_, [](const auto& weak) {
    const auto request = weak.lock();
    return !request || !request->pending();
  });
  return requests_.size();
}

void StreamRequests::ended(std::uint64_t number, End end) {
  open_.erase(number);
  ends_.push_back({number, std::move(end)});
  if (ends_.size() > kMaxEnds) ends_.pop_front();
}

std::optional<StreamRequests::End> StreamRequests::end_of(std::uint64_t number) const {
  const auto found = std::ranges::find(ends_, number, &Ended::number);
  return found == ends_.end() ? std::nullopt : std::optional(found->end);
}

void StreamRequests::stop() {
  for (const auto& weak : std::exchange(requests_, {})) {
    if (const auto request = weak.lock()) request->end();
  }
}

}  // namespace serialtcp::io
