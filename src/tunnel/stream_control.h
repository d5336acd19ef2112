// StreamControl: what is sent about streams in addition to their data: that one was opened, reset, is read no
// more, has ended, or may send more. Each of these is a StreamSpeaker, in one list (stream_control.cpp), in
// the order in which a frame carries them. To add one: its class, and one row there.
#pragma once

#include <deque>

#include "mux/stream.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Streams;

/// Like Speaker, for one kind of chunk about a stream. It has no state: that is in the stream.
class StreamSpeaker {
 public:
  virtual ~StreamSpeaker() = default;
  virtual bool wanted(const mux::Stream& stream) const = 0;
  /// Whether the open frame must end for a pending chunk.
  virtual bool urgent(const mux::Stream&) const { return true; }
  /// Whether it can even wait for the end of the bulk that follows it in its frame.
  virtual bool patient(const mux::Stream&) const { return false; }
  /// Writes the chunk, which counts as sent.
  virtual void write(mux::Stream& stream, base::Writer& out) const = 0;
  virtual void delivered(mux::Stream&) const {}
  virtual void lost(mux::Stream& stream) const = 0;
};

class StreamControl final : public Speaker {
 public:
  explicit StreamControl(Streams& streams) : streams_(streams) {}

  /// There may be something to send about this stream.
  void want(mux::Stream& stream);
  /// Until the peer has acknowledged OPEN, it precedes anything else about the stream in a frame. Writes at
  /// most wire::kMaxOpen bytes.
  void add_opening(mux::Stream& stream, FrameRoom& room);

  Time due(During during) const override;
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
