// The file: a line for each speed, the latest first, "3000000 PEER ADAPTER"; a peer without a name is "-".
#include "driver/speed_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "os/digest.h"
#include "os/error_text.h"
#include "os/file_text.h"
#include "os/text.h"
#include "os/whole_number.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kFile = "/speeds";
constexpr std::string_view kNew = ".new";
constexpr std::string_view kHeading =
    "# Speeds that have worked, which serialtcp tries first. This file may be deleted.\n";
constexpr std::string_view kNobody = "-";
constexpr std::uint32_t kMostSpeed = 50'000'000;
constexpr std::size_t kPeerBytes = 8;

std::optional<KnownSpeed> parse_line(std::string_view line) {
  const auto speed = whole_number<std::uint32_t>(take_word(line));
  const std::string_view peer = take_word(line);
  line.remove_prefix(std::min<std::size_t>(line.find_first_not_of(' '), line.size()));
  const bool good = speed && *speed > 0 && *speed <= kMostSpeed && !peer.empty() &&
                    peer.size() <= 2 * kPeerBytes && !line.empty() && line.size() <= kMostAdapterText &&
                    printable(line) == line;
  if (!good) return std::nullopt;
  return KnownSpeed{{std::string(line), peer == kNobody ? "" : std::string(peer)}, *speed};
}

}  // namespace

std::string peer_text(const std::optional<Key>& key) {
  if (!key) return "";
  constexpr std::string_view kUse = "serialtcp: the name of a peer in the file of speeds";
  Digest digest;
  digest.add(ByteView(reinterpret_cast<const Byte*>(kUse.data()), kUse.size()));
  digest.add(key->bytes());
  std::string text;
  const Digest::Value value = digest.value();
  for (const Byte byte : std::span(value).first(kPeerBytes)) text += fmt::format("{:02x}", byte);
  return text;
}

std::vector<KnownSpeed> parse_known_speeds(std::string_view text) {
  std::vector<KnownSpeed> known;
  while (!text.empty() && known.size() < kMostKnownSpeeds) {
    auto line = parse_line(take_line(text));
    const bool is_new = line && std::ranges::find(known, line->place, &KnownSpeed::place) == known.end();
    if (is_new) known.push_back(std::move(*line));
  }
  return known;
}

std::string format_known_speeds(const std::vector<KnownSpeed>& known) {
  std::string text(kHeading);
  for (const KnownSpeed& each : known) {
    const std::string_view peer = each.place.peer.empty() ? kNobody : std::string_view(each.place.peer);
    text += fmt::format("{} {} {}\n", each.speed, peer, each.place.adapter);
  }
  return text;
}

void put_known_speed(std::vector<KnownSpeed>& known, const KnownSpeed& latest) {
  std::erase_if(known, [&latest](const KnownSpeed& each) { return each.place == latest.place; });
  if (latest.speed == 0 || latest.place.adapter.size() > kMostAdapterText) return;
  known.insert(known.begin(), latest);
  if (known.size() > kMostKnownSpeeds) known.resize(kMostKnownSpeeds);
}

SpeedMemory::SpeedMemory(std::expected<std::string, std::string> folder) : folder_(std::move(folder)) {}

std::string SpeedMemory::path() const {
  return fmt::format("{}{}", *folder_, kFile);
}

std::uint32_t SpeedMemory::recall(const SpeedPlace& place) const {
  if (!folder_) return 0;
  const std::vector<KnownSpeed> known = parse_known_speeds(file_text(path(), kMostSpeedText));
  const auto found = std::ranges::find(known, place, &KnownSpeed::place);
  return found == known.end() ? 0 : found->speed;
}

std::string SpeedMemory::keep(const KnownSpeed& latest) {
  if (recall(latest.place) == latest.speed) return "";
  const std::string why = folder_ ? write(latest) : folder_.error();
  if (why.empty() || std::exchange(told_, true)) return "";
  return fmt::format("which speed works is not remembered for the next start: {}", why);
}

/// Returns why it cannot be done; empty if it was.
std::string SpeedMemory::write(const KnownSpeed& latest) const {
  const auto failed = [this](int error) {
    return error == 0 || error == EEXIST ? "" : fmt::format("{}: {}", path(), plain_text(error));
  };
  if (const int error = make_state_folder(*folder_)) return failed(error);
  if (belongs_to_another_user(*folder_)) return fmt::format("{} belongs to another user", *folder_);
  NewFile file(path().append(kNew));
  if (const int error = file.open()) return failed(error);
  std::vector<KnownSpeed> known = parse_known_speeds(file_text(path(), kMostSpeedText));
  put_known_speed(known, latest);
  if (const int error = file.fill(format_known_speeds(known))) return failed(error);
  return failed(file.move_to(path()));
}

}  // namespace serialtcp::io
