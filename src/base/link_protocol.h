// LinkProtocol: the operations that an Endpoint needs of the protocol in use. There are two: tunnel::Tunnel,
// which is our own, and legacy::Session, which is that of the original program. tunnel::Chooser detects which
// one the peer uses.
//
// The functions are specified in serialtcp/endpoint.h. Those with a body here are not part of every protocol;
// the body is the answer of one that does not have them.
#pragma once

#include "serialtcp/endpoint.h"

namespace serialtcp::base {

/// The operations on streams.
class StreamProtocol {
 public:
  StreamProtocol() = default;
  virtual ~StreamProtocol() = default;
  StreamProtocol(const StreamProtocol&) = delete;
  StreamProtocol& operator=(const StreamProtocol&) = delete;

  virtual std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now) = 0;
  virtual const Purpose* purpose(StreamId id) const = 0;
  virtual bool is_known_to_peer(StreamId) const { return true; }
  virtual void connected(StreamId, Time) {}
  virtual std::expected<std::size_t, StreamError> write(StreamId id, ByteView bytes, Time now) = 0;
  virtual std::size_t write_room(StreamId id) const = 0;
  virtual std::expected<ReadResult, StreamError> read(StreamId id, MutableByteView into, Time now) = 0;
  virtual std::expected<DatagramFate, StreamError> send_datagram(StreamId, ByteView, Duration, Time) {
    return std::unexpected(StreamError::wrong_kind);
  }
  virtual std::expected<DatagramReadResult, StreamError> read_datagram(StreamId, Time) {
    return std::unexpected(StreamError::wrong_kind);
  }
  virtual std::expected<void, StreamError> shut_write(StreamId id, Time now) = 0;
  virtual void reset(StreamId id, ResetReason reason, Time now) = 0;
  virtual void reset_in_order(StreamId id, ResetReason reason, Time now) = 0;
  virtual void stop_reading(StreamId id, Time now) = 0;
};

/// The link.
class LinkProtocol {
 public:
  LinkProtocol() = default;
  virtual ~LinkProtocol() = default;
  LinkProtocol(const LinkProtocol&) = delete;
  LinkProtocol& operator=(const LinkProtocol&) = delete;

  virtual StreamProtocol& streams() = 0;
  virtual std::size_t feed_room() const { return limits::kFeedAtOnce; }
  virtual bool link_up() const = 0;
  virtual Time unanswered_since() const = 0;
  virtual Time overdue_at() const { return unanswered_since(); }
  virtual std::uint64_t rate() const = 0;
  virtual bool link_away() const { return false; }
  virtual const ServiceNames* peer_services() const { return nullptr; }
  virtual void announce_leaving(Time) {}
  virtual void tell_left(std::uint64_t, Time) {}
  virtual std::optional<std::uint64_t> peer_left() const { return std::nullopt; }
};

}  // namespace serialtcp::base
