// Letters: associations across a World, and a ledger of the datagrams that went through them. Checked at
// every datagram that is read: it is one that the other side sent on this association, whole, it was not read
// before, nor one that was sent after it; and how old it is.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "world.h"

namespace serialtcp::test {

/// One direction of an association.
struct Flow {
  struct Letter {
    std::uint64_t pattern = 0;
    std::size_t size = 0;
    Time sent{};
  };
  std::vector<Letter> sent;
  std::size_t next = 0;     ///< of `sent`, the first that may still be read
  std::uint64_t bytes = 0;  ///< read
  std::uint64_t count = 0;  ///< read
  Duration oldest{};        ///< how old one was when it was read, at most
};

struct Association {
  Purpose purpose;
  End opener = End::a;
  Duration patience = 1s;
  bool echoes = false;  ///< the far side sends back what it reads
  std::array<std::optional<StreamId>, 2> ids;
  std::array<Flow, 2> flows;  ///< by the end that sends
  std::array<bool, 2> closed{};
  std::array<bool, 2> end_read{};
  std::array<std::optional<ResetReason>, 2> reset;

  Flow& from(End end) { return flows[end == End::a ? 0 : 1]; }
  std::optional<StreamId>& at(End end) { return ids[end == End::a ? 0 : 1]; }
  /// At this side, or it never was there.
  bool over(End end) const {
    const std::size_t i = end == End::a ? 0 : 1;
    return !ids[i] || closed[i] || reset[i];
  }
};

class Letters {
 public:
  /// Streams of datagrams that are opened in this world are this ledger's.
  explicit Letters(World& world);

  /// Null where the link or a limit does not allow it. Travels with the first datagram, if that is sent now.
  Association* open(End end, Duration patience, Priority priority = Priority::automatic);
  /// Returns whether it was taken.
  bool send(End end, Association& association, std::size_t size);
  /// Both sides send no more.
  void shut(Association& association);
  void shut_all();
  /// The far side does not read until it does again.
  bool reads = true;
  void read_all();

  std::deque<Association>& all() { return all_; }
  /// Ended at both sides, wherever it had begun.
  bool all_done() const;
  /// How many datagrams were read, at both ends.
  std::uint64_t received() const;
  /// This end's program was started anew: what it had open is gone, and its numbers are given out again.
  void forget(End end);

 private:
  bool on_event(End end, const Event& event);
  bool on_opened(End end, StreamId id);
  void read(End end, StreamId id, Association& association);
  void check(End reader, Association& association, const Bytes& datagram);
  std::map<StreamId, Association*>& streams(End end) { return streams_[end == End::a ? 0 : 1]; }

  World& world_;
  std::deque<Association> all_;
  std::array<std::map<StreamId, Association*>, 2> streams_;
  std::uint64_t next_pattern_ = 1;
};

}  // namespace serialtcp::test
