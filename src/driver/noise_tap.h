// NoiseTap: what the kernel of the other end's machine prints on a line that is its console as well, for those who look at
// that console here. It is taken from the bytes of the line, and no stream has any of it.
//
// Only complete kernel messages are passed on, and only if the endpoint has found bytes since that were no part of a frame, or
// the line has paused behind them: a file that contains such messages is not shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class NoiseTap {
 public:
  /// Clients at once; further ones are closed.
  static constexpr std::size_t kMostClients = 16;
  /// Messages of which it is not known yet whether they are noise; more are forgotten.
  static constexpr std::size_t kMostPending = 16 * 1024;
  /// Nothing comes behind a message for this time: it stands between frames.
  static constexpr Duration kPause = std::chrono::milliseconds(100);
  /// The end of the frame in which it stands is waited for so long.
  static constexpr Duration kPatience = std::chrono::seconds(2);

  /// `junk`: how many bytes were no part of a frame, so far.
  NoiseTap(asio::io_context& context, std::function<std::uint64_t()> junk);

  /// The client gets them from now on, as far as its socket accepts them at once.
  void add(StreamSocket client);
  bool wanted() const { return !clients_.empty(); }

  /// What the line has delivered, after the endpoint has processed it.
  void heard(ByteView bytes, Time now);

 private:
  void find_messages();
  void pass_on();
  void watch(const std::shared_ptr<StreamSocket>& client);
  void remove(const StreamSocket* client);

  std::function<std::uint64_t()> junk_;
  std::vector<std::shared_ptr<StreamSocket>> clients_;
  Bytes heard_;    ///< in which a message may have begun
  Bytes pending_;  ///< messages
  Time pending_since_{};
  std::uint64_t junk_before_ = 0;
  Alarm pause_alarm_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
