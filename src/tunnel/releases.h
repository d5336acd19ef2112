// Releases: tells the opener of a stream that it may use the stream's index again.
#pragma once

#include <cstdint>
#include <deque>

#include "mux/stream_table.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Releases final : public Speaker {
 public:
  explicit Releases(mux::StreamTable& table) : table_(table) {}

  void add(const mux::Stream& stream) { pending_.push_back({stream.key.index, stream.key.generation}); }

  Time due(During) const override { return pending_.empty() ? kNever : Time{}; }
  void write(FrameRoom& room, Time) override {
    while (!pending_.empty() && room.has_room()) {
      const wire::chunk::Release release = pending_.front();
      pending_.pop_front();
      wire::write_chunk(release, room.raw);
      table_.release_said(release.index);
      room.tickets().push_back(ticket({}, release.index, release.generation));
    }
  }
  void lost(const link::Ticket& ticket, Time) override {
    pending_.push_back({static_cast<std::uint32_t>(ticket.offset), static_cast<std::uint8_t>(ticket.length)});
  }
  void forget() override { pending_.clear(); }

 private:
  mux::StreamTable& table_;
  std::deque<wire::chunk::Release> pending_;
};

}  // namespace serialtcp::tunnel
