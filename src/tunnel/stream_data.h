// StreamData: the bytes and the datagrams of streams, as frames carry them. Short data is put into a frame as
// a whole, and there is space for more after it. Longer data is the last chunk of its frame and is written
// while the line takes it, so that a frame can end early for something more urgent.
#pragma once

#include <optional>

#include "link/part_length.h"
#include "mux/scheduler.h"
#include "tunnel/link.h"
#include "tunnel/speaker.h"
#include "tunnel/streams.h"

namespace serialtcp::tunnel {

class StreamData final : public Speaker {
 public:
  /// `frame` is the open frame.
  StreamData(Link& link, Streams& streams, const std::optional<OpenFrame>& frame)
      : link_(link), streams_(streams), frame_(frame) {}

  // ---- As in Speaker ----

  void prepare(Time now) override;
  /// Without an open frame: when the next one may carry data. With one: when its next bytes may be sent.
  Time due(During during) const override;
  bool ready(Time) const override { return next_ != nullptr; }
  /// Other data is more urgent than that of the open frame.
  bool interrupts(Time now) const override;
  bool needs_turn() const override { return is_waiting() && !link_.sender->full(); }
  Cargo cargo() const override { return next_->schedule.in_turns() ? Cargo::bulk : Cargo::some; }
  void write(FrameRoom& room, Time now) override;
  void delivered(const link::Ticket& ticket, Time now) override;
  void lost(const link::Ticket& ticket, Time now) override;

  // ---- The open frame ----

  /// Whether the bytes that would be sent next cannot continue its chunk.
  bool is_at_end() const;
  /// Prepares its next bytes, packed or plain.
  void load_open(Time now);
  /// So many bytes of a piece of its stream were sent.
  void sent(OpenFrame& frame, mux::Stream& stream, const mux::Piece& piece, std::size_t count);
  /// Whether the frame carries nothing but data.
  bool carries_only_this(const OpenFrame& frame) const;

  // ---- While no answer comes ----

  /// When bulk is to be held back; kNever if it is, or no answer is awaited. A driver may accept much more than the line
  /// carries at that moment, and then all that is urgent waits behind it.
  Time hold_due() const;
  /// Until something is acknowledged.
  void hold_bulk() { held_since_ = link_.sender->awaiting_since(); }

  // ---- For turns and the pacer ----

  /// There is some, or will be soon.
  bool is_waiting() const { return !streams_.scheduler().empty(); }
  /// It waits for nothing but the pacer.
  bool waits_for_pacer(Time now) const;
  /// Sparse data of an interactive stream was sent a moment ago, and more is expected.
  bool somebody_types(Time now) const;
  link::Pacer::Hurry hurry(Time now) const;
  /// The same for sparse data of any stream.
  link::Air::Typing typing(Time now) const;
  bool turn_is_over(Time now) const;

 private:
  mux::Stream* next_stream(Time now);
  bool holds_bulk() const;
  void begin_chunk(mux::Stream& stream, const mux::Piece& piece, DataEnd end, FrameRoom& room);
  void plan_parts(const mux::Stream& stream, OpenFrame& frame, Time now);

  Link& link_;
  Streams& streams_;
  const std::optional<OpenFrame>& frame_;
  Time held_since_{};  ///< what awaiting_since() was
  link::PartLength part_length_;
  bool over_ = false;  ///< this end's turn is over: the frame that is being composed carries no data
  mux::Stream* next_ = nullptr;  ///< the stream whose data it carries first
  Time typed_{};                 ///< when sparse data of an interactive stream was sent
  Time sparse_sent_{};           ///< when sparse data of any stream was sent
};

}  // namespace serialtcp::tunnel
