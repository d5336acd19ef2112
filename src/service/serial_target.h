// SerialTarget: the target of a service that is a serial port of this machine. Each connection is one of those that share
// the port, whatever service of whatever link of this process it belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/back_end.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/serial_settings.h"
#include "share/share_config.h"
#include "share/shared_port.h"

namespace serialtcp::io {

struct SerialPlace {
  std::string device = {};
  SerialSettings settings = {};
  share::Protocol protocol = share::Protocol::raw;

  bool operator==(const SerialPlace&) const = default;
};

/// "serial:/dev/ttyUSB1".
std::string to_string(const SerialPlace& place);

class SerialTarget final : public BackEnd {
 public:
  /// Both references outlive it.
  SerialTarget(asio::io_context& context, SerialPlace place, Observer& observer);
  ~SerialTarget() override;

  std::shared_ptr<Attempt> reach(std::uint64_t connection, Done done) override;
  std::string name() const override { return to_string(place_); }
  Gone when_gone() const override { return Gone::is_end; }

 private:
  asio::io_context& context_;
  SerialPlace place_;
  Observer& observer_;
  std::shared_ptr<share::SharedPort> port_;
};

}  // namespace serialtcp::io
