// Speaker: something that is sent on the link: acknowledgements, credit, stream data, and so on, one object
// for each kind. All of them are in one list (Speakers, in the order in which a frame carries them), and all
// of them are asked the same questions:
//
//   when must you send?               due(), ready()          -> whether a frame begins, and when
//   can you wait for the open frame?  interrupts()            -> whether it ends now
//   write it                          write(), into the space that the frame has left
//   it was delivered, it was lost     delivered(), lost(), by the tickets that write() has added to the frame
//
// This is the model of s2n-quic's "transmission interest". To add a kind: one file with its class, one row in
// Tunnel's list.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/cursor.h"
#include "link/sender.h"
#include "serialtcp/time.h"
#include "tunnel/frames.h"
#include "wire/chunk.h"

namespace serialtcp::tunnel {

/// Whether a frame is open, to which only the bytes of its last DATA chunk can be added.
enum class During : std::uint8_t { no_frame, open_frame };

/// What a frame carries in addition to an acknowledgement.
enum class Cargo : std::uint8_t { none, some, bulk };

/// A frame that is being composed, and its space for chunks.
struct FrameRoom {
  OpenFrame& frame;
  base::Writer& raw;
  std::size_t patient = 0;  ///< tickets of what can wait for the end of a long frame
  /// Chunks other than DATA do not begin after this many bytes.
  static constexpr std::size_t kControlBytes = 384;

  bool has_room() const { return raw.size() < kControlBytes; }
  std::vector<link::Ticket>& tickets() { return frame.record.tickets; }
};

class Speaker {
 public:
  Speaker() = default;
  virtual ~Speaker() = default;
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  /// A frame is about to be composed: drops what is outdated.
  virtual void prepare(Time) {}
  /// When a frame should begin, or the open one should end; kNever if there is nothing to send, or if it can
  /// wait.
  virtual Time due(During during) const = 0;
  /// Whether a frame should begin now.
  virtual bool ready(Time now) const { return due(During::no_frame) <= now; }
  /// Whether the open frame should end now.
  virtual bool interrupts(Time now) const { return due(During::open_frame) <= now; }
  /// Whether this end has a reason to continue its turn on a half-duplex line.
  virtual bool needs_turn() const { return due(During::no_frame) != kNever; }
  /// What a frame carries that begins because of this.
  virtual Cargo cargo() const { return Cargo::some; }

  /// Writes what is pending and fits. What must be repeated if it is lost leaves a ticket.
  virtual void write(FrameRoom& room, Time now) = 0;
  virtual void delivered(const link::Ticket&, Time) {}
  virtual void lost(const link::Ticket&, Time) {}

  /// The link has ended, or there is a new peer.
  virtual void forget() {}

 protected:
  /// The values are the speaker's own.
  link::Ticket ticket(StreamId stream, std::uint64_t offset, std::uint32_t length,
                      link::Ticket::Kind kind = link::Ticket::Kind::repeated) const {
    return {kind, stream, offset, length, row_};
  }
  bool is_mine(const link::Ticket& ticket) const { return ticket.speaker == row_; }

 private:
  template <std::size_t>
  friend class SpeakerList;
  std::uint8_t row_ = 0;
};

template <std::size_t kCount>
class SpeakerList {
 public:
  explicit SpeakerList(const std::array<Speaker*, kCount>& rows) : rows_(rows) {
    for (std::size_t i = 0; i < kCount; ++i) rows_[i]->row_ = static_cast<std::uint8_t>(i);
  }

  void prepare(Time now) {
    for (Speaker* const speaker : rows_) speaker->prepare(now);
  }
  Time due(During during) const {
    Time due = kNever;
    for (const Speaker* const speaker : rows_) due = std::min(due, speaker->due(during));
    return due;
  }
  bool ready(Time now) const {
    return std::ranges::any_of(rows_, [now](const Speaker* speaker) { return speaker->ready(now); });
  }
  bool interrupt(Time now) const {
    return std::ranges::any_of(rows_, [now](const Speaker* speaker) { return speaker->interrupts(now); });
  }
  bool need_turn() const {
    return std::ranges::any_of(rows_, [](const Speaker* speaker) { return speaker->needs_turn(); });
  }
  /// Of a frame that carries all that is ready.
  Cargo cargo(Time now) const {
    Cargo most = Cargo::none;
    for (const Speaker* const speaker : rows_) {
      if (speaker->ready(now)) most = std::max(most, speaker->cargo());
    }
    return most;
  }
  void write(FrameRoom& room, Time now) {
    for (Speaker* const speaker : rows_) speaker->write(room, now);
  }
  void delivered(const link::Ticket& ticket, Time now) { rows_[ticket.speaker]->delivered(ticket, now); }
  void lost(const link::Ticket& ticket, Time now) { rows_[ticket.speaker]->lost(ticket, now); }
  void forget() {
    for (Speaker* const speaker : rows_) speaker->forget();
  }

 private:
  std::array<Speaker*, kCount> rows_;
};

template <std::size_t kCount>
SpeakerList(const std::array<Speaker*, kCount>&) -> SpeakerList<kCount>;

}  // namespace serialtcp::tunnel
