// IpNetwork: the network at one end of an IP link, as the user writes it behind "ip:": an interface of the system ("tun0"),
// the network of this machine by NAT ("slirp"), or a device with PPP ("ppp:/dev/ttyUSB1"). A kind is a file with an
// IpNetworkKind, its name here, and a row in ip_networks.cpp.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "net/packet_port.h"
#include "os/asio.h"
#include "os/observer.h"
#include "service/service_kind.h"

namespace serialtcp::io {

class IpNetwork {
 public:
  virtual ~IpNetwork() = default;

  /// For the log and the status: "ip:tun0".
  virtual std::string text() const = 0;
  virtual bool equals(const IpNetwork& other) const = 0;
  /// What only one IP link can use. Empty: any number of them can.
  virtual std::optional<Claim> claim() const = 0;
  /// Whether its port could be opened, as far as that can be seen before. Nothing remains of it.
  virtual std::optional<Obstacle> try_out(asio::io_context& context) const = 0;
  /// References outlive it. It is not open.
  virtual std::unique_ptr<PacketPort> port(asio::io_context& context, Observer& observer) const = 0;
  /// What the user should know of a network that is in use. A whole sentence, or empty.
  virtual std::string warning() const { return {}; }
};

/// A network that is this value.
template <typename Value>
class IpNetworkOf : public IpNetwork {
 public:
  explicit IpNetworkOf(Value value) : value_(std::move(value)) {}

  bool equals(const IpNetwork& other) const final {
    return typeid(*this) == typeid(other) && value_ == static_cast<const IpNetworkOf&>(other).value_;
  }

 protected:
  Value value_;
};

class IpNetworkKind {
 public:
  virtual ~IpNetworkKind() = default;

  /// Whether a text behind "ip:", without options, is of this kind.
  virtual bool is(std::string_view where) const = 0;
  /// Options of this kind alone.
  virtual std::span<const KindOption> options() const = 0;
  /// The error completes "argument X: ...".
  virtual std::expected<std::shared_ptr<const IpNetwork>, std::string> parse(const PlaceText& text) const = 0;
};

/// An interface; the kind of what is of no other one.
const IpNetworkKind& tun_network();
// In gateway/, which knows NAT and PPP:
const IpNetworkKind& slirp_network();
const IpNetworkKind& ppp_network();

using IpNetworkKindOf = const IpNetworkKind& (*)();
/// The kind of a text is the first one that it is of.
std::span<const IpNetworkKindOf> ip_networks();

}  // namespace serialtcp::io
