// ProcessShares: the resources that all links of this process share, so that the peer of one link cannot use
// up what the others need. Each link becomes a member of each share.
#pragma once

#include <cstddef>
#include <memory>

#include "base/fair_share.h"
#include "net/program_watcher.h"
#include "serialtcp/config.h"

namespace serialtcp::io {

/// Connections of all links together: as many as both ends of one link can open. 8 kB each with its socket:
/// 256 MB.
inline constexpr std::size_t kMaxConnections = 32768;
/// Name look-ups that run at the same time, of all links together; a link can have one even if there are more
/// links than half of this number.
inline constexpr std::size_t kMaxLookups = 16;
/// Additional look-ups that have taken so long that they were set aside (net/resolver.h): each is a thread
/// with some tens of kB.
inline constexpr std::size_t kMaxHangingLookups = 240;
/// Processes of all exec: services together.
inline constexpr std::size_t kMaxPrograms = 512;

struct ProcessShares {
  std::shared_ptr<base::FairShare> connections = std::make_shared<base::FairShare>(kMaxConnections);
  /// Streams that peers open: as many as one link permits its peer.
  std::shared_ptr<base::FairRate> opens =
      std::make_shared<base::FairRate>(limits::kOpensAtOnce, limits::kOpensPerSecond);
  std::shared_ptr<base::FairShare> lookups = std::make_shared<base::FairShare>(kMaxLookups);
  std::shared_ptr<base::FairShare> hanging_lookups = std::make_shared<base::FairShare>(kMaxHangingLookups);
  std::shared_ptr<base::FairShare> programs = std::make_shared<base::FairShare>(kMaxPrograms);
  std::shared_ptr<ProgramWatcher> watcher = std::make_shared<ProgramWatcher>();
};

}  // namespace serialtcp::io
