// Stream: one connection as this end knows it: its two halves, the states of its opening and its end, and its
// place in the scheduler. It does not know frames or the peer; tunnel/ moves what it holds.
//
// State, of the stream between the two ends:
//
//            the application resets, in order      all was delivered
//     open ------------------------------> ending ------------------> resetting
//      |  |                                  |                         ^    |
//      |  +------ the application resets ----|-------------------------+    |
//      |                                     |                              |
//      +----- the peer's RESET arrives ------+-----> peer_reset <-----------+
//
//     any --- both ends are done with its index, or the link has ended ---> gone
//
//   The opener repeats OPEN with everything that it sends of the stream until OPEN is acknowledged. The other end sends
//   RELEASE when it will send no more of the stream; then the index is free.
//
// Application, the application's view of the stream:
//
//     open --- it has read the end ---> at_end --- it has ended writing, too --> closed
//      |                                                                           ^
//      +--- reset, with bytes to be read ---> reset_pending --- they were read ----+
//
//     any --- reset ---> closed
//
// A stream of datagrams has these in addition to the halves, which then carry nothing and know only the end.
#pragma once

#include <cstdint>
#include <memory>

#include "base/check.h"
#include "mux/datagram_receiver.h"
#include "mux/datagram_sender.h"
#include "mux/receive_half.h"
#include "mux/scheduler.h"
#include "mux/send_half.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/service.h"
#include "wire/chunk.h"

namespace serialtcp::mux {

/// Which end opened a stream.
enum class Opener : std::uint8_t { us, peer };

struct StreamKey {
  StreamId id;
  Opener opener = Opener::us;
  std::uint32_t index = 0;
  std::uint8_t generation = 0;
  Purpose purpose;
};

/// What all streams of an endpoint share.
struct Pools {
  CreditPool credit;
  PackerPool packers;
  DecompressorPool decompressors;
  DatagramRoom datagrams_to_send;
  DatagramRoom datagrams_to_read;
  PartialDatagrams partial_datagrams;
};

struct Datagrams {
  explicit Datagrams(Pools& pools)
      : out(pools.datagrams_to_send), in(pools.datagrams_to_read, pools.partial_datagrams) {}

  DatagramSender out;
  DatagramReceiver in;
};

class Stream {
 public:
  enum class State : std::uint8_t {
    open,
    ending,      ///< our RESET waits until everything written has been delivered
    resetting,   ///< our RESET is repeated until it is acknowledged (`reset`)
    peer_reset,  ///< the peer's RESET has arrived
    gone,        ///< its index does not identify it any more
  };
  enum class Application : std::uint8_t {
    open,
    at_end,         ///< it has read the end
    reset_pending,  ///< it is notified of a reset (`heard_reason`) when it has read the bytes before it
    closed,         ///< it does not use the stream any more
  };

  Stream(const StreamKey& k, std::size_t send_credit, std::size_t receive_credit, Pools& pools)
      : key(k),
        send(send_credit),
        receive(receive_credit, pools.credit, pools.decompressors),
        datagrams(k.purpose.kind == StreamKind::datagrams ? std::make_unique<Datagrams>(pools) : nullptr),
        open(k.opener == Opener::us ? Delivery::wanted : Delivery::not_needed) {}

  const StreamKey key;
  SendHalf send;
  ReceiveHalf receive;
  const std::unique_ptr<Datagrams> datagrams;       ///< null for a stream of bytes
  Delivery open;                                    ///< of our OPEN
  Delivery reset = Delivery::not_needed;            ///< of our RESET
  ResetReason reset_reason = ResetReason::aborted;  ///< the reason in our RESET
  ResetReason heard_reason = ResetReason::aborted;  ///< the reason that is reported to the application
  Delivery stop = Delivery::not_needed;             ///< of our STOP
  Delivery credit = Delivery::not_needed;           ///< wanted, or not
  bool drops_input = false;     ///< the application reads no more: data of the peer is dropped
  bool write_blocked = false;   ///< write() accepted less than it was given
  bool readable_told = false;   ///< an event::Readable is queued and not polled, or not followed by a read
  bool control_queued = false;  ///< it is in tunnel's list of streams with control chunks to send
  ScheduleEntry schedule;

  State state() const { return state_; }
  void move(State next) {
    CHECK(may_move(state_, next));
    state_ = next;
  }
  Application application() const { return application_; }
  void move(Application next) {
    CHECK(may_move(application_, next));
    application_ = next;
  }
  /// Its index still identifies it.
  bool on_wire() const { return state_ != State::gone; }
  bool abandoned() const { return application_ == Application::closed; }
  /// What is written is dropped: the peer reads no more, or cannot be reached.
  bool drops_output() const { return send.discarded(); }

  /// This end will send nothing more of this stream, and awaits nothing except, at the opener, RELEASE.
  bool wire_finished() const {
    // The index is not free while data of the stream is still held for a reader.
    if (state_ == State::peer_reset) return abandoned() || !has_unread();
    if (state_ == State::resetting) return reset == Delivery::delivered;
    return send.finished() && receive.complete();
  }
  /// Whether RELEASE of the peer is valid: it may be sent only when everything from this end has arrived.
  /// What counts as lost here may have arrived nevertheless.
  bool may_be_released() const {
    return terminated() || (send.is_shut() && all_sent() && (drops_input || receive.complete()));
  }
  /// Thus everything that was in flight has arrived.
  void released() {
    send.delivered(send.first_unacknowledged(), static_cast<std::size_t>(send.spread()));
    if (send.is_shut()) send.set_fin(Delivery::delivered);
    if (state_ == State::resetting) reset = Delivery::delivered;
  }
  /// Content, or the end, that the application of a stream of bytes has not read.
  bool has_unread() const {
    return !datagrams && !drops_input &&
           (receive.readable() > 0 || (receive.at_end() && application_ != Application::at_end));
  }
  /// The peer has acknowledged everything that was written, and the end if there is one.
  bool all_delivered() const {
    const bool end = !send.is_shut() || send.fin() == Delivery::delivered;
    return send.held() == 0 && send.all_sent() && end;
  }
  /// Only a reset of it is still useful.
  bool terminated() const { return state_ == State::resetting || state_ == State::peer_reset; }
  bool all_sent() const { return send.all_sent() && !has_datagrams(); }
  bool has_datagrams() const { return datagrams && !datagrams->out.empty(); }
  bool has_data() const { return on_wire() && !terminated() && (send.has_next() || has_datagrams()); }
  /// The piece to be sent next, of at most `most` bytes. Only if it has data.
  Piece next(std::size_t most) const { return datagrams ? datagrams->out.next(most) : send.next(most); }
  /// Whether there is more to be sent after `piece`, the result of next(), that needs another chunk.
  bool needs_chunk_after(const Piece& piece) const {
    return datagrams ? datagrams->out.has_more() : send.changes_kind_after(piece);
  }
  bool fin_can_be_said() const { return send.fin_can_be_said() && !has_datagrams(); }
  /// Everything that the peer has sent has been read.
  bool at_end() const { return receive.at_end() && (!datagrams || datagrams->in.empty()); }
  std::size_t unread() const { return receive.held() + (datagrams ? datagrams->in.held() : 0); }
  /// Discards what is held in either direction.
  void discard() {
    send.discard();
    receive.discard();
    if (!datagrams) return;
    datagrams->out.discard();
    datagrams->in.discard();
  }
  wire::WireStream wire() const {
    return {key.index, key.opener == Opener::us ? wire::OpenedBy::sender : wire::OpenedBy::receiver};
  }

 private:
  static constexpr bool may_move(State from, State to) {
    switch (to) {
      case State::open:
        return false;
      case State::ending:
        return from == State::open;
      case State::resetting:
        return from == State::open || from == State::ending;
      case State::peer_reset:
        return from != State::peer_reset && from != State::gone;
      case State::gone:
        return from != State::gone;
    }
    return false;
  }
  static constexpr bool may_move(Application from, Application to) {
    if (to == Application::closed) return from != Application::closed;
    return to != Application::open && from == Application::open;
  }

  State state_ = State::open;
  Application application_ = Application::open;
};

}  // namespace serialtcp::mux
