// StreamControl: what is said of streams beside their data: that one was opened, reset, is read no more, has ended, or
// may send more. Each of these is a StreamSpeaker, in one list (stream_control.cpp), in the order in which a frame
// carries them. To add one: its class, and one row there.
#pragma once

#include <deque>

#include "mux/stream.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Streams;

/// As Speaker, for one kind of thing that is said of a stream. It has no state: that is the stream's.
class StreamSpeaker {
 public:
  virtual ~StreamSpeaker() = default;
  virtual bool wanted(const mux::Stream& stream) const = 0;
  /// Of what is wanted: must the open frame be ended for it?
  virtual bool urgent(const mux::Stream&) const { return true; }
  /// Writes the chunk, which counts as sent.
  virtual void write(mux::Stream& stream, base::Writer& out) const = 0;
  virtual void delivered(mux::Stream&) const {}
  virtual void lost(mux::Stream& stream) const = 0;
};

class StreamControl final : public Speaker {
 public:
  explicit StreamControl(Streams& streams) : streams_(streams) {}

  /// There may be something to say of this stream.
  void want(mux::Stream& stream);
  /// Until the peer has acknowledged OPEN, it goes in front of anything else that a frame says of the stream. The
  /// longest that is written is wire::kMaxOpen.
  void add_opening(mux::Stream& stream, FrameRoom& room);

  Time due(During during) const override {
    const bool wanted = during == During::open_frame ? urgent_ : !queue_.empty();
    return wanted ? Time{} : kNever;
  }
  void write(FrameRoom& room, Time now) override;
  void delivered(const link::Ticket& ticket, Time now) override;
  void lost(const link::Ticket& ticket, Time now) override;
  void forget() override;

 private:
  void write_all(mux::Stream& stream, FrameRoom& room);

  Streams& streams_;
  std::deque<StreamId> queue_;  ///< each once
  bool urgent_ = false;         ///< one of them cannot wait until the open frame is full
};

}  // namespace serialtcp::tunnel
