// Counters of one Endpoint since its creation. They only grow, except those marked "now".
#pragma once

#include <cstdint>

namespace serialtcp {

struct Stats {
  // The line.
  std::uint64_t wire_bytes_sent = 0;
  std::uint64_t wire_bytes_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;   ///< with a correct check value
  std::uint64_t frames_damaged = 0;    ///< while there was a link: with a wrong check value
  std::uint64_t parts_received = 0;    ///< of frames that had not ended: proven by a check value of their own
  std::uint64_t frames_mended = 0;     ///< damaged, but repaired: not retransmitted
  std::uint64_t frames_duplicate = 0;  ///< correct, but received before
  std::uint64_t junk_bytes = 0;        ///< received outside any correct frame

  // The link.
  std::uint64_t frames_lost = 0;            ///< sent, and lost
  std::uint64_t probes_sent = 0;            ///< frames sent because no ack arrived
  std::uint64_t frames_in_flight = 0;       ///< now: sent, with unknown fate
  std::uint64_t frames_unanswered = 0;      ///< now: those of them that the peer must acknowledge
  std::uint64_t rate_bytes_per_second = 0;  ///< now: measured speed of the line
  std::uint64_t round_trip_ns = 0;          ///< now: smoothed; 0 before the first measurement
  std::uint64_t keys_renewed = 0;           ///< of a sealed link: the key for sending

  // Streams.
  std::uint64_t streams_opened = 0;  ///< by either end
  std::uint64_t streams_reset = 0;
  std::uint64_t streams_now = 0;  ///< now
  std::uint64_t payload_bytes_sent =
      0;  ///< of streams of bytes, each once, when it is made ready for the line
  std::uint64_t payload_bytes_resent = 0;    ///< coded bytes, so fewer where they are packed
  std::uint64_t payload_bytes_received = 0;  ///< in order, each byte once
  std::uint64_t packed_payload_bytes = 0;    ///< the part of payload_bytes_sent that was packed ...
  std::uint64_t packed_bytes_sent = 0;       ///< ... and the coded bytes of it, each byte once
  std::uint64_t datagrams_sent = 0;          ///< completely, once; whether it arrives is not known
  std::uint64_t datagrams_received = 0;
  /// At this end: they were pending too long, or there was no space for them, or a part of them was lost.
  std::uint64_t datagrams_dropped = 0;
  std::uint64_t send_buffer_bytes = 0;     ///< now: held until acknowledged
  std::uint64_t receive_buffer_bytes = 0;  ///< now: held until read
};

}  // namespace serialtcp
