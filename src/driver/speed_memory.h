// SpeedMemory: which speed has worked on which adapter, with which peer, in a small file that outlives the program. What it says
// is a hint: whoever uses it proves the speed again. A file that is missing, full of garbage or cannot be written does no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/state_file.h"
#include "serialtcp/key.h"

namespace serialtcp::io {

/// Whose speed it is.
struct SpeedPlace {
  std::string adapter;  ///< as Line::adapter()
  std::string peer;     ///< as peer_text(); empty if the peer has nothing that lasts longer than its session

  bool operator==(const SpeedPlace&) const = default;
};

/// What an end with this key is called in the file: nothing that helps to find the key.
std::string peer_text(const std::optional<Key>& key);

struct KnownSpeed {
  SpeedPlace place;
  std::uint32_t speed = 0;  ///< bits per second

  bool operator==(const KnownSpeed&) const = default;
};

/// More are not kept: the oldest goes.
inline constexpr std::size_t kMostKnownSpeeds = 64;
/// Of an adapter's text; a longer one is not kept.
inline constexpr std::size_t kMostAdapterText = 200;
/// Of the file; what is behind it is not read.
inline constexpr std::size_t kMostSpeedText = 32 * 1024;

/// The latest first. Lines that cannot be understood are left out.
std::vector<KnownSpeed> parse_known_speeds(std::string_view text);
std::string format_known_speeds(const std::vector<KnownSpeed>& known);
/// Puts this one first, in place of what was known of its place; speed 0: it is not known any more.
void put_known_speed(std::vector<KnownSpeed>& known, const KnownSpeed& latest);

class SpeedMemory {
 public:
  explicit SpeedMemory(std::expected<std::string, std::string> folder = state_folder(state_surroundings()));

  /// 0: nothing is known. Reads the file, as does the next one, since other processes write it.
  std::uint32_t recall(const SpeedPlace& place) const;
  /// Replaces the file at once, or not at all. Returns why that is impossible, as a sentence, the first time only; else an
  /// empty text. If another process does the same just now, nothing is kept.
  std::string keep(const KnownSpeed& latest);

 private:
  std::string path() const;
  std::string write(const KnownSpeed& latest) const;

  std::expected<std::string, std::string> folder_;
  bool told_ = false;
};

}  // namespace serialtcp::io
