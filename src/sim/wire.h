// Wire: one direction of a serial cable, from the queue of the sender's driver to the receiver. Time is
// passed in.
//
// Bytes leave the queue one after the other, each in its character time, and arrive after the latency,
// damaged by the faults. It holds the bytes in transit. It reads no clock and does not know devices. `now`
// must never decrease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/faults.h"
#include "sim/line_settings.h"
#include "sim/lumper.h"
#include "sim/receive_fifo.h"
#include "sim/resampler.h"

namespace serialtcp::sim {

/// Where the receiver's input is connected to.
enum class Contact : std::uint8_t {
  joined,  ///< the sender's output
  open,    ///< nothing: the line seems idle
  low,     ///< held low: a break, and then nothing
  hum,  ///< the sender, without a ground: low for the first half of each period of the mains, a break each time
};

struct WireConfig {
  LineSettings sender;
  LineSettings receiver;
  Faults faults;
  Duration latency{0};
  /// Bytes arrive at multiples of this, as with the timer of a USB adapter; 0: at any time.
  Duration quantum{0};
  Lumps lumps;                        ///< how bytes are delivered after that
  std::size_t queue_capacity = 4096;  ///< of the sender's driver
  /// Capacity of the receiver's driver. Of the bytes that arrive between two calls of receive(), the rest is
  /// lost.
  std::size_t receive_buffer = std::numeric_limits<std::size_t>::max();
  std::uint32_t limit = 0;  ///< bits per second above which bits are lost (see bit_loss()); 0: none
  ReceiveFifoConfig fifo = {};
};

struct WireStats {
  std::uint64_t sent = 0;       ///< bytes passed to send()
  std::uint64_t delivered = 0;  ///< bytes returned by receive()
  std::uint64_t lost = 0;       ///< left while the cable was cut, or discarded in the queue
  std::uint64_t slept = 0;      ///< the part of `lost` that was lost because the line had been silent
  std::uint64_t overrun = 0;    ///< arrived when the receive buffer was full
  std::uint64_t garbled =
      0;  ///< left while the settings of sender and receiver differed, or faster than the limit
  FaultStats faults;
  // What the receiver's driver has counted:
  ReceiveErrors errors;
  std::uint64_t fifo_overruns = 0;  ///< runs of bytes that its UART has lost
  std::uint64_t fifo_lost = 0;      ///< bytes of these runs
};

class Wire {
 public:
  Wire(const WireConfig& config, std::uint64_t seed);

  /// Bytes that the sender's queue accepts now.
  std::size_t room(Time now) const;
  /// When room() will be at least `bytes`; in the past if it is already, kNever if held or if the queue is
  /// too small.
  Time room_time(std::size_t bytes) const;
  /// Bytes in the sender's queue, including the one that is being sent.
  std::size_t queued(Time now) const;
  /// Bytes that receive() has not returned yet, including those in the queue.
  std::size_t in_transit() const { return bytes_.size() - first_ + lumper_.held() + fifo_.held(); }
  /// At most room() bytes (CHECK).
  void send(ByteView bytes, Time now);

  /// When receive() is to be called next; kNever if nothing is in transit. It may then return nothing, if
  /// bytes were lost.
  Time next_arrival() const;
  /// Appends everything that has arrived by now.
  void receive(Time now, Bytes& out);

  // All of these may be called at any time. A byte that is being sent is affected only by cut().
  void set_sender(const LineSettings& settings, Time now);
  void set_receiver(const LineSettings& settings, Time now);
  void set_latency(Duration latency, Time now);
  void set_quantum(Duration quantum, Time now);
  void set_lumps(const Lumps& lumps) { lumper_.set(lumps); }
  void set_faults(const Faults& faults);
  void set_limit(std::uint32_t limit, Time now);
  void set_fifo(const ReceiveFifoConfig& fifo) { fifo_.set(fifo); }
  const ReceiveFifoConfig& fifo() const { return fifo_.config(); }
  /// Also affects a byte that is being sent.
  void set_contact(Contact contact, Time now);
  /// What leaves from now on is lost. Bytes continue to leave: the sender does not notice.
  void cut(Time now);
  void join(Time now);
  /// Flow control: nothing leaves until release() for each reason. Calling either twice is harmless.
  enum class Hold : std::uint8_t {
    full = 1,       ///< the receiver takes nothing more
    stopped = 2,    ///< XOFF has arrived in the other direction
    not_clear = 4,  ///< the sender waits for a CTS that is not connected
  };
  void hold(Time now, Hold why = Hold::full);
  void release(Time now, Hold why = Hold::full);
  /// Discards what has not left, as a driver does when its device goes away.
  void clear_queue(Time now);

  const WireConfig& config() const { return conditions_; }
  WireStats stats() const;

 private:
  enum class Fate : std::uint8_t { arrives, garbled, hums, lost };
  enum class ByteUnderWay : std::uint8_t { finishes, restarts };

  /// Bytes that leave without gaps under the same conditions.
  struct Run {
    Time start;
    std::uint32_t count = 0;
    std::uint32_t taken = 0;  // by receive()
    LineSettings sender;
    LineSettings receiver;
    Duration latency{0};
    Duration quantum{0};
    std::uint32_t limit = 0;
    Fate fate = Fate::arrives;
    std::uint32_t conditions = 0;  // conditions_number_ at its creation

    Time end_of(std::uint64_t bytes) const { return start + character_time(sender, bytes); }
    std::size_t gone_by(Time now) const;
    std::size_t arrived_by(Time now) const;
    Time arrival_of(std::uint64_t byte) const;
  };

  void schedule(std::size_t count, Time from);
  void append_run(std::size_t count, Time start);
  void append_run(std::size_t count, Time start, Fate fate);
  std::size_t unschedule(Time now, ByteUnderWay under_way);
  void conditions_changed(std::size_t unscheduled);
  Fate fate() const;
  void take(Run& run, std::size_t count, Bytes& out);
  void take_by_byte(Run& run, std::size_t count, Bytes& out);
  void pass(const Run& run, ByteView bytes, Bytes& out);
  void pass_humming(const Run& run, ByteView bytes, Bytes& out);
  void garble(const Run& run, ByteView bytes, Bytes& out);
  void take_breaks(Time now, Bytes& out);
  void finish_front(Bytes& out);
  void limit_arrivals(std::size_t before, Bytes& out);
  void compact();

  WireConfig conditions_;
  enum class State : std::uint8_t { joined, cut } state_ = State::joined;
  Contact contact_ = Contact::joined;
  Time break_at_ = kNever;  // when the next one has been received
  std::uint64_t breaks_ = 0;
  std::uint32_t conditions_number_ = 0;

  // Every byte in transit, oldest first: bytes_[first_ ...] are those of runs_ (without what is taken), then
  // held_ more.
  Bytes bytes_;
  std::size_t first_ = 0;
  std::deque<Run> runs_;
  std::size_t held_ = 0;
  std::uint8_t holding_ = 0;  // for what reasons
  std::size_t asleep_ = 0;    // so many of the next bytes are lost, since the line was silent
  Time line_free_{};          // when the last scheduled byte has left

  base::Prng prng_;
  FaultGap stall_;
  FaultInjector injector_;
  Lumper lumper_;
  ReceiveFifo fifo_;
  Resampler resampler_;
  std::uint32_t resampling_ = kNotResampling;  // the conditions that resampler_ is configured for
  static constexpr std::uint32_t kNotResampling = ~std::uint32_t{0};
  Bytes came_;   // temporary: what has arrived, and may have to wait for its lump
  Bytes heard_;  // temporary: what the resampler made of the bytes
  Bytes one_;    // temporary: what has become of one byte
  WireStats stats_;
};

}  // namespace serialtcp::sim
