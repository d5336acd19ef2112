// PortKeeper: the device that is shared, opened and kept open.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "os/asio.h"
#include "os/observer.h"
#include "port/line_keeper.h"
#include "port/serial_port.h"
#include "share/share_config.h"

namespace serialtcp::share {

class PortKeeper final : private io::LineKeeper::User {
 public:
  /// Whose functions must not destroy this object.
  class User {
   public:
    virtual ~User() = default;
    /// The view is not kept.
    virtual void port_delivered(ByteView bytes) = 0;
    virtual void port_writable() = 0;
    /// Whether it is to be read: otherwise it is not, until resume().
    virtual bool port_wanted() = 0;
    /// It is open, for the first time or again, or not any more.
    virtual void port_opened() = 0;
    virtual void port_lost() = 0;
  };

  /// All references outlive it.
  PortKeeper(io::asio::io_context& context, const std::string& device, const io::SerialSettings& settings,
             io::Observer& observer, User& user)
      : user_(user),
        port_(context, device, settings, observer, io::SerialPort::Purpose::shared),
        keeper_(context, port_, observer, *this) {}

  /// Opens the device, or waits for it. The error says why that is useless: completes "Could not open serial port X: ...".
  std::expected<void, std::string> start(ShareConfig::Missing missing = ShareConfig::Missing::wait) {
    using Missing = io::LineKeeper::Missing;
    unusable_.reset();
    // A device opens or fails at once.
    keeper_.start(missing == ShareConfig::Missing::fail ? Missing::is_unusable : Missing::is_awaited);
    if (unusable_) return std::unexpected(*unusable_);
    return {};
  }
  void close() { keeper_.close(); }

  bool is_open() const { return keeper_.is_open(); }
  /// Returns how many of the bytes the device has accepted. When it has not accepted all, port_writable() is called later.
  std::size_t write(ByteView bytes) { return keeper_.write(bytes); }
  /// Asks port_wanted() again.
  void resume() { keeper_.resume(); }
  /// Passes on what has arrived already.
  void read_now() { keeper_.read_now(); }

  io::SerialPort& port() { return port_; }
  const io::SerialPort& port() const { return port_; }

 private:
  void line_delivered(ByteView bytes) override { user_.port_delivered(bytes); }
  void line_writable() override { user_.port_writable(); }
  bool line_wanted() override { return user_.port_wanted(); }
  void line_opened() override { user_.port_opened(); }
  void line_lost() override { user_.port_lost(); }
  void line_unusable(const std::string& reason) override { unusable_ = reason; }
  void line_ended(const std::string&) override {}  // a device can always come back

  User& user_;
  io::SerialPort port_;
  io::LineKeeper keeper_;
  std::optional<std::string> unusable_;
};

}  // namespace serialtcp::share
