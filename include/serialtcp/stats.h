// Counters of one Endpoint since it was made. They only grow, but for those that say "now".
#pragma once

#include <cstdint>

namespace serialtcp {

struct Stats {
  // The line.
  std::uint64_t wire_bytes_sent = 0;
  std::uint64_t wire_bytes_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;   ///< with a correct check value
  std::uint64_t frames_damaged = 0;    ///< between two boundaries, but the check value was wrong
  std::uint64_t frames_mended = 0;     ///< damaged, but known after all: not sent again
  std::uint64_t frames_duplicate = 0;  ///< correct, but seen before
  std::uint64_t junk_bytes = 0;        ///< received outside any correct frame

  // The link.
  std::uint64_t frames_lost = 0;            ///< sent, and found lost
  std::uint64_t probes_sent = 0;            ///< frames sent because nothing was heard
  std::uint64_t frames_in_flight = 0;       ///< now: sent, and nothing is known of them
  std::uint64_t frames_unanswered = 0;      ///< now: those of them that the peer has to answer
  std::uint64_t rate_bytes_per_second = 0;  ///< now: what the line carries, as measured
  std::uint64_t round_trip_ns = 0;          ///< now: smoothed; 0 before the first measurement
  std::uint64_t keys_renewed = 0;           ///< of a sealed link: the key to send with

  // Streams.
  std::uint64_t streams_opened = 0;  ///< by either end
  std::uint64_t streams_reset = 0;
  std::uint64_t streams_now = 0;  ///< now
  std::uint64_t payload_bytes_sent =
      0;  ///< of streams of bytes, each once, when it is made ready for the line
  std::uint64_t payload_bytes_resent = 0;    ///< as they travel, so less where they are packed
  std::uint64_t payload_bytes_received = 0;  ///< in order, each byte once
  std::uint64_t packed_payload_bytes = 0;    ///< of payload_bytes_sent, those that went packed ...
  std::uint64_t packed_bytes_sent = 0;       ///< ... and what they became, each byte once
  std::uint64_t datagrams_sent = 0;          ///< all of it, once; whether it arrives is not known
  std::uint64_t datagrams_received = 0;
  /// At this end: they waited for too long, or there was no room for them, or a part of them was lost.
  std::uint64_t datagrams_dropped = 0;
  std::uint64_t send_buffer_bytes = 0;     ///< now: held until acknowledged
  std::uint64_t receive_buffer_bytes = 0;  ///< now: held until read
};

}  // namespace serialtcp
