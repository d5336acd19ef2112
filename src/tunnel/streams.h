// Streams: the streams of a Tunnel: the operations of the application, what the peer sends about them, and
// how they end. It does not know frames: its speakers, StreamControl and Releases, and StreamData send what
// it has to send.
//
//   streams.cpp        the application's operations on streams of bytes, windows, compression
//   stream_chunks.cpp  what the peer sends about streams
//   endings.cpp        streams that are reset, and what is left when the link ends
//   datagrams.cpp      streams of datagrams
#pragma once

#include <cstdint>
#include <map>

#include "base/bucket.h"
#include "base/link_protocol.h"
#include "mux/scheduler.h"
#include "mux/stream_table.h"
#include "tunnel/link.h"
#include "tunnel/releases.h"
#include "tunnel/stream_control.h"
#include "wire/chunk.h"

namespace serialtcp::tunnel {

class Streams final : public base::StreamProtocol {
 public:
  explicit Streams(Link& link) : link_(link), releases_(table_), control_(*this) {}

  // ---- The application's operations, as in Endpoint ----

  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now) override;
  const Purpose* purpose(StreamId id) const override;
  bool is_known_to_peer(StreamId id) const override;
  std::expected<std::size_t, StreamError> write(StreamId id, ByteView bytes, Time now) override;
  std::size_t write_room(StreamId id) const override;
  std::expected<ReadResult, StreamError> read(StreamId id, MutableByteView into, Time now) override;
  std::expected<void, StreamError> shut_write(StreamId id, Time now) override;
  std::expected<DatagramFate, StreamError> send_datagram(StreamId id, ByteView datagram, Duration patience,
                                                         Time now) override;
  std::expected<DatagramReadResult, StreamError> read_datagram(StreamId id, Time now) override;
  void reset(StreamId id, ResetReason reason, Time now) override;
  void reset_in_order(StreamId id, ResetReason reason, Time now) override;
  void stop_reading(StreamId id, Time now) override;
  Undelivered undelivered() const;

  // ---- What the peer sends: each returns false for a protocol violation ----

  bool apply(const wire::chunk::Data& data, std::uint64_t in_frame);
  bool apply(const wire::chunk::Open& open, Time now);
  bool apply(const wire::chunk::Fin& fin);
  bool apply(const wire::chunk::Credit& credit, Time now);
  bool apply(const wire::chunk::Release& release);
  bool apply(const wire::chunk::Reset& reset);
  bool apply(const wire::chunk::Stop& stop);
  /// Where the bytes of a DATA chunk belong, if it arrived now.
  static std::uint64_t place_of(const wire::chunk::Data& data, const mux::Stream& stream);
  /// A part of a DATA chunk whose frame has not ended, `place` bytes after its beginning. Only if the stream is known; else it
  /// waits for the end of the frame.
  bool apply_part(const wire::chunk::Data& data, std::size_t place, ByteView bytes);
  bool take_data(mux::Stream& stream, std::uint64_t offset, ByteView bytes, wire::Packing packing);

  // ---- For the link ----

  void agree_on_packing(const wire::Hello& hello);
  /// The line is away: datagrams that have begun would be completed too late.
  void interrupt_datagrams();
  /// When check_endings() is due.
  Time endings_due() const { return endings_due_; }
  void check_endings(Time now);
  enum class Unread : std::uint8_t { dropped, kept };
  /// The link has ended.
  void drop_all(Unread unread);
  void add_to(Stats& stats) const;
  std::size_t size() const { return table_.size(); }

  // ---- For the speakers ----

  mux::Stream* find(wire::WireStream wire) const { return table_.find(wire); }
  mux::Stream* find(StreamId id) const { return table_.find(id); }
  /// Null also if the stream's index does not identify it any more.
  mux::Stream* find_on_wire(StreamId id) const;
  mux::Scheduler& scheduler() { return scheduler_; }
  const mux::Scheduler& scheduler() const { return scheduler_; }
  StreamControl& control() { return control_; }
  Releases& releases() { return releases_; }
  /// A long frame with bulk begins as soon as the line takes it. Acks and credit wait for it.
  bool bulk_comes() const;
  bool has_long_frames() const { return link_.divides; }
  /// It may have data to send now.
  void want_data(mux::Stream& stream, Time now);
  /// Prepares the next bytes to be sent, packed or plain.
  void load(mux::Stream& stream, Time now);
  void drop_late_datagrams(mux::Stream& stream, Time now);
  /// Bytes of the stream were sent, delivered, lost.
  void data_sent(mux::Stream& stream, std::uint64_t offset, std::size_t length, mux::Scheduler::Of of);
  void data_delivered(mux::Stream& stream, std::uint64_t offset, std::size_t length);
  void data_lost(mux::Stream& stream, std::uint64_t offset, std::size_t length, Time now);
  /// Something that was sent of the stream was delivered. The stream may have ended, and may be destroyed.
  void delivered(mux::Stream& stream);

 private:
  void tell_readable(mux::Stream& stream);
  void tell_writable(mux::Stream& stream);
  void progress(mux::Stream& stream);
  void close_if_done(mux::Stream& stream);
  std::size_t datagram_room(const mux::Stream& stream) const;
  std::size_t send_buffer_limit(const mux::Stream& stream) const;
  std::size_t most_in_flight() const;
  std::size_t far_window() const;
  void end_idle_run(Time now);

  void begin_reset(mux::Stream& stream, ResetReason reason);
  void terminate(mux::Stream& stream);
  void drop_output(mux::Stream& stream);
  void tell_reset(mux::Stream& stream);

  void datagram_lost(mux::Stream& stream, std::uint64_t offset, std::size_t length);
  bool apply_datagram(mux::Stream& stream, const wire::chunk::Data& data, std::uint64_t in_frame);

  Link& link_;
  mux::StreamTable table_;
  mux::Scheduler scheduler_;
  Releases releases_;
  StreamControl control_;
  std::uint64_t send_held_ = 0;
  /// Streams whose reset waits for their data, and since when nothing more of it was acknowledged.
  struct Ending {
    std::uint64_t acknowledged = 0;
    Time since{};
  };
  std::map<StreamId, Ending> endings_;
  Time endings_due_ = kNever;
  base::Bucket opens_{limits::kOpensAtOnce, limits::kOpensPerSecond};  ///< by the peer
};

}  // namespace serialtcp::tunnel
