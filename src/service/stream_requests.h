// StreamRequests: streams that are opened for somebody without a listener: a client of the control socket, or this
// program itself (serialtcp connect). Remembers how the last of them have ended. Does not know who they are for.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "driver/connections.h"
#include "driver/stream_service.h"
#include "os/asio.h"
#include "os/observer.h"
#include "serialtcp/service.h"
#include "wire/address.h"

namespace serialtcp::io {

class StreamRequests final : public StreamService {
 public:
  /// Requests that the other end has not answered. Further ones are refused.
  static constexpr std::size_t kMaxPending = 128;
  /// Ends that are remembered.
  static constexpr std::size_t kMaxEnds = 256;

  /// What the other end is requested to connect.
  struct Wanted {
    std::optional<wire::Address> address = {};  ///< else a service of the other end
    Purpose service{std::string()};             ///< by its name, or by a number
    std::string option = {};                    ///< of the other end, which allows one by a number

    bool operator==(const Wanted&) const = default;
  };
  struct End {
    Observer::Ending ending = Observer::Ending::in_order;
    std::string how;  ///< completes "connection 3: ..."
  };
  /// A request that is being answered with yes.
  struct Opened {
    std::uint64_t number = 0;  ///< of the connection
    /// Moves bytes between this socket and the stream from now on; `first` was read from it already. To be called before
    /// the answer returns, or the stream is reset.
    std::function<void(StreamSocket socket, Bytes first)> attach;
  };
  /// The error is the reason, as the end of a sentence.
  using Answered = std::move_only_function<void(std::expected<Opened, std::string>)>;
  using Over = std::function<void(const End&)>;

  /// What remains of it until it is answered: destroyed before, it is cancelled.
  class Request;

  /// The connections must outlive this object.
  explicit StreamRequests(Connections& connections) : connections_(connections) {}
  ~StreamRequests() override { StreamRequests::stop(); }
  StreamRequests(const StreamRequests&) = delete;
  StreamRequests& operator=(const StreamRequests&) = delete;

  /// Requests a stream. `answered` is called once from the loop, never directly from this call, and not at all when the
  /// request was destroyed. `client` is for the log. `over` is called at the end of the stream, but not if the link itself
  /// ends. The error is the reason why nothing was requested.
  std::expected<std::shared_ptr<Request>, std::string> open(const Wanted& wanted, std::string client,
                                                            Answered answered, Over over = {});

  /// How this connection has ended, if it was one of the last.
  std::optional<End> end_of(std::uint64_t number) const;

  /// Whether it was opened, and has not ended.
  bool carries(std::uint64_t number) const { return open_.contains(number); }

  /// Nothing is opened any more.
  void refuse_clients() override { refuses_ = true; }
  void stop() override;

 private:
  struct Ended {
    std::uint64_t number = 0;
    End end;
  };

  std::size_t pending();
  void ended(std::uint64_t number, End end);

  Connections& connections_;
  bool refuses_ = false;
  std::vector<std::weak_ptr<Request>> requests_;
  std::set<std::uint64_t> open_;  ///< connections
  std::deque<Ended> ends_;        ///< the oldest one first
};

}  // namespace serialtcp::io
