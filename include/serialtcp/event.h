// What an Endpoint has to tell: the values that Endpoint::poll() returns, oldest first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "serialtcp/config.h"
#include "serialtcp/ids.h"

namespace serialtcp {

/// Why a stream ended other than by both ends closing it in order. The numbers travel on the line
/// (docs/protocol.md, "Reset reasons"): never renumber, only add.
enum class ResetReason : std::uint8_t {
  aborted = 0,              ///< the TCP connection was reset
  refused = 1,              ///< the target refused the connection
  timed_out = 2,            ///< the target did not answer the connect in time
  unreachable = 3,          ///< no way to the target: its host does not answer
  name_not_found = 4,       ///< the target's name does not resolve
  not_allowed = 5,          ///< the far end may not reach this
  no_such_service = 6,      ///< the far end has nothing under this name
  no_resources = 7,         ///< the far end is out of descriptors, ports or memory
  failed = 8,               ///< the connect failed for another reason
  network_unreachable = 9,  ///< no route to the target's network
  no_such_file = 10,        ///< the target is a unix socket, and nothing has its path
  no_permission = 11,       ///< the target is a unix socket, and may not be used by the user of that end
  // Never sent: what an end says to itself.
  link_lost = 128,  ///< the peer restarted, left, or was silent for longer than the hold time
};

/// A phrase that finishes the sentence "connection 7 was reset: ...".
std::string_view describe(ResetReason reason);

/// How the tunnel to the peer came to an end.
enum class LinkDownReason : std::uint8_t {
  peer_restarted,       ///< the peer is there, but as a new process
  peer_left,            ///< the peer said goodbye
  peer_silent,          ///< nothing was heard for the hold time
  line_lost,            ///< the line was away for the hold time
  peer_broke_protocol,  ///< a frame with a correct check value had contents that no correct peer sends
};

std::string_view describe(LinkDownReason reason);

/// What is wrong with the line while no tunnel comes up. Each is told again only after it has changed.
enum class LineTrouble : std::uint8_t {
  echo,          ///< we hear ourselves: loopback plug, crossed wires, or a console that echoes
  both_servers,  ///< both ends only accept
  both_clients,  ///< both ends only connect
  garbled,       ///< bytes come that make no sense: other speed, other parity, bad wire
  text,          ///< readable text comes: a console, a login prompt, boot messages
  own_kind,      ///< a peer that speaks the original's protocol says what we say: an echo, or two equal ends
  half_duplex,   ///< told while it is up: only one end can talk at a time, and the ends take turns
  peer_knows_no_turns,  ///< told as it comes up: this end takes turns, and the peer cannot
  incompatible,         ///< the peer speaks a version of the protocol that we do not
  echo_beside_peer,     ///< we hear ourselves, and a peer whose role is right as well
  // These are told while the tunnel is up, too, though no more often than limits::kKeyTroubleInterval:
  // somebody else is on the line.
  peer_has_no_key,  ///< we have a key, and the peer none: there is no talking to it
  peer_needs_key,   ///< the peer has a key, and we have none
  key_differs,      ///< both have a key, but not the same
};

/// What a line that is not 8-bit clean does to a byte value, every time.
struct ByteChange {
  enum class Kind : std::uint8_t {
    lost,        ///< `value` does not arrive
    replaced,    ///< `other` arrives instead of `value`
    extended,    ///< `other` arrives beside `value`
    seven_bits,  ///< the highest bit of all bytes is lost
  };
  Kind kind = Kind::lost;
  std::uint8_t value = 0;
  std::uint8_t other = 0;

  bool operator==(const ByteChange&) const = default;
};

/// What kind of console it is, of LineTrouble::text.
enum class Console : std::uint8_t {
  text,         ///< messages: a boot, a log
  login,        ///< asks for a login name or a password
  shell,        ///< a shell's prompt
  boot_loader,  ///< waits for a key, or for a command
};

namespace event {

struct LinkUp {
  SessionId peer;  ///< not known of a peer that speaks the original's protocol
  Protocol protocol = Protocol::own;
};
struct LinkDown {
  LinkDownReason reason;
};
struct LineTroubled {
  LineTrouble trouble;
  Console console = Console::text;  ///< if it is LineTrouble::text
  std::string heard = {};           ///< the line that tells, printable and short; only of a prompt
};
/// The same byte value fails again and again. Told once for each session and change.
struct LineAltersBytes {
  ByteChange change;
};
/// The peer has told which services it offers and wants: see Endpoint::peer_services().
struct PeerServices {};
/// The link is held, but its line has gone or an answer of the peer is overdue, either for a second; and then
/// the peer was heard again. Not told at the end of the link.
struct Away {};
struct Back {};
/// The peer ends as soon as everything has been delivered: tell it what is left (Endpoint::tell_left()).
struct PeerLeaving {};
/// The peer opened a stream: connect to what it is for (Endpoint::purpose() says all of it), or reset() with
/// the reason why not.
struct Opened {
  StreamId stream;
  ServiceId service;
};
/// There is something to read(): bytes, or the end.
struct Readable {
  StreamId stream;
};
/// write() takes bytes again after it had not taken all.
struct Writable {
  StreamId stream;
};
/// The stream was reset, by the peer or by the end of the link, and what arrived before has been read. The id
/// names nothing any more.
struct Reset {
  StreamId stream;
  ResetReason reason;
};
/// Both directions ended in order and everything has arrived. The id names nothing any more.
struct Closed {
  StreamId stream;
};

}  // namespace event

using Event = std::variant<event::LinkUp, event::LinkDown, event::LineTroubled, event::LineAltersBytes,
                           event::PeerServices, event::Away, event::Back, event::PeerLeaving, event::Opened,
                           event::Readable, event::Writable, event::Reset, event::Closed>;

}  // namespace serialtcp
