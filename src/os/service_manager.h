// ServiceManager: the program that has started this one and wants to know how it is, as sd_notify(3) describes: one
// datagram for each change, to the socket that the environment names. Never waits.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class ServiceManager {
 public:
  /// Messages that its socket has no room for, and that are sent later. Of more, the oldest are dropped.
  static constexpr std::size_t kMaxUnsent = 8;

  /// Reads what the environment says, and removes it from there: it is not meant for programs that this one starts.
  /// Before there are threads.
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Whether there is one that can be notified.
  bool present() const;

  /// The program counts as hung when it has not sent "WATCHDOG=1" for this time.
  std::optional<Duration> watchdog() const { return watchdog_; }

  /// Whether it is lost when the socket has no room for it: what is sent again and again may be, a change may not.
  enum class Loss : std::uint8_t { allowed, not_allowed };
  /// False if it was lost.
  bool send(std::string_view message, Loss loss);

  /// That the configuration is read again from now on, until "READY=1".
  void send_reloading();

  /// Sends what there was no room for. To be called from time to time.
  void send_again();

  /// The first thing that did not work, once: a sentence for the log.
  std::optional<std::string> take_problem();

 private:
  enum class Sent : std::uint8_t { yes, no_room, lost };

  void open(const std::string& name);
  Sent try_to_send(std::string_view message);
  void note_problem(std::string_view reason);

  std::string name_;  ///< of the socket, as the environment has it
  StreamEndpoint address_;
  int socket_ = -1;
  std::optional<Duration> watchdog_;
  std::deque<std::string> unsent_;
  std::optional<std::string> problem_;
  bool told_ = false;
};

}  // namespace serialtcp::io
