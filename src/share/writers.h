// Writers: which of the clients that share a port may write to it, and set it. Knows nothing else of them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace serialtcp::share {

enum class Writing : std::uint8_t {
  one,    ///< whoever writes first, until it leaves
  first,  ///< whoever is connected longest
  all,
};

class Writers {
 public:
  using Id = std::uint64_t;

  explicit Writers(Writing writing) : writing_(writing) {}

  void joined(Id client);
  /// It has left, or will not write any more.
  void left(Id client);

  /// Whether this client, which wants to write, may. If so, it has the port for writing from now on.
  bool claim(Id client);
  /// Who keeps others from writing; empty if nobody does.
  std::optional<Id> holder() const;

 private:
  Writing writing_;
  std::vector<Id> clients_;  ///< in the order in which they have joined
  std::optional<Id> writes_;
};

}  // namespace serialtcp::share
