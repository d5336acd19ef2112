// ConsolePort: whose a port is that is a console for people until a peer of ours speaks, and then the line of a link
// (serialtcp getty). It decides; who uses it moves the bytes.
//
//   text --a peer is heard--> link --kAfterLink after the link's end, or kForLink without one, or typed keys--> text
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/peer_watch.h"
#include "wire/typed_keys.h"

namespace serialtcp::wire {

class ConsolePort {
 public:
  static constexpr Duration kAfterLink = std::chrono::seconds(3);
  /// A peer was heard: no longer than this, or the time of kBytesForLink, the port waits for the link.
  static constexpr Duration kForLink = std::chrono::seconds(5);
  static constexpr std::uint64_t kBytesForLink = 600;

  enum class Use : std::uint8_t { text, link };
  /// Why it is text again; completes "X: a console again: ...".
  enum class Why : std::uint8_t { link_ended, no_link, typed };

  /// `rate`: of the line, in bytes per second.
  explicit ConsolePort(std::uint64_t rate);

  Use use() const { return use_; }

  /// What was received while it is text; appends to `keys` what is for the console. The use may be another one then.
  void hear(ByteView bytes, Time now, Bytes& keys);
  /// What was received while it is the link's. The use may be another one then.
  void overhear(ByteView bytes, Time now);
  void tick(Time now, Bytes& keys);
  Time deadline() const;

  void link_is_up();
  void link_is_down(Time now);
  /// There is one, perhaps with a peer that is silent.
  bool has_link() const { return up_; }

  /// The first bytes for the link: those by which the peer was recognised.
  Bytes take_first() { return std::exchange(first_, {}); }
  /// Why the last link's use has ended.
  Why why() const { return why_; }

 private:
  void end_link(Why why);

  PeerWatch watch_;
  TypedKeys typed_{TypedKeys::kEnterOrInterrupt};
  Duration for_link_;
  Use use_ = Use::text;
  bool up_ = false;
  Time text_at_ = kNever;  ///< while it is the link's
  Why next_why_ = Why::no_link;
  Why why_ = Why::no_link;
  Bytes first_;
};

}  // namespace serialtcp::wire
