// The events of an Endpoint: the values that Endpoint::poll() returns, oldest first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp {

/// Why a stream ended other than by both ends closing it in order. The numbers are sent on the line
/// (docs/protocol.md, "Reset reasons"): never renumber, only add.
enum class ResetReason : std::uint8_t {
  aborted = 0,              ///< the TCP connection was reset
  refused = 1,              ///< the target refused the connection
  timed_out = 2,            ///< the target did not answer the connect in time
  unreachable = 3,          ///< the target's host does not answer
  name_not_found = 4,       ///< the target's name does not resolve
  not_allowed = 5,          ///< the other end does not permit it
  no_such_service = 6,      ///< the other end has no service with this name
  no_resources = 7,         ///< the other end has no descriptors, ports or memory left
  failed = 8,               ///< the connect failed for another reason
  network_unreachable = 9,  ///< no route to the target's network
  no_such_file = 10,        ///< the target is a unix socket, and no file has its path
  no_permission = 11,  ///< the target is a unix socket, and the user of that end has no permission for it
  // Never sent: only reported by an end to its own application.
  link_lost = 128,  ///< the peer restarted or exited, or was silent for longer than the hold time
};

/// A phrase that finishes the sentence "connection 7 was reset: ...".
std::string_view describe(ResetReason reason);

/// How the link to the peer ended.
enum class LinkDownReason : std::uint8_t {
  peer_restarted,       ///< the peer is there, but with a new session
  peer_left,            ///< the peer sent goodbye
  peer_silent,          ///< nothing was received for the hold time
  line_lost,            ///< the line was away for the hold time
  peer_broke_protocol,  ///< protocol violation: contents of a correct frame that no correct peer sends
};

std::string_view describe(LinkDownReason reason);

/// What is wrong with the line while no link comes up. Each is reported again only after it has changed.
enum class LineTrouble : std::uint8_t {
  echo,          ///< our own bytes come back: a loopback plug, crossed wires, or a console that echoes
  both_servers,  ///< both ends only accept
  both_clients,  ///< both ends only connect
  garbled,       ///< bytes that are not correct: another speed, another parity, a bad cable
  text,          ///< readable text: a console, a login prompt, boot messages
  own_kind,      ///< original: codes of our own role arrive: an echo or a peer with the same role
  half_duplex,   ///< reported while the link is up: only one end can send at a time, and the ends take turns
  peer_knows_no_turns,  ///< reported as the link comes up: this end takes turns, and the peer does not support them
  incompatible,         ///< the peer uses a version of the protocol that we do not support
  echo_beside_peer,  ///< our own bytes come back, and there is also a peer with the right role
  // These are also reported while the link is up, at most every limits::kKeyTroubleInterval: there is another
  // sender on the line.
  peer_has_no_key,  ///< we have a key, and the peer has none: no link is possible
  peer_needs_key,   ///< the peer has a key, and we have none
  key_differs,      ///< both have a key, but not the same
};

/// How a line that is not 8-bit clean changes a byte value, every time.
struct ByteChange {
  enum class Kind : std::uint8_t {
    lost,        ///< `value` does not arrive
    replaced,    ///< `other` arrives instead of `value`
    extended,    ///< `other` arrives in addition to `value`
    seven_bits,  ///< the highest bit of all bytes is lost
  };
  Kind kind = Kind::lost;
  std::uint8_t value = 0;
  std::uint8_t other = 0;

  bool operator==(const ByteChange&) const = default;
};

/// The kind of console, for LineTrouble::text.
enum class Console : std::uint8_t {
  text,         ///< messages: a boot, a log
  login,        ///< requests a login name or a password
  shell,        ///< a shell's prompt
  boot_loader,  ///< waits for a key, or for a command
};

/// What the peer's hello tells of its program. Its exact version is not sent.
enum class PeerVersion : std::uint8_t {
  original,  ///< the original program
  v2_0,      ///< it announces no extensions
  v2_1_or_later
};

namespace event {

struct LinkUp {
  SessionId peer;  ///< not known for a peer with the original's protocol
  Protocol protocol = Protocol::own;
  PeerVersion version = PeerVersion::v2_0;
};
struct LinkDown {
  LinkDownReason reason;
};
struct LineTroubled {
  LineTrouble trouble;
  Console console = Console::text;  ///< for LineTrouble::text
  std::string heard = {};           ///< the line of text that shows it, printable and short; only of a prompt
};
/// The same byte value is changed again and again. Reported once for each session and change.
struct LineAltersBytes {
  ByteChange change;
};
/// Bytes are coded from now on, in both directions, since the line does not carry all values.
struct LineCoded {
  std::uint32_t avoided = 0;  ///< values that are not sent; 0: only printable characters are
  bool hopeless = false;      ///< they are not, since the line does not even carry those: no link is possible
};
/// The speed of the line is raised while the link is up, as far as more gets through. In bits per second.
struct LineSpeed {
  enum class What : std::uint8_t {
    climbs,    ///< from `speed`, to `other` at most
    settled,   ///< at `speed`, in place of `other`
    kept,      ///< at `speed`, not everything has arrived (`permille` of the probes): back to `other`
    poor,      ///< at `speed`, `permille` of the frames were lost: `other` carries more
    lost,      ///< at `speed`, nothing is understood any more: back to `other`
    left_out,  ///< the port of this end cannot do `speed`: it refuses it (`other` is 0), or has set `other`
    stays,     ///< at `speed`: the other end cannot raise it
    coded,     ///< at `speed`: bytes are coded, so something in between may know one speed only
    proven     ///< with LineSpeeds::by_hand: at `speed`, all probes have arrived, both ways
  };
  What what = What::climbs;
  std::uint32_t speed = 0;
  std::uint32_t other = 0;
  std::uint32_t permille = 0;
};
/// The peer has announced which services it offers and wants: see Endpoint::peer_services().
struct PeerServices {};
/// The link is kept, but since a second its line is away or an answer of the peer is overdue; and later: the
/// peer has answered. Not reported at the end of the link.
struct Away {};
struct Back {};
/// The peer exits as soon as everything has been delivered: report to it what is left
/// (Endpoint::tell_left()).
struct PeerLeaving {};
/// The peer opened a stream: connect to its target (see Endpoint::purpose()), or call reset() with the reason
/// of the failure.
struct Opened {
  StreamId stream;
  ServiceId service;
};
/// There is something to read(): bytes, or the end.
struct Readable {
  StreamId stream;
};
/// write() accepts bytes again after it had not accepted all; or there is room again (Endpoint::write_room()) for
/// datagrams.
struct Writable {
  StreamId stream;
};
/// The stream was reset, by the peer or by the end of the link, and the bytes before the reset have been
/// read. The id is not valid any more.
struct Reset {
  StreamId stream;
  ResetReason reason;
};
/// Both directions ended in order and everything has arrived. The id is not valid any more.
struct Closed {
  StreamId stream;
};

}  // namespace event

using Event = std::variant<event::LinkUp, event::LinkDown, event::LineTroubled, event::LineAltersBytes,
                           event::LineCoded, event::LineSpeed, event::PeerServices, event::Away, event::Back,
                           event::PeerLeaving, event::Opened, event::Readable, event::Writable, event::Reset,
                           event::Closed>;

}  // namespace serialtcp
