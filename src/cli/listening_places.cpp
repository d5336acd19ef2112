#include "cli/listening_places.h"

namespace serialtcp::cli {

std::optional<ListeningPlaces::Who> ListeningPlaces::claim(const ServerSpec& spec, Who who) {
  const auto claim = spec.place->claim();
  if (!claim) return std::nullopt;
  const bool whole = claim->extent == io::Claim::Extent::whole_space;
  Space& space = spaces_[claim->space];
  const auto [found, added] = space.by_key.emplace(claim->key, who);
  const std::optional<Who> other = !added        ? std::optional(found->second)
                                   : space.whole ? space.whole
                                   : whole       ? space.first
                                                 : std::nullopt;
  if (whole && !space.whole) space.whole = who;
  if (!space.first) space.first = who;
  return other;
}

}  // namespace serialtcp::cli
