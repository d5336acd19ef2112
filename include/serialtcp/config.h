// Every number of the core that could have been another one: unit, default, why, limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/key.h"
#include "serialtcp/time.h"

namespace serialtcp {

/// What an end does with connections.
enum class Role : std::uint8_t {
  server = 1,  ///< accepts connections and opens streams
  client = 2,  ///< is opened to, and connects to targets
};

/// All that an end does: travels in the hello, so that two ends that cannot serve each other find out.
struct Roles {
  Roles() = default;
  Roles(Role only) : server(only == Role::server), client(only == Role::client) {}  // NOLINT: one is a set

  bool server = false;
  bool client = false;

  bool operator==(const Roles&) const = default;
};

/// Can connections go from one of these ends to the other, either way?
constexpr bool fit(const Roles& one, const Roles& other) {
  return (one.server && other.client) || (one.client && other.server);
}

/// The services of an end, by name; an empty name is the default service. Each name at most once as offered
/// and once as wanted, of either kind; limits::kMaxServices of all together.
struct ServiceNames {
  std::vector<std::string> offered = {};  ///< that it connects to targets for
  std::vector<std::string> wanted = {};   ///< that it accepts connections for
  std::vector<std::string> datagrams_offered = {};
  std::vector<std::string> datagrams_wanted = {};

  std::size_t size() const {
    return offered.size() + wanted.size() + datagrams_offered.size() + datagrams_wanted.size();
  }
  bool operator==(const ServiceNames&) const = default;
};

/// What an end without a peer does where it hears a login prompt, a shell prompt or a boot loader.
enum class AtPrompt : std::uint8_t {
  silent,  ///< nothing, until something of the protocol is heard
  speak,   ///< hellos every 30 s, as where other text is heard
};

/// What to speak on the line.
enum class Protocol : std::uint8_t {
  automatic,  ///< our own if the peer has it, else the original program's
  own,        ///< only our own, version 2
  original,   ///< only the original program's: one connection at a time, nothing checked
};

/// Whether streams may be packed (compressed), in both directions. Neither end packs unless both may.
enum class Compression : std::uint8_t {
  on,   ///< what shrinks is packed, all else stays as it is
  off,  ///< for who measures, or has no CPU or memory to spare
};

/// Whether both ends can talk at the same time.
enum class Duplex : std::uint8_t {
  automatic,  ///< they can, until the line shows otherwise
  half,       ///< they cannot: a radio, or RS-485 with two wires
};

struct EndpointConfig {
  /// What this end does with connections of the default service; also what it is in the original's protocol,
  /// which knows no other.
  Role role = Role::server;

  /// Told to the peer when the link comes up. If there are none, nothing is told.
  ServiceNames services = {};

  /// What this end does with connections that say for themselves where they go (service.h, services).
  Roles forwards = {};

  Protocol protocol = Protocol::automatic;

  AtPrompt at_prompt = AtPrompt::silent;

  Compression compression = Compression::on;
  Duplex duplex = Duplex::automatic;
  /// If there is one, the link is sealed with it, and there is none to a peer without it; only our own
  /// protocol is spoken then, whatever `protocol` is.
  std::optional<Key> key = {};

  /// Bytes per second that the line is said to carry (baud / bits per character). Only where measuring
  /// starts; the true speed is found out. Limits: 1 .. 1e9.
  std::uint64_t nominal_rate = 11520;

  /// How long streams are kept while the line is away, or the peer is silent although an answer is due. Then
  /// they are reset. 0: as soon as the line goes, or silence is certain (some 5 s); kForever: never.
  Duration hold = std::chrono::seconds(300);

  /// How long a server that speaks the original's protocol waits for the far connect.
  Duration connect_timeout = std::chrono::seconds(10);

  /// Streams at once, opened by either end together. Bounds the tables: about 800 bytes each while idle.
  std::uint32_t max_streams = 16384;
};

/// What an end with this configuration does with connections of whatever service.
inline Roles roles(const EndpointConfig& config) {
  Roles roles = config.role;
  roles.server = roles.server || config.forwards.server || !config.services.wanted.empty() ||
                 !config.services.datagrams_wanted.empty();
  roles.client = roles.client || config.forwards.client || !config.services.offered.empty() ||
                 !config.services.datagrams_offered.empty();
  return roles;
}

namespace limits {

using namespace std::chrono_literals;

// ---- Frames ----

/// Body of a frame with its check value, bytes before escaping. Longer costs memory and, once damaged, more
/// to send again; shorter costs 10 bytes of overhead more often: 10 / 4096 = 0.24 %.
inline constexpr std::size_t kMaxFrame = 4096;
/// Frames are not made shorter than this (payload bytes) however bad the line: below, overhead eats what is
/// won.
inline constexpr std::size_t kMinFramePayload = 32;
/// Frames sent and not yet acknowledged. Half of the 13-bit number space less a margin, so that numbers are
/// unambiguous.
inline constexpr std::size_t kMaxFramesInFlight = 2048;
/// Missing frames that one ack can list. More than that are reported by later acks.
inline constexpr std::size_t kMaxAckRanges = 15;

// ---- Streams ----

/// Bytes written to a stream and not yet acknowledged. Enough for one round trip of the fastest line in use,
/// if the other end is near.
inline constexpr std::size_t kSendBuffer = 256 * 1024;
/// A round trip above this makes the path a far one, where what is under way beside that is added to the windows.
inline constexpr Duration kNearRoundTrip = 50ms;
/// The most that is added, a stream: 3 Mbaud over two satellites in a row. Offsets on the wire allow 4 MB.
inline constexpr std::size_t kFarWindow = 2 * 1024 * 1024;
/// Sum of the above over all streams; beyond it, each stream gets kSendBufferFloor.
inline constexpr std::size_t kSendBufferSum = 32 * 1024 * 1024;
inline constexpr std::size_t kSendBufferFloor = 4 * 1024;
/// Bytes that a peer may send on a new stream before it has heard of any credit.
inline constexpr std::size_t kInitialCredit = 8 * 1024;
/// Most bytes that a stream's reader is ever behind its writer (grows from the above as the reader keeps up).
inline constexpr std::size_t kMaxCredit = 512 * 1024;
/// Sum of credit above kInitialCredit over all streams; beyond it, no stream's credit grows.
inline constexpr std::size_t kCreditSum = 32 * 1024 * 1024;
/// Streams that a peer may open at once, and in a second in the long run; what it opens beyond that is reset
/// with no_resources. Each may cost a socket, a name look-up and a connect; ssh and browsers open tens.
inline constexpr std::uint64_t kOpensAtOnce = 16384;
inline constexpr std::uint64_t kOpensPerSecond = 1000;
/// Characters of a service's name: enough to be told apart, short enough for each OPEN.
inline constexpr std::size_t kMaxServiceName = 32;
/// Services of one end, of both kinds together: more than a cable has uses for, and their names fit into a
/// few short chunks.
inline constexpr std::size_t kMaxServices = 64;

/// A peer that has said nothing for so long, while there are streams, is asked for an answer, so that its end is
/// noticed although nobody sends. Some 25 bytes there and back: half a per cent of a line of 1000 bytes/s.
inline constexpr Duration kIdleProbe = 4s;

// ---- Datagrams ----

/// Bytes of a datagram: the most that UDP over IPv4 can carry.
inline constexpr std::size_t kMaxDatagram = 65507;
/// What a datagram takes in a queue beside its bytes, so that empty ones do not come for nothing.
inline constexpr std::size_t kDatagramOverhead = 64;
/// Datagrams of one stream that wait, in each direction: three of the longest, or a burst of 170 of the
/// Internet's size. On lines where these take longer than a datagram may wait, time is the bound.
inline constexpr std::size_t kDatagramQueue = 256 * 1024;
/// Sum of the above over all streams, in each direction. No stream has more of it than what is free.
inline constexpr std::size_t kDatagramQueueSum = 4 * 1024 * 1024;
/// Bytes of datagrams of which a part has arrived, of all streams. Beyond it, the one is dropped whose next
/// piece is longest overdue. Twice as much in memory while they grow.
inline constexpr std::size_t kPartialDatagramSum = 4 * 1024 * 1024;

// ---- Compression ----

/// Window of a packed run: 2 ^ 17 = 128 kB. Twice as much shrinks text by 1 % more.
inline constexpr unsigned kPackWindowLog = 17;
/// And of one that a peer may send. This program sends none above the former; but the number stands in hellos,
/// which can reach a terminal, and there 17 is Ctrl-Q, 20 is nothing.
inline constexpr unsigned kUnpackWindowLog = 20;
/// Packed runs that may be open at once, in each direction: 32 * (1.2 MB to pack + 0.6 MB to unpack) = 58 MB.
/// Beyond it, streams go plain.
inline constexpr std::size_t kPackedRuns = 32;
/// A stream that has not packed anything for so long gives up its run when another stream wants one.
inline constexpr Duration kPackIdle = 2s;
/// On lines faster than this, bytes per second, nothing is packed: it would take more time than it saves.
inline constexpr std::uint64_t kFastestPacked = 4'000'000;
/// Packed bytes can be more than what they unpack to, since zstd adds a few to a piece that does not shrink:
/// 3 to each of at least 64 bytes, and 9 to a run. So they may run ahead of the credit by a sixteenth of it
/// and this.
inline constexpr std::size_t kPackedAllowance = 1024;
inline constexpr std::size_t kPackedAllowanceShare = 16;

/// Events that can wait to be polled beyond those bounded by the number of streams: link and line events are
/// merged past it.
inline constexpr std::size_t kMaxLineEvents = 64;

// ---- Sealed links ----

/// A sealed link changes the key it sends with after so many frames, or so long. The cipher could do with one
/// key for 2^64 frames; this bounds what a stolen key opens of what was said before.
inline constexpr std::uint64_t kRekeyFrames = 65536;
inline constexpr Duration kRekeyInterval = 15min;
/// Handshakes that were answered and have not been used yet: some may be recordings that somebody plays back.
/// Each costs a try at every frame that does not open.
inline constexpr std::size_t kOffersOpen = 32;
/// Of first messages of a handshake, so many tags are checked at once, and in a second in the long run: 5 us
/// each, 1 % of a processor. What comes beyond that is not looked at, and comes again.
inline constexpr std::uint64_t kHandshakeBurst = 16;
inline constexpr std::uint64_t kFirstMessagesPerSecond = 2000;
/// Those with a correct tag that are answered: 0.2 ms each. With kOffersOpen, an answer that was given is good
/// for a second at least, whatever comes meanwhile.
inline constexpr std::uint64_t kAnswersPerSecond = 32;
/// Second messages that are checked: 0.1 ms each. One is all that an honest peer says in a second.
inline constexpr std::uint64_t kSecondMessagesPerSecond = 150;
/// First messages that were answered are remembered, so that a recording that is played back over and over is
/// answered less and less: 24 bytes each.
inline constexpr std::size_t kAnsweredMessages = 512;
/// Frames that open with no key in use are tried with the next key and with those of offers: 1 us a try, 1 % of
/// a processor for each kind.
inline constexpr std::uint64_t kKeyTriesBurst = 256;
inline constexpr std::uint64_t kKeyTriesPerSecond = 8000;
/// That a peer has no key, or another one, or that a prompt was heard, is not told more often, whatever it says.
inline constexpr Duration kKeyTroubleInterval = 1min;

// ---- The original's protocol ----

/// Bytes received for a connection and not yet read; beyond it, the line is left unread.
inline constexpr std::size_t kClassicBuffer = 256 * 1024;
/// Connections that have ended on the line and are still being read: 64 * 256 kB = 16 MB. Beyond it, the
/// oldest is reset.
inline constexpr std::size_t kClassicUnread = 64;
/// Bytes written and not yet handed to the line by the connection that has it; kSendBufferFloor for those
/// that wait.
inline constexpr std::size_t kClassicSendBuffer = 64 * 1024;
/// Connections that wait for their turn: with 4 kB each, 4 MB.
inline constexpr std::size_t kClassicWaiting = 1024;

/// More need not be given to feed() at once.
inline constexpr std::size_t kFeedAtOnce = 64 * 1024;

}  // namespace limits
}  // namespace serialtcp
