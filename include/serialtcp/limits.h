// All numbers of the core that could have been chosen differently: unit, reason, limit. Those that concern one file
// only stand there.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp {

namespace limits {

using namespace std::chrono_literals;

// ---- Frames ----

/// Body of a frame with its check value, in bytes before escaping. Longer frames cost memory and, when
/// damaged, more retransmission; shorter ones cost 10 bytes of overhead more often: 10 / 4096 = 0.24 %.
inline constexpr std::size_t kMaxFrame = 4096;
/// Frames are not made shorter than this (payload bytes) however bad the line is: below, the overhead costs
/// more than is gained.
inline constexpr std::size_t kMinFramePayload = 32;
/// Frames sent and not yet acknowledged. Half of the 13-bit number space minus a margin, so that numbers are
/// unambiguous.
inline constexpr std::size_t kMaxFramesInFlight = 2048;
/// Ranges of missing frames that one ack can list. Further ones are reported by later acks.
inline constexpr std::size_t kMaxAckRanges = 15;

// ---- Streams ----

/// Bytes written to a stream and not yet acknowledged. Enough for one round trip of the fastest line in use,
/// if the other end is near.
inline constexpr std::size_t kSendBuffer = 256 * 1024;
/// With a round trip above this, the path is a far one: what is in flight because of the distance is added to
/// the windows.
inline constexpr Duration kNearRoundTrip = 50ms;
/// The maximum that is added, for each stream: 3 Mbaud over two satellites in a row. Offsets on the wire
/// allow 4 MB.
inline constexpr std::size_t kFarWindow = 2 * 1024 * 1024;
/// Sum of the send buffers of all streams; beyond it, each stream gets kSendBufferFloor.
inline constexpr std::size_t kSendBufferSum = 32 * 1024 * 1024;
inline constexpr std::size_t kSendBufferFloor = 4 * 1024;
/// Bytes that a peer may send on a new stream before it has received any credit.
inline constexpr std::size_t kInitialCredit = 8 * 1024;
/// The maximum of bytes by which a stream's writer may be ahead of its reader (grows from kInitialCredit
/// while the reader keeps up).
inline constexpr std::size_t kMaxCredit = 512 * 1024;
/// Sum of credit above kInitialCredit over all streams; beyond it, no stream's credit grows.
inline constexpr std::size_t kCreditSum = 32 * 1024 * 1024;
/// Streams that a peer may open at once, and per second in the long run; further ones are reset with
/// no_resources. Each may cost a socket, a name look-up and a connect; ssh and browsers open tens.
inline constexpr std::uint64_t kOpensAtOnce = 16384;
inline constexpr std::uint64_t kOpensPerSecond = 1000;
/// Characters of a service name: enough to distinguish services, short enough for each OPEN.
inline constexpr std::size_t kMaxServiceName = 32;
/// Services of one end, of both kinds together: more than a cable has uses for, and their names fit into a
/// few short chunks.
inline constexpr std::size_t kMaxServices = 64;

/// If nothing has arrived from the peer for this time, an answer is requested, so that a vanished peer is
/// noticed although nothing is sent. Some 25 bytes there and back: 0.5 % of a line of 1000 bytes/s. Not on a
/// half-duplex line without streams.
inline constexpr Duration kIdleProbe = 4s;

// ---- Datagrams ----

/// Maximum size of a datagram in bytes: that of UDP over IPv4.
inline constexpr std::size_t kMaxDatagram = 65507;
/// Cost of a datagram in a queue in addition to its bytes, so that empty ones are counted, too.
inline constexpr std::size_t kDatagramOverhead = 64;
/// Pending datagrams of one stream, in each direction: three of the longest, or a burst of 170 of the usual
/// size on the Internet. On lines where these take longer than a datagram may wait, the time is the limit.
inline constexpr std::size_t kDatagramQueue = 256 * 1024;
/// Sum of these over all streams, in each direction. No stream can have more of it than what is free.
inline constexpr std::size_t kDatagramQueueSum = 4 * 1024 * 1024;
/// Bytes of incomplete datagrams, of all streams. Beyond it, the one is dropped that has waited longest for
/// its next piece. Twice as much memory while they grow.
inline constexpr std::size_t kPartialDatagramSum = 4 * 1024 * 1024;

// ---- Compression ----

/// Window of a packed run: 2 ^ 17 = 128 kB. Twice as much shrinks text by 1 % more.
inline constexpr unsigned kPackWindowLog = 17;
/// The same for a run that a peer may send. This program sends none above the former. But the number is sent
/// in hellos, which may reach a terminal, where 17 is Ctrl-Q, and 20 has no effect.
inline constexpr unsigned kUnpackWindowLog = 20;
/// Packed runs that may be open at once, in each direction: 32 * (1.2 MB to compress + 0.6 MB to decompress)
/// = 58 MB. Beyond it, streams are sent plain.
inline constexpr std::size_t kPackedRuns = 32;
/// A stream that has packed nothing for this time gives up its run when another stream needs one.
inline constexpr Duration kPackIdle = 2s;
/// On lines faster than this (bytes per second) nothing is packed: it would take more time than it saves.
inline constexpr std::uint64_t kFastestPacked = 4'000'000;
/// Packed bytes can be more than their content, since zstd adds bytes to a piece that does not shrink: 3 to
/// each piece of at least 64 bytes, and 9 to a run. They may therefore exceed the credit by a sixteenth of it
/// and this.
inline constexpr std::size_t kPackedAllowance = 1024;
inline constexpr std::size_t kPackedAllowanceShare = 16;

/// Events of the link and the line that can be queued; beyond this, only the newest are kept. Events of
/// streams are bounded by the number of streams.
inline constexpr std::size_t kMaxLineEvents = 64;

// ---- Sealed links ----

/// A sealed link changes the key for sending after this many frames, or this time. The cipher would permit
/// 2^64 frames with one key; this limits what a stolen key reveals of earlier data.
inline constexpr std::uint64_t kRekeyFrames = 65536;
inline constexpr Duration kRekeyInterval = 15min;
/// Handshakes that were answered and not used yet (offers): some may be replayed recordings. Each costs a
/// trial for every frame that does not open.
inline constexpr std::size_t kOffersOpen = 32;
/// First messages of a handshake whose tags are checked at once, and per second in the long run: 5 us each, 1
/// % of a processor. Further ones are ignored, and will be repeated.
inline constexpr std::uint64_t kHandshakeBurst = 16;
inline constexpr std::uint64_t kFirstMessagesPerSecond = 2000;
/// First messages with a correct tag that are answered: 0.2 ms each. With kOffersOpen, an answer is valid for
/// a second at least, whatever else arrives.
inline constexpr std::uint64_t kAnswersPerSecond = 32;
/// Second messages that are checked: 0.1 ms each. A correct peer sends one a second at most.
inline constexpr std::uint64_t kSecondMessagesPerSecond = 150;
/// First messages that were answered are remembered, so that a recording that is replayed again and again is
/// answered less and less often: 24 bytes each.
inline constexpr std::size_t kAnsweredMessages = 512;
/// Frames that open with no key in use are tried with the next key and with those of offers: 1 us a trial, 1
/// % of a processor for each kind.
inline constexpr std::uint64_t kKeyTriesBurst = 256;
inline constexpr std::uint64_t kKeyTriesPerSecond = 8000;
/// That a peer has no key, or another one, or that a prompt was received, is reported at most this often.
inline constexpr Duration kKeyTroubleInterval = 1min;

// ---- The original's protocol ----

/// Bytes received for a connection and not yet read; beyond it, the line is not read.
inline constexpr std::size_t kLegacyBuffer = 256 * 1024;
/// Connections that have ended on the line and are still being read: 64 * 256 kB = 16 MB. Beyond it, the
/// oldest is reset.
inline constexpr std::size_t kLegacyUnread = 64;
/// Bytes written and not yet sent, for the connection that uses the line; kSendBufferFloor for those that
/// wait.
inline constexpr std::size_t kLegacySendBuffer = 64 * 1024;
/// Connections that wait for their turn: with 4 kB each, 4 MB.
inline constexpr std::size_t kLegacyWaiting = 1024;

/// The largest useful size of the bytes passed to feed().
inline constexpr std::size_t kFeedAtOnce = 64 * 1024;

}  // namespace limits

}  // namespace serialtcp
