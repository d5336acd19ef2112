// DevicePort: a device with PPP at another serial port of this machine as the network at one end of an IP link ("ip:ppp:DEV"). Its
// packets go to the other end, which is the gateway that the device knows, and those from there to the device.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bucket.h"
#include "gateway/gateway.h"
#include "gateway/uplink.h"
#include "net/packet_port.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/serial_settings.h"

namespace serialtcp::gateway {

struct DevicePortConfig {
  std::string device = {};
  io::SerialSettings serial = {};
  // IPv4, in host order; of the device, and what it is told of:
  std::uint32_t address = 0x0A00020F;  ///< 10.0.2.15
  std::uint32_t gateway = 0x0A000202;  ///< 10.0.2.2
  std::uint32_t name_server = 0;       ///< 0: none

  bool operator==(const DevicePortConfig&) const = default;
};

/// "ip:ppp:/dev/ttyUSB1".
std::string to_string(const DevicePortConfig& config);

class DevicePort final : public io::PacketPort, private Uplink {
 public:
  /// ICMP "packet too big", at once and a second.
  static constexpr std::uint64_t kAnswersAtOnce = 10;
  static constexpr std::uint64_t kAnswersPerSecond = 10;
  /// That packets of other sources are dropped is logged at most this often.
  static constexpr Duration kToldAgain = std::chrono::seconds(10);

  /// References outlive it.
  DevicePort(io::asio::io_context& context, io::Observer& observer, DevicePortConfig config);
  ~DevicePort() override;

  std::string name() const override { return to_string(config_); }
  std::expected<void, std::string> open(Calls calls) override;
  bool is_open() const override { return open_; }
  void send(ByteView packet) override;
  Figures figures() const override;

 private:
  std::size_t mtu(std::size_t, std::size_t largest) const override { return largest; }
  std::expected<void, std::string> attach(std::size_t mtu, std::uint16_t window,
                                          std::uint64_t interface_id) override;
  void from_device(ByteView datagram, Time now) override;
  void describe() const;
  void tell_spoofed(Time now);

  io::asio::io_context& context_;
  io::Observer& observer_;
  const DevicePortConfig config_;
  Calls calls_ = {};
  bool open_ = false;
  std::size_t mtu_ = 0;  ///< of the device; 0: not known yet
  base::Bucket answers_{kAnswersAtOnce, kAnswersPerSecond};
  Time told_ = Time::min();
  std::uint64_t spoofed_ = 0, ignored_ = 0;
  std::unique_ptr<Gateway> gateway_;  ///< the one of before stays until the port is opened again
};

}  // namespace serialtcp::gateway
