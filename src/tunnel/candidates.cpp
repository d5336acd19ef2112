#include "tunnel/candidates.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace serialtcp::tunnel {

void Candidates::hold(Candidate candidate) {
  CHECK(!full());
  held_.push_back({std::move(candidate), 0, std::nullopt});
  ++untold_;
}

wire::chunk::Candidate Candidates::tell(std::uint64_t in_frame) {
  CHECK(untold_ > 0);
  Held& held = held_[held_.size() - untold_--];
  held.told_in = in_frame;
  return {static_cast<std::uint16_t>(held.candidate.number), held.candidate.fingerprint};
}

std::optional<Candidates::Candidate> Candidates::take(std::uint16_t number_low16) {
  const auto it = std::ranges::find_if(held_, [&](const Held& held) {
    return held.told_in != 0 && static_cast<std::uint16_t>(held.candidate.number) == number_low16;
  });
  if (it == held_.end()) return std::nullopt;
  Candidate taken = std::move(it->candidate);
  held_.erase(it);
  return taken;
}

void Candidates::heard(std::uint64_t number, std::uint64_t acked) {
  std::erase_if(held_, [&](Held& held) {
    if (held.told_in == 0 || acked < held.told_in) return false;
    // The frame that the peer was sending when it received the candidate has ended without a confirmation. It
    // is in the next one, or nowhere.
    if (!held.confirmed_by) held.confirmed_by = number + 1;
    return number >= *held.confirmed_by;
  });
}

void Candidates::clear() {
  held_.clear();
  untold_ = 0;
}

}  // namespace serialtcp::tunnel
