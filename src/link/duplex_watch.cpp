#include "link/duplex_watch.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

constexpr Duration kWindow = 3s;
constexpr int kCertainWindows = 3;
// Of fewer frames nothing can be said.
constexpr std::uint64_t kLeastSent = 10;
constexpr int kLeastHeard = 3;
constexpr double kMuchLost = 0.15;
// Part of the window in which this end sent.
constexpr double kMostly = 0.4;
// One frame in so many may seem to be heard while this end sends, because the moment is only calculated.
constexpr int kHardlyEver = 10;
constexpr double kMuchSlower = 0.6;

}  // namespace

bool DuplexWatch::heard_frame(Heard heard, const Totals& totals, double rate, double nominal_rate, Time now) {
  ++heard_;
  if (heard == Heard::while_sending) ++heard_while_sending_;
  const Duration window = now - since_;
  if (begun_ && window < kWindow) return false;
  // After a pause there is nothing to compare.
  const bool judged = begun_ && window < 3 * kWindow;
  suspicious_ = judged && is_suspicious(totals, rate, nominal_rate, window) ? suspicious_ + 1 : 0;
  begun_ = true;
  since_ = now;
  before_ = totals;
  heard_ = heard_while_sending_ = 0;
  return suspicious_ >= kCertainWindows;
}

bool DuplexWatch::is_suspicious(const Totals& totals, double rate, double nominal_rate,
                                Duration window) const {
  const std::uint64_t sent = totals.frames_sent - before_.frames_sent;
  const std::uint64_t lost = totals.frames_lost - before_.frames_lost;
  if (sent < kLeastSent || static_cast<double>(lost) < kMuchLost * static_cast<double>(sent)) return false;
  const double seconds = static_cast<double>(window.count()) / 1e9;
  const double sending = static_cast<double>(totals.bytes_sent - before_.bytes_sent) / rate / seconds;
  const bool deaf =
      sending >= kMostly && heard_ >= kLeastHeard && heard_while_sending_ * kHardlyEver <= heard_;
  return deaf || rate <= kMuchSlower * nominal_rate;
}

}  // namespace serialtcp::link
