#include "port/tun_port.h"

#include <fmt/format.h>

#include "port/tun_device.h"

namespace serialtcp::io {

std::expected<void, std::string> TunPort::open(Calls calls) {
  const auto fd = open_tun(interface_);
  if (!fd)
    return std::unexpected(fmt::format("Could not use the interface {}: {}", interface_, fd.error().text));
  descriptor_.adopt(*fd);
  calls_ = std::move(calls);
  wait();
  return {};
}

void TunPort::send(ByteView packet) {
  // An interface that is down takes nothing; it is not lost.
  if (is_open()) static_cast<void>(descriptor_.write(packet));
}

PacketPort::Figures TunPort::figures() const {
  return {.addresses = interface_addresses(interface_, Figures::kMostAddresses)};
}

void TunPort::wait() {
  descriptor_.when_readable([this] { take_packets(); });
}

void TunPort::take_packets() {
  for (int i = 0; i < kPacketsPerTurn; ++i) {
    const LineResult result = descriptor_.read(buffer_);
    if (result.status == LineStatus::would_block) break;
    if (result.status != LineStatus::ok) {
      descriptor_.close();
      return calls_.lost(fmt::format("The interface {} has gone", interface_));
    }
    calls_.packet(ByteView(buffer_).first(result.count));
    if (!is_open()) return;
  }
  wait();
}

}  // namespace serialtcp::io
