// Letters: associations in a World, and a ledger of their datagrams. It is checked for every datagram that is
// read that the other side sent it on this association, that it is complete, that it was not read before, and
// that no datagram sent after it was; its age is recorded.
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
  std::size_t next = 0;     ///< in `sent`: the first one that may still be read
  std::uint64_t bytes = 0;  ///< read
  std::uint64_t count = 0;  ///< read
  Duration oldest{};        ///< the maximum age of a datagram when it was read
};

struct Association {
  Purpose purpose;
  End opener = End::a;
  Duration patience = 1s;
  bool echoes = false;  ///< the far side returns what it reads
  std::array<std::optional<StreamId>, 2> ids;
  std::array<Flow, 2> flows;  ///< by sending end
  std::array<bool, 2> closed{};
  std::array<bool, 2> end_read{};
  std::array<std::optional<ResetReason>, 2> reset;

  Flow& from(End end) { return flows[end == End::a ? 0 : 1]; }
  std::optional<StreamId>& at(End end) { return ids[end == End::a ? 0 : 1]; }
  /// It has ended at this side, or never was there.
  bool over(End end) const {
    const std::size_t i = end == End::a ? 0 : 1;
    return !ids[i] || closed[i] || reset[i];
  }
};

class Letters {
 public:
  /// From now on, this ledger receives the events of all streams of datagrams in this world.
  explicit Letters(World& world);

  /// Null where the link or a limit does not permit it. OPEN is sent with the first datagram, if that is sent
  /// now.
  Association* open(End end, Duration patience, Priority priority = Priority::automatic);
  /// Returns whether it was accepted.
  bool send(End end, Association& association, std::size_t size);
  /// Both sides send no more.
  void shut(Association& association);
  void shut_all();
  /// While false, the far side does not read.
  bool reads = true;
  void read_all();

  std::deque<Association>& all() { return all_; }
  /// All have ended at both sides where they existed.
  bool all_done() const;
  /// Number of datagrams that were read, at both ends.
  std::uint64_t received() const;
  /// Bytes of those that may have begun and are not read: one of each association and direction, the longest.
  std::uint64_t under_way() const;
  /// The program of this end was restarted: its associations are gone, and their ids are used again.
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
