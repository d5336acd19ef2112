// What one end of a PPP link wants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::ppp {

/// A name and what proves it.
struct Login {
  std::string name;
  std::string secret;
};

/// Limits of a link.
namespace limits {
/// Every end can receive this, whatever was agreed (RFC 1661 section 6.1).
inline constexpr std::size_t kDefaultMru = 1500;
/// A peer that asks for less is asked for more: what IPv4 needs (RFC 791).
inline constexpr std::size_t kLeastMru = 68;
/// Datagrams are dropped while more bytes than these wait for the line.
inline constexpr std::size_t kMaxPending = 64 * 1024;
/// Answers to the peer are dropped while more bytes than these wait for the line.
inline constexpr std::size_t kMaxAnswersPending = 16 * 1024;
/// Reports that nobody takes; then datagrams are dropped, and of the other reports the oldest.
inline constexpr std::size_t kMaxReports = 4096;
/// Different notes for the log, until the link is up the next time.
inline constexpr std::size_t kMaxNotes = 16;
/// After a link that came to nothing: nothing is heard for so long.
inline constexpr Duration kPause = std::chrono::seconds(5);
/// After logins that failed again and again: each one doubles the pause, up to this.
inline constexpr Duration kLongestPause = std::chrono::seconds(60);
/// An active end that got no answer tries again after so long.
inline constexpr Duration kRetry = std::chrono::seconds(10);
/// An active end tries again after the peer has ended the link.
inline constexpr Duration kRetryAfterEnd = std::chrono::seconds(30);
/// For a peer to say who it is.
inline constexpr Duration kLoginTime = std::chrono::seconds(30);
}  // namespace limits

struct Config {
  /// Who speaks first: this end, or only the peer.
  enum class Start : std::uint8_t { active, passive };
  Start start = Start::active;
  /// Of the line, in bytes a second, for timers; 0: unknown.
  std::uint64_t rate = 0;

  /// The largest datagram that the peer shall send. More than limits::kDefaultMru counts as that.
  std::size_t mru = limits::kDefaultMru;
  /// Control characters that the line does not carry: they are escaped both ways. Bit n is for the value n.
  std::uint32_t map = 0;
  /// Offers to receive frames with compressed headers. (They are understood in any case.)
  bool short_headers = true;

  /// IPv4 addresses in host order. 0: the peer gives this end one; the peer may have any.
  std::uint32_t ours = 0;
  std::uint32_t peers = 0;
  /// The peer may keep an address that it insists on, other than `peers`.
  bool yields = false;
  /// Name servers for a peer that asks; 0: none.
  std::array<std::uint32_t, 2> dns{};
  /// Asks the peer for name servers.
  bool asks_dns = false;
  bool ipv6 = true;
  /// This end's interface identifier, unless the peer has it already; 0: a random one.
  std::uint64_t our_id = 0;
  /// Offers Van Jacobson header compression (RFC 1144), and accepts it.
  bool vj = true;

  /// With any of these, the peer must log in, by CHAP or, if it does not have that and `pap` is set, by PAP.
  std::vector<Login> accepts;
  /// As whom this end logs in, if the peer demands it.
  std::optional<Login> login;
  /// PAP sends secrets as they are.
  bool pap = true;

  /// An echo is requested after so much silence of the peer; zero: never.
  Duration echo_after = std::chrono::seconds(10);
  /// So many requests without an answer: the peer is dead.
  int echoes = 3;

  /// For magic numbers, identifiers and challenges. Another one for each link, and from a source that nobody can guess.
  std::array<Byte, 32> entropy{};
};

}  // namespace serialtcp::ppp
