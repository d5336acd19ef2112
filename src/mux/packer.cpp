#include "mux/packer.h"

#include <algorithm>

#include "serialtcp/config.h"

namespace serialtcp::mux {

namespace {

// A piece of content takes this long on the line. Longer ones shrink better, but the content of a piece can
// be read only when all of it has arrived.
constexpr double kPieceSeconds = 0.25;
constexpr std::size_t kLeastPiece = 512;
constexpr std::size_t kMostPiece = 32 * 1024;
// Less than this is not worth it: a keystroke, a prompt.
constexpr std::size_t kLeastPacked = 64;
constexpr std::size_t kLeastSample = 256;
// A run begins when a sample shrinks to this part, and ends when kPatience bytes in a row did not.
constexpr double kWorthwhile = 7.0 / 8;
constexpr std::size_t kPatience = 4096;
// Content sent plain between two trials. A trial costs as much as sending 10 kB plain at 921600, so less than
// 1 %.
constexpr std::size_t kFirstWait = 16 * 1024;
constexpr std::size_t kLongestWait = 128 * 1024;
// The weight of the newest piece in the ratio.
constexpr double kRatioGain = 0.25;

Packer::Piece plain(std::size_t size) {
  return {size, wire::Packing::plain};
}

}  // namespace

void Packer::wait_longer() {
  wait_ = std::clamp(2 * wait_, kFirstWait, kLongestWait);
  until_probe_ = wait_;
}

bool Packer::worth_a_run(ByteView content, PackerPool& pool, const std::optional<RunPlace>& place) {
  if (content.size() < kLeastSample || until_probe_ > 0) return false;
  const ByteView sample = content.first(std::min(content.size(), Probe::kMostSample));
  const auto goal = static_cast<double>(sample.size()) * kWorthwhile;
  if (static_cast<double>(pool.probe.packed_size(sample)) > goal) {
    wait_longer();
    return false;
  }
  // The stream's own run that has just ended has not arrived yet.
  if (!place && pool.in_use < pool.most) return true;
  if (!place) pool.refused = true;
  until_probe_ = kFirstWait;
  return false;
}

Packer::Piece Packer::next(ByteView content, std::uint64_t rate, Time now, PackerPool& pool,
                           std::optional<RunPlace>& place, Bytes& out) {
  if (pool.window_log == 0 || rate > limits::kFastestPacked) return plain(content.size());
  if (!compressor_) {
    if (!worth_a_run(content, pool, place)) {
      const std::size_t count = until_probe_ > 0 ? std::min(content.size(), until_probe_) : content.size();
      until_probe_ -= std::min(count, until_probe_);
      return plain(count);
    }
    place.emplace(pool);
    compressor_.emplace(pool.window_log);
    ratio_ = 1.0;
    not_shrunk_ = 0;
    wait_ = 0;
  } else if (content.size() < kLeastPacked) {
    return plain(content.size());
  }
  const auto fits = static_cast<std::size_t>(static_cast<double>(rate) * kPieceSeconds * ratio_);
  const std::size_t taken = std::min(content.size(), std::clamp(fits, kLeastPiece, kMostPiece));
  const std::size_t before = out.size();
  compressor_->pack(content.first(taken), out);
  last_packed_ = now;
  const auto packed = static_cast<double>(out.size() - before);
  const double ratio = static_cast<double>(taken) / packed;
  ratio_ += (ratio - ratio_) * kRatioGain;
  not_shrunk_ = ratio * kWorthwhile < 1 ? not_shrunk_ + taken : 0;
  if (not_shrunk_ >= kPatience) end_run(out);
  return {taken, wire::Packing::packed};
}

void Packer::end_run(Bytes& out) {
  compressor_->finish(out);
  compressor_.reset();
  wait_longer();
}

}  // namespace serialtcp::mux
