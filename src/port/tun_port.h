// TunPort: a network interface as the network at one end of an IP link.
#pragma once

#include <string>
#include <utility>

#include "net/packet_port.h"
#include "os/asio.h"
#include "port/descriptor_posix.h"

namespace serialtcp::io {

class TunPort final : public PacketPort {
 public:
  /// Packets taken from it before other work is done.
  static constexpr int kPacketsPerTurn = 64;
  /// What is read at once: no interface has longer packets.
  static constexpr std::size_t kRoom = 65'536;

  TunPort(asio::io_context& context, std::string interface)
      : interface_(std::move(interface)), descriptor_(context) {}

  std::string name() const override { return "ip:" + interface_; }
  std::expected<void, std::string> open(Calls calls) override;
  bool is_open() const override { return descriptor_.is_open(); }
  void send(ByteView packet) override;
  Figures figures() const override;

 private:
  void wait();
  void take_packets();

  std::string interface_;
  Descriptor descriptor_;
  Calls calls_;
  Bytes buffer_ = Bytes(kRoom);
};

}  // namespace serialtcp::io
