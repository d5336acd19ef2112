// Verbs: an application at one Endpoint that does what the input says, and checks its events.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "input.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::fuzz {

class Verbs {
 public:
  explicit Verbs(Endpoint& endpoint) : endpoint_(endpoint) {}

  /// One verb, chosen by the input.
  void act(Input& input, Time now) {
    const Byte verb = input.u8();
    const StreamId stream = pick(input.u8());
    switch (verb % 8) {
      case 0:
        open(verb, now);
        break;
      case 6:
        send_datagram(stream, input.u16(), input.duration(), now);
        break;
      case 7:
        read_datagram(stream, now);
        break;
      case 1:
        write(stream, input.u16(), now);
        break;
      case 2:
        read(stream, 1U + input.u16(), now);
        break;
      case 3:
        static_cast<void>(endpoint_.shut_write(stream, now));
        break;
      case 4:
        endpoint_.reset(stream, ResetReason::aborted, now);
        if (const auto it = streams_.find(stream); it != streams_.end()) it->second = State::gone;
        break;
      default:
        endpoint_.connected(stream, now);
        drain();
        break;
    }
  }

  /// Takes all events.
  void drain() {
    while (const auto event = endpoint_.poll()) {
      if (const auto* opened = std::get_if<event::Opened>(&*event)) {
        demand(streams_.emplace(opened->stream, State::live).second, "an id is never used twice");
      } else if (const auto* reset = std::get_if<event::Reset>(&*event)) {
        ended(reset->stream);
      } else if (const auto* closed = std::get_if<event::Closed>(&*event)) {
        ended(closed->stream);
      }
    }
  }

  /// What must hold at any time.
  void check() const {
    const Stats stats = endpoint_.stats();
    demand(stats.send_buffer_bytes <= limits::kSendBufferSum + limits::kDatagramQueueSum +
                                          stats.streams_now * limits::kSendBufferFloor + limits::kSendBuffer,
           "the send buffers are bounded");
    // Bytes that are out of order may be packed, and so a little more than the credit.
    const std::uint64_t credit = stats.streams_now * limits::kInitialCredit + limits::kCreditSum;
    demand(stats.receive_buffer_bytes <= credit + credit / limits::kPackedAllowanceShare +
                                             stats.streams_now * limits::kPackedAllowance +
                                             limits::kDatagramQueueSum + limits::kPartialDatagramSum +
                                             (limits::kLegacyUnread + 1) * kMostOfTheOriginals,
           "the receive buffers are bounded");
    // Streams whose connection in the original's protocol has ended can still be read.
    demand(endpoint_.link_up() || stats.streams_now <= limits::kLegacyUnread, "no stream without a link");
  }

 private:
  enum class State : std::uint8_t { live, gone };

  /// What is fed at once may exceed the limit at which feed_room() is 0.
  static constexpr std::size_t kMostOfTheOriginals = limits::kLegacyBuffer + limits::kFeedAtOnce;

  StreamId pick(std::uint8_t choice) const {
    if (streams_.empty()) return StreamId{choice};
    auto it = streams_.begin();
    std::advance(it, choice % streams_.size());
    return it->first;
  }

  void ended(StreamId stream) {
    const auto it = streams_.find(stream);
    demand(it != streams_.end(), "no end before the beginning");
    it->second = State::gone;
    Byte byte = 0;
    demand(!endpoint_.read(stream, MutableByteView(&byte, 1), Time::max()), "an id that ended names nothing");
  }

  void open(std::uint8_t verb, Time now) {
    Purpose purpose(ServiceId{verb});
    if (verb % 16 == 8) purpose.kind = StreamKind::datagrams;
    if (const auto id = endpoint_.open(purpose, now)) {
      demand(streams_.emplace(*id, State::live).second, "an id is never used twice");
    }
  }

  void send_datagram(StreamId stream, std::size_t size, Duration patience, Time now) {
    const auto fate = endpoint_.send_datagram(stream, Bytes(size, 0x1F), patience, now);
    if (fate || fate.error() != StreamError::too_long) return;
    demand(size > limits::kMaxDatagram, "what is not too long is not called so");
  }

  void read_datagram(StreamId stream, Time now) {
    const auto result = endpoint_.read_datagram(stream, now);
    if (!result || !result->datagram) return;
    demand(result->datagram->size() <= limits::kMaxDatagram, "no datagram is longer than the longest");
  }

  void write(StreamId stream, std::size_t count, Time now) {
    const Bytes bytes(count, 0x1F);
    const std::size_t room = endpoint_.write_room(stream);
    const auto written = endpoint_.write(stream, bytes, now);
    if (!written) return;
    demand(*written == std::min(room, count), "as much is written as there was room for");
  }

  void read(StreamId stream, std::size_t count, Time now) {
    Bytes into(count);
    const auto result = endpoint_.read(stream, into, now);
    demand(!result || result->count <= count, "no more is read than there is room for");
  }

  Endpoint& endpoint_;
  std::map<StreamId, State> streams_;
};

}  // namespace serialtcp::fuzz
