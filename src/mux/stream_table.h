// StreamTable: all streams of an endpoint, by id (for the application) and by index (on the line). Owns them.
// A stream leaves the line when both ends have finished with its index, and is destroyed once the application
// has finished, too.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "mux/stream.h"

namespace serialtcp::mux {

class StreamTable {
 public:
  struct Credits {
    std::size_t send = 0;
    std::size_t receive = 0;
  };

  /// A stream that this end opens, with the lowest free index; null when `most` are in use.
  Stream* create_local(Purpose purpose, Credits credits, std::size_t most);
  /// A stream that the peer opens. The index must be free (see is_free()).
  Stream* create_remote(std::uint32_t index, std::uint8_t generation, Purpose purpose, Credits credits);

  Stream* find(StreamId id) const;
  Stream* find(wire::WireStream wire) const;

  /// RELEASE was sent: the peer may use the index again.
  void release_said(std::uint32_t index);
  /// Whether the peer may open a stream with this index.
  bool is_free(std::uint32_t index) const;
  /// Whether this opening by the peer was seen before.
  bool was_opened(std::uint32_t index, std::uint8_t generation) const;

  /// Its index may be used again (ours), or is free for the peer (the peer's).
  void leave_wire(Stream& stream);
  /// Destroys it if neither the line nor the application needs it any more.
  void collect(Stream& stream);

  std::size_t size() const { return by_id_.size(); }
  void clear();
  /// The link has ended: no index is valid any more, and streams for which `keep` returns false are
  /// destroyed.
  void clear_wire(const std::function<bool(Stream&)>& keep);

  const std::unordered_map<StreamId, std::unique_ptr<Stream>>& all() const { return by_id_; }
  Pools& pools() { return pools_; }
  const Pools& pools() const { return pools_; }

 private:
  struct LocalSlot {
    Stream* stream = nullptr;
    std::uint8_t generation = 0;
  };
  struct RemoteSlot {
    Stream* stream = nullptr;
    std::uint8_t generation = 0;
    bool used = false;
    bool release_said = true;
  };

  Stream* add(const StreamKey& key, Credits credits);

  Pools pools_;
  std::unordered_map<StreamId, std::unique_ptr<Stream>> by_id_;
  std::vector<LocalSlot> local_;
  std::vector<RemoteSlot> remote_;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free_local_;
  std::size_t local_in_use_ = 0;
  std::uint64_t next_serial_ = 1;
};

}  // namespace serialtcp::mux
