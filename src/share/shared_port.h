// SharedPort: a device of this process that streams of its links use together. It is open while one of them does.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "os/asio.h"
#include "os/observer.h"
#include "os/quiet_observer.h"
#include "port/serial_settings.h"
#include "share/share.h"
#include "share/share_config.h"

namespace serialtcp::share {

class SharedPort final : private io::QuietObserver {
 public:
  /// The one of this device, for all that run in this context.
  static std::shared_ptr<SharedPort> of(io::asio::io_context& context, const std::string& device);

  SharedPort(io::asio::io_context& context, std::string device);
  ~SharedPort() override;

  /// Who is notified of what happens to the device, and of what its users find out. Until forget().
  void tell(io::Observer& observer) { observers_.push_back(&observer); }
  void forget(io::Observer& observer);

  /// Makes the other side of this socket a user of the port. The first one opens it, with these settings; if the device is
  /// not there, users wait for it. The error is a sentence.
  std::expected<void, std::string> join(io::StreamSocket socket, const std::string& from, Protocol protocol,
                                        const io::SerialSettings& settings);

 private:
  void note(std::string_view text) override;
  void line_opened(std::string_view line, std::string_view how) override;
  void line_awaited(std::string_view line, std::string_view reason) override;
  void line_found(std::string_view line) override;
  void line_lost(std::string_view line, std::string_view reason) override;
  void line_back(std::string_view line, Duration away) override;
  void line_not_back_yet(std::string_view line, std::string_view reason) override;
  void line_still_away(std::string_view line, std::string_view reason, Duration away) override;

  io::asio::io_context& context_;
  std::string device_;
  std::vector<io::Observer*> observers_;
  io::SerialSettings settings_;
  std::unique_ptr<Share> share_;  ///< while it has users
};

}  // namespace serialtcp::share
